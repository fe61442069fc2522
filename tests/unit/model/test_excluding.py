"""What is left out of a backup is not looked for."""

import pytest

from courseops.model.backups.excluding import Excluding

PATTERNS = (
    ".cache",
    ".ipython/profile_*/history.sqlite*",
    "a/**/b",
    "x?.[ch]",
    "r[^a]",
    r"\*s",
    "/home/ada",
    "[z-a]",
    "[",
)


@pytest.mark.parametrize(
    "path",
    [
        ".cache",
        "deep/.cache",
        "x/.ipython/profile_a/history.sqlite-journal",
        "a/b",
        "q/a/1/2/b",
        "xa.c",
        "rb",
        "*s",
        "[",
    ],
)
def test_what_a_pattern_means_is_left_out_in_any_folder(path):
    assert Excluding(PATTERNS).means(path)


@pytest.mark.parametrize(
    "path",
    [".cache2", ".ipython/profile_a/b/history.sqlite", "x/.c", "ra", "r/", "as", "home/ada", "q"],
)
def test_what_no_pattern_means_stays(path):
    assert not Excluding(PATTERNS).means(path)


def test_without_patterns_everything_stays():
    assert not Excluding(()).means("anything")
