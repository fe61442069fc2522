"""A list of volumes: every mistake in it at once, and nobody in somebody else's folder."""

import sys

import pytest

from courseops.adapters.volumes.listed import ListedVolumes, listed_by, listed_in
from courseops.errors import ConfigError, CourseOpsError, RefusedError


def at(tmp_path, text: str, name: str = "list.csv") -> ListedVolumes:
    (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "homes").mkdir(exist_ok=True)
    return ListedVolumes(tmp_path / "homes", listed_in(tmp_path / name))


def problems_of(volumes: ListedVolumes) -> list[str]:
    with pytest.raises(ConfigError) as error:
        volumes.survey()
    return [str(error.value), *error.value.problems]


def test_every_mistake_of_a_list_is_told_at_once(tmp_path):
    rows = ["ada,ada", "ada,ada2", "bob,../bob", "eve,/etc", "cyd,.", "dan,ada", "fay,ada/inner"]

    _, *problems = problems_of(at(tmp_path, "\n".join(["username,folder", *rows])))

    assert problems == [
        "entry 2: ada is listed twice",
        "entry 3, bob: '../bob' is no folder below the root",
        f"entry 4, eve: '/etc' is not in {tmp_path}/homes",
        "entry 5, cyd: '.' is no folder below the root",
        "ada and dan have the same folder: ada",
        "the folder of fay is inside that of ada: ada/inner",
    ]


@pytest.mark.parametrize(
    ("text", "name", "told"),
    [
        ("", "x.csv", "does not begin with username,folder"),
        ("ada,ada\n", "x.csv", "does not begin with username,folder"),
        ("username,folder\nada\nbob,\n", "x.csv", "rows that are not a username and a folder"),
        ("ada = 1\n", "x.toml", "gives some learners no folder"),
        ("[[", "x.toml", "is not TOML"),
    ],
)
def test_what_is_no_list_is_said_to_be_none(tmp_path, text, name, told):
    assert told in problems_of(at(tmp_path, text, name))[0]


def test_a_list_that_a_spreadsheet_saved_is_read(tmp_path):
    volumes = at(tmp_path, "\ufeffusername,folder\r\n\r\nada, 2026/ada\r\n")

    assert volumes.volume_of("ada").path == "2026/ada"


def test_folders_that_are_not_there_are_named_but_a_few(tmp_path):
    rows = [f"u{number},f{number}" for number in range(8)]
    volumes = at(tmp_path, "\n".join(["username,folder", *rows]))
    (tmp_path / "homes/f0").mkdir()

    survey = volumes.survey()

    assert [it.username for it in survey.volumes] == ["u0"]
    (warning,) = survey.warnings
    assert warning.startswith("7 folders of the list are not there: u1 (f1)")
    assert warning.endswith("and 2 more")


def test_whoever_is_not_listed_has_no_folder(tmp_path):
    with pytest.raises(RefusedError, match="names no folder of 'eve'"):
        at(tmp_path, "username,folder\n").volume_of("eve")


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import sys; sys.exit('the cluster is away')", "ended with 1: the cluster is away"),
        ("import sys; sys.exit(3)", "ended with 3: it said nothing"),
        ("import os; os.write(1, b'username,folder\\n\\xff,x')", "no UTF-8"),
        ("print('hello')", "does not begin with"),
    ],
)
def test_a_command_that_prints_no_list_is_told_of(tmp_path, code, told):
    volumes = ListedVolumes(tmp_path, listed_by([sys.executable, "-c", code], tmp_path))

    with pytest.raises(CourseOpsError, match=told):
        volumes.survey()


def test_a_list_that_is_not_there_is_told_of(tmp_path):
    with pytest.raises(ConfigError, match="cannot read the list of volumes"):
        ListedVolumes(tmp_path, listed_in(tmp_path / "none.csv")).survey()
