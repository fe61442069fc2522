"""How long servers took to start: classes of waits, differences, percentiles."""

from math import inf

import pytest

from courseops.model.usage.starts import StartCounts, since_last, together


def counts(started=0, failed=0, **waits) -> StartCounts:
    classes = {float(name.removeprefix("to_").replace("_", ".")): n for name, n in waits.items()}
    return StartCounts(started=started, failed=failed, waits=classes)


def test_at_the_first_look_nothing_is_known_to_be_new():
    assert since_last(None, counts(started=900, to_1=900)) == StartCounts()


def test_what_is_new_is_the_difference():
    before = counts(started=10, failed=1, to_1=6, to_2_5=4)
    now = counts(started=13, failed=3, to_1=6, to_2_5=5, to_5=2)

    assert since_last(before, now) == counts(started=3, failed=2, to_2_5=1, to_5=2)


@pytest.mark.parametrize(
    "now",
    [
        counts(started=2, to_1=2),
        counts(started=10, failed=0, to_1=10),
        counts(started=12, failed=1, to_1=2, to_5=10),
    ],
)
def test_a_hub_that_was_started_anew_counts_from_zero(now):
    assert since_last(counts(started=10, failed=1, to_1=10), now) == now


def test_percentiles_lie_evenly_within_a_class():
    ten = counts(to_1=5, to_5=5)

    assert ten.percentile_seconds(50) == 1
    assert ten.percentile_seconds(75) == 3
    assert ten.percentile_seconds(100) == 5
    assert ten.percentile_seconds(10) == pytest.approx(0.2)


def test_longer_than_the_longest_class_is_known_as_that_only():
    assert StartCounts(waits={600.0: 1, inf: 3}).percentile_seconds(95) == 600
    assert StartCounts(waits={inf: 1}).percentile_seconds(50) == 0


def test_without_starts_there_is_no_median():
    assert StartCounts().percentile_seconds(50) is None


def test_the_median_of_two_hours_is_that_of_all_their_starts():
    quick, slow = counts(started=9, to_1=9), counts(started=1, failed=2, to_60=1)

    both = together([quick, slow])
    assert both == counts(started=10, failed=2, to_1=9, to_60=1)
    assert both.percentile_seconds(50) < 1
