"""What is drawn for a drill, and what is made of it."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random

from courseops.model.backups.drill import PARTS, one_of, part_of_week, problem_of, some_of
from courseops.model.backups.restore import Content, Sighting

FILE = Sighting(
    path="a",
    snapshot_id="5a",
    taken_at=datetime(2026, 3, 1, tzinfo=UTC),
    modified_at=datetime(2026, 3, 1, tzinfo=UTC),
    size_bytes=3,
    mode=0o600,
    uid=1,
    gid=1,
)


def test_within_twelve_weeks_every_part_is_read_once():
    first = date(2026, 3, 2)
    parts = [part_of_week(first + timedelta(weeks=week)) for week in range(PARTS)]

    assert sorted(parts) == [(number, PARTS) for number in range(1, PARTS + 1)]


def test_one_of_many_is_drawn_as_often_as_another():
    random = Random(1)
    drawn = Counter(one_of(range(4), random) for _ in range(4000))

    assert set(drawn) == {0, 1, 2, 3}
    assert all(900 < count < 1100 for count in drawn.values())
    assert one_of([], random) is None


def test_of_few_things_all_are_drawn():
    assert sorted(some_of(["a", "b"], 5, Random(1))) == ["a", "b"]


def test_a_file_of_another_size_or_with_other_bytes_is_a_problem():
    def problem(size_bytes, like_live):
        content = Content(size_bytes=size_bytes, sha256="")
        return problem_of(FILE, content, like_live=like_live)

    assert problem(3, like_live=True) == problem(3, like_live=None) == ""
    assert problem(2, like_live=None) == "2 of 3 bytes came back"
    assert "differs from the home" in problem(3, like_live=False)
