"""Versions of files, the patterns that mean them, and the names of restored ones."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseops.errors import RefusedError
from courseops.model.backups.restore import (
    NAME_BYTES,
    Sighting,
    leads_inside,
    matches,
    names_for,
    parts_of,
    versions_of,
)

MONDAY = datetime(2026, 3, 2, 15, tzinfo=UTC)


def seen(day: int, size_bytes: int, path: str = "hw1.ipynb") -> Sighting:
    return Sighting(
        path=path,
        snapshot_id=f"snapshot-{day}",
        taken_at=MONDAY + timedelta(days=day),
        modified_at=MONDAY - timedelta(days=size_bytes),
        size_bytes=size_bytes,
        mode=0o644,
        uid=1000,
        gid=100,
    )


def test_snapshots_of_the_same_content_are_one_version_newest_first():
    versions = versions_of([seen(0, 10), seen(2, 20), seen(1, 10), seen(3, 20)])["hw1.ipynb"]

    assert [(each.size_bytes, each.snapshot_id) for each in versions] == [
        (20, "snapshot-3"),
        (10, "snapshot-1"),
    ]
    assert versions[1].first_taken_at == MONDAY


def test_a_content_that_came_back_is_a_version_of_its_own():
    versions = versions_of([seen(0, 10), seen(1, 20), seen(2, 10)])["hw1.ipynb"]

    assert [each.size_bytes for each in versions] == [10, 20, 10]


def test_paths_have_versions_of_their_own():
    versions = versions_of([seen(0, 10, "b"), seen(0, 10, "a")])

    assert list(versions) == ["a", "b"]


@pytest.mark.parametrize(
    ("pattern", "path", "meant"),
    [
        ("hw1.ipynb", "hw1.ipynb", True),
        ("hw1.ipynb", "ps1/deep/hw1.ipynb", True),
        ("*.ipynb", "ps1/hw1.ipynb", True),
        ("HW1.ipynb", "hw1.ipynb", False),
        ("ps1", "ps1/hw1.ipynb", False),
        ("ps1/*", "ps1/hw1.ipynb", True),
        ("ps1/*", "ps1/deep/hw1.ipynb", False),
        ("ps?/hw1.ipynb", "ps1/hw1.ipynb", True),
        ("**/hw1.ipynb", "hw1.ipynb", True),
        ("ps1/**", "ps1/deep/hw1.ipynb", True),
        ("/hw1.ipynb", "ps1/hw1.ipynb", False),
        ("hw[!2].ipynb", "hw1.ipynb", True),
    ],
)
def test_a_pattern_means_names_anywhere_or_paths_from_the_top(pattern, path, meant):
    assert matches(pattern, path) is meant


def test_the_own_name_comes_first_then_names_that_say_what_the_file_is():
    assert names_for("hw1.ipynb", 4) == [
        "hw1.ipynb",
        "hw1.restored.ipynb",
        "hw1.restored-1.ipynb",
        "hw1.restored-2.ipynb",
    ]
    assert names_for(".profile", 2) == [".profile", ".profile.restored"]
    assert names_for("Makefile", 2) == ["Makefile", "Makefile.restored"]


@given(st.text(st.characters(exclude_characters="/.\0", codec="utf-8"), min_size=1, max_size=90))
def test_names_stay_distinct_and_no_longer_than_a_name_may_be(stem):
    names = names_for(f"{stem * 4}.ipynb")

    assert len(set(names)) == len(names)
    assert all(len(name.encode()) <= NAME_BYTES for name in names[1:])


@pytest.mark.parametrize("path", ["", "/", "/etc", "a/", "a//b", "../x", "a/./b", "..", "a\0"])
def test_a_path_that_could_lead_out_of_the_home_is_refused(path):
    with pytest.raises(RefusedError):
        parts_of(path)


def test_a_path_inside_the_home_is_split():
    assert parts_of("ps 1/.hidden/hw1..ipynb") == ("ps 1", ".hidden", "hw1..ipynb")


@pytest.mark.parametrize(
    ("path", "target", "inside"),
    [
        ("link", "hw1.ipynb", True),
        ("a/b/link", "../../hw1.ipynb", True),
        ("a/b/link", "../c/./d", True),
        ("link", "../hw1.ipynb", False),
        ("a/b/link", "../../../hw1.ipynb", False),
        ("a/link", "../../ada/hw1.ipynb", False),
        ("link", "/home/ada/hw1.ipynb", False),
    ],
)
def test_a_link_stays_inside_if_no_step_of_it_leads_out(path, target, inside):
    assert leads_inside(path, target) is inside
