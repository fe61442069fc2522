"""From a course's section to its roster: names of sources, and what a hub makes of usernames."""

import pytest

from courseops.config import AccountsSection, RosterSection
from courseops.errors import ConfigError, CourseOpsError
from courseops.model.roster import SourceSize
from courseops.wiring.rosters import open_source


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "class.csv"
    path.write_text("username,last name\nada,Lovelace\nBob,Martin\n")
    return path


def names(source):
    return [e.person.username for e in source.read().enrolments]


def test_usernames_are_what_the_courses_hub_makes_of_them(file):
    accounts = AccountsSection(kind="dummy", username_map={"bob": "robert"})
    assert names(open_source("py", RosterSection(csv=file), accounts=accounts)) == ["ada", "robert"]


def test_seats_too_are_named_by_the_hubs_rule():
    accounts = AccountsSection(kind="dummy", username_map={"seat1": "first"})
    assert names(open_source("py", RosterSection(seats=2), accounts=accounts)) == ["first", "seat2"]


def test_names_that_the_hub_would_refuse_mean_no_roster(file):
    accounts = AccountsSection(kind="dummy", username_pattern="^a")
    with pytest.raises(CourseOpsError) as refusal:
        open_source("py", None, file, accounts=accounts).read()
    assert refusal.value.problems == (
        "line 3, column username: 'bob' (Martin) is refused by the hub's username_pattern ^a",
    )


def test_a_roster_from_one_file_tells_its_name_and_size(file):
    found = open_source("py", RosterSection(csv=file, section="A")).read()
    assert found.sizes == (SourceSize(source="class.csv", people=2),)
    assert {(e.section, e.sources) for e in found.enrolments} == {("A", ("class.csv",))}
    assert found.source == "class.csv (utf-8, ',', 2 people)"


def test_several_sources_have_the_names_they_were_given(file):
    section = RosterSection(sources=[{"csv": file, "name": "scolarite"}, {"csv": file}])
    found = open_source("py", section).read()
    assert [size.source for size in found.sizes] == ["scolarite", "class.csv"]
    assert "scolarite: class.csv (utf-8, ',', 2 people) + class.csv (utf-8" in found.source


def test_a_course_with_neither_says_what_to_write():
    with pytest.raises(ConfigError) as refusal:
        open_source("py", None)
    assert "[courses.py.roster] csv" in refusal.value.hint
