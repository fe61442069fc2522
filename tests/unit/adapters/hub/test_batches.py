"""Batches follow a time, and one bad name is found without the others suffering."""

from hypothesis import given
from hypothesis import strategies as st

from courseops.adapters.hub.batches import BatchSize, settle
from courseops.model.run import Outcome


def test_the_first_batch_is_small():
    assert BatchSize().current == 10


def test_a_quick_hub_gets_larger_batches_that_at_most_double():
    size = BatchSize()

    sizes = []
    for _ in range(5):
        size.learn(size.current, seconds=0.001)
        sizes.append(size.current)

    assert sizes == [20, 40, 80, 100, 100]


def test_a_slow_hub_gets_smaller_batches_at_once():
    size = BatchSize()

    size.learn(10, seconds=1.0)

    assert size.current == 2


def test_a_very_slow_hub_still_gets_one_name_at_a_time():
    size = BatchSize()

    size.learn(10, seconds=60.0)

    assert size.current == 1


def test_a_hub_that_takes_20_ms_a_name_gets_ten_of_them():
    size = BatchSize(first=40)

    size.learn(40, seconds=40 * 0.02)

    assert size.current == 10


def test_each_batch_is_cut_to_the_size_that_is_current_then():
    size = BatchSize(first=2)
    batches = []

    for batch in size.cut(["a", "b", "c", "d", "e", "f", "g"]):
        batches.append(batch)
        size.learn(len(batch), seconds=0.0001)

    assert batches == [["a", "b"], ["c", "d", "e", "f"], ["g"]]


@given(st.sets(st.integers(0, 40)), st.integers(1, 41))
def test_bisection_blames_exactly_the_bad_names(bad, count):
    def send(part):
        if not any(int(name) in bad for name in part):
            return {name: Outcome.done(name) for name in part}
        return {part[0]: Outcome.failed(part[0], "bad")} if len(part) == 1 else {}

    names = [str(number) for number in range(count)]

    settled = settle(names, send)

    assert settled == {
        name: Outcome.failed(name, "bad") if int(name) in bad else Outcome.done(name)
        for name in names
    }


def test_when_somebody_is_named_the_rest_is_sent_again_at_once():
    sent = []

    def send(part):
        sent.append(list(part))
        if "bad" in part:
            return {"bad": Outcome.failed("bad", "why")}
        return {name: Outcome.done(name) for name in part}

    settle(["a", "bad", "b"], send)

    assert sent == [["a", "bad", "b"], ["a", "b"]]
