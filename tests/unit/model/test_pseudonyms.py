"""A pseudonym is of one account in one term, and says nothing of who it is."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from courseops.model.people.pseudonym import Terms, new_pseudonym, pseudonym_of

KEY = bytes(range(32))
HALVES = ((2, 1), (8, 1))


@pytest.mark.parametrize(
    ("moment", "term"),
    [
        ("2026-07-31T23:59", "2026-02-01"),
        ("2026-08-01T00:00", "2026-08-01"),
        ("2026-12-31T12:00", "2026-08-01"),
        ("2027-01-31T12:00", "2026-08-01"),
        ("2027-02-01T00:00", "2027-02-01"),
    ],
)
def test_a_term_is_named_by_the_day_it_began(moment, term):
    terms = Terms(begins=HALVES, zone=UTC)

    assert terms.of(datetime.fromisoformat(moment).replace(tzinfo=UTC)) == term


def test_a_term_begins_by_the_clocks_of_the_school():
    paris = Terms(begins=HALVES, zone=ZoneInfo("Europe/Paris"))

    assert paris.of(datetime(2026, 7, 31, 22, 30, tzinfo=UTC)) == "2026-08-01"


def test_one_day_a_year_makes_terms_of_a_year():
    yearly = Terms(begins=((9, 1),), zone=UTC)

    assert yearly.of(datetime(2027, 8, 31, tzinfo=UTC)) == "2026-09-01"


def test_a_pseudonym_is_the_same_for_the_same_key_hub_and_name():
    # HMAC-SHA256 of "campus\0ada": another version of courseops must give this, too.
    assert pseudonym_of(KEY, "campus", "ada") == "p-em1ys7h1qd"


def test_another_key_hub_or_name_gives_another_pseudonym():
    made = {
        pseudonym_of(KEY, "campus", "ada"),
        pseudonym_of(KEY[::-1], "campus", "ada"),
        pseudonym_of(KEY, "lab", "ada"),
        pseudonym_of(KEY, "campus", "bob"),
        pseudonym_of(KEY, "campusa", "da"),
        new_pseudonym(),
        new_pseudonym(),
    }

    assert len(made) == 7


def test_any_name_has_one_that_is_plain():
    for name in ("", "\udcff", "É" * 300, "<script>", "../..", "\n"):
        made = pseudonym_of(KEY, "campus", name)
        assert made.startswith("p-")
        assert len(made) == 12
        assert made.isascii()
        assert made[2:].isalnum()


def test_ten_thousand_people_have_as_many_pseudonyms():
    assert len({pseudonym_of(KEY, "campus", f"learner{it}") for it in range(10_000)}) == 10_000
