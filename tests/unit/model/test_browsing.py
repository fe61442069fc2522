"""Looking around in what the backups hold of a home."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseops.model.backups.browsing import files_seen, look_into, newest_first, pattern_of
from courseops.model.backups.restore import FileVersion, matches

THEN = datetime(2026, 3, 2, 9, tzinfo=UTC)


def version(path, day=0, *, until=None, deleted=False, changed=None):
    at = THEN + timedelta(days=day)
    return FileVersion(
        path=path,
        modified_at=changed or at,
        size_bytes=1,
        snapshot_id=f"{day}",
        taken_at=THEN + timedelta(days=until if until is not None else day),
        first_taken_at=at,
        is_deleted=deleted,
    )


def test_of_each_file_the_version_of_that_moment_is_seen():
    versions = [version("a", 2), version("a", 0, until=1), version("b", 3)]
    assert [(it.path, it.version.snapshot_id, it.versions) for it in files_seen(versions)] == [
        ("a", "2", 2),
        ("b", "3", 1),
    ]
    then = files_seen(versions, THEN + timedelta(days=1))
    assert [(it.path, it.version.snapshot_id) for it in then] == [("a", "0")]


def test_a_folder_shows_what_lies_in_it_and_counts_what_lies_deeper():
    seen = files_seen([version("top"), *(version(f"w/{it}") for it in ("a", "x/b", "x/y/c"))])
    seen += files_seen([version("w/x/d", deleted=True), version("wide")])

    home, week = look_into(seen, ""), look_into(seen, "w")

    assert [(it.path, it.files, it.deleted) for it in home.folders] == [("w", 4, 1)]
    assert [it.path for it in home.files] == ["top", "wide"]
    assert [(it.path, it.files) for it in week.folders] == [("w/x", 3)]
    assert [it.path for it in week.files] == ["w/a"]


@given(st.lists(st.text("ab/", min_size=1).map(lambda it: it.strip("/") or "a"), unique=True))
def test_every_file_is_found_by_walking_down(paths):
    seen = files_seen([version(it) for it in sorted(paths)])

    def below(folder):
        look = look_into(seen, folder)
        yield from (it.path for it in look.files)
        for it in look.folders:
            yield from below(it.path)

    assert sorted(below("")) == sorted(paths)


def test_the_newest_is_what_was_there_last():
    seen = files_seen([version("old", 1), version("new", 3), version("mid", 2)])
    assert [it.path for it in newest_first(seen)] == ["new", "mid", "old"]


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ("hw1", "week1/hw1.ipynb"),
        ("HW1", "hw1.ipynb"),
        (" hw1 ", "hw1.ipynb"),
        ("week1/hw", "course/Week1/hw1.ipynb"),
        ("été", "ÉTÉ.txt"),
        ("a[1]", "a[1].txt"),
        ("*.ipynb", "deep/down/x.ipynb"),
        ("", "whatever"),
    ],
)
def test_part_of_a_name_is_enough(said, path):
    assert matches(pattern_of(said), path)


@pytest.mark.parametrize(("said", "path"), [("hw2", "hw1.ipynb"), ("week1/hw", "week2/hw1.ipynb")])
def test_another_name_is_not_found(said, path):
    assert not matches(pattern_of(said), path)


@given(st.text(min_size=1).filter(lambda it: it.strip().strip("/") == it and "/" not in it))
def test_a_name_is_found_by_itself(name):
    if not set(name) & set("*?"):
        assert matches(pattern_of(name), f"folder/{name}")


def test_many_stars_cost_no_more_than_one():
    pattern = "/".join(["**", "*"] * 60 + ["never"])
    assert not matches(pattern, "/".join(["a"] * 200))
