"""What every roster source promises, asked of each: the same class comes out the same way."""

import csv
import itertools

import pytest

from courseops.adapters.rosters.files import FileRoster
from courseops.adapters.rosters.ldap import Filter
from courseops.adapters.rosters.seats import SeatRoster
from courseops.adapters.rosters.united import NamedSource, UnitedRoster
from courseops.errors import CourseOpsError
from courseops.model.roster import Role
from courseops.model.rosters.usernames import UsernameRule
from tests.support.slapd import SUFFIX, unit

_COLUMNS = ("username", "first name", "last name", "email", "role")
CLASS = [
    ("zlefevre", "Zoé", "Lefèvre", "zoe@univ.example", "learner"),
    ("NDOEUVRE", "Noël", "D’Œuvre", "noel@univ.example", "learner"),
    # As some systems write accents and blanks.
    ("b.ali", "Ame\u0301lie  Rose", "Ben\u00a0(Ali)", "amelie@univ.example", "learner"),
    ("tran", "Nguyễn", "Tran*", "tran@univ.example", "assistant"),
    ("curie", "Marie", "Curie, née Skłodowska", "marie@univ.example", "instructor"),
]
_numbers = itertools.count(1)


LISTED = ["csv", "united", pytest.param("ldap", marks=pytest.mark.ldap)]


@pytest.fixture(params=LISTED)
def source_of(request, tmp_path):
    """Give what makes a source out of rows."""
    return _maker(request.param, request, tmp_path)


@pytest.fixture(params=[*LISTED, "seats"])
def source(request, tmp_path):
    """Give a source with five people in it, whatever it takes them from."""
    if request.param == "seats":
        return SeatRoster(course_id="py101", seats=5)
    return _maker(request.param, request, tmp_path)(CLASS)


def _maker(kind, request, tmp_path):
    if kind == "csv":
        return lambda rows: _file(tmp_path / "class.csv", rows)
    if kind == "united":
        return lambda rows: _united(tmp_path, rows)
    slapd = request.getfixturevalue("slapd")
    return lambda rows: _directory(slapd, rows)


def _united(folder, rows):
    """Put learners into one file and the others into another, with one person in both."""
    learners = [row for row in rows if row[-1] == "learner"]
    others = [row for row in rows if row[-1] != "learner"] + learners[:1]
    files = {"learners.csv": learners, "others.csv": others}
    return UnitedRoster(
        "py101",
        [NamedSource(name=name, source=_file(folder / name, of)) for name, of in files.items()],
    )


def _file(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([_COLUMNS, *rows])
    return FileRoster(path, course_id="py101")


def _directory(slapd, rows):
    """Put a class below a branch of its own; one entry a row, even where two rows are alike."""
    branch = f"class{next(_numbers)}"
    below = f"ou={branch},{SUFFIX}"
    entries = []
    for number, (username, given, family, mail, role) in enumerate(rows):
        attributes = {
            "objectClass": ["inetOrgPerson"],
            "cn": f"entry {number}",
            "uid": username,
            "givenName": given,
            "sn": family,
            "mail": mail,
            "employeeType": role,
        }
        entries.append((f"cn=entry {number},{below}", attributes))
    slapd.add([unit(branch), *entries])
    roles = {Role(row[-1]) for row in rows} | {Role.LEARNER}
    selections = {role: Filter(f"(employeeType={role})") for role in roles}
    return slapd.source(base=below, selections=selections)


def _without_ids(roster):
    return sorted(
        (e.person.username, e.person.given_name, e.person.family_name, e.person.email, e.role)
        for e in roster.enrolments
    )


def test_the_same_class_gives_the_same_enrolments(source_of):
    roster = source_of(CLASS).read()

    assert roster.course_id == "py101"
    assert roster.warnings == ()
    assert _without_ids(roster) == [
        ("b.ali", "Amélie Rose", "Ben (Ali)", "amelie@univ.example", Role.LEARNER),
        ("curie", "Marie", "Curie, née Skłodowska", "marie@univ.example", Role.INSTRUCTOR),
        ("ndoeuvre", "Noël", "D’Œuvre", "noel@univ.example", Role.LEARNER),
        ("tran", "Nguyễn", "Tran*", "tran@univ.example", Role.ASSISTANT),
        ("zlefevre", "Zoé", "Lefèvre", "zoe@univ.example", Role.LEARNER),
    ]


def test_everybody_has_an_id_of_their_own(source):
    ids = {enrolment.person.id for enrolment in source.read().enrolments}
    assert len(ids) == 5
    assert "" not in ids


def test_everybody_has_a_username_of_their_own_that_a_hub_takes(source):
    names = [enrolment.person.username for enrolment in source.read().enrolments]
    assert len(set(names)) == len(names)
    assert [UsernameRule().fault_of(name) for name in names] == [""] * 5


def test_reading_twice_gives_the_same_roster(source):
    assert source.read() == source.read()


def test_the_source_says_how_many_there_are(source):
    assert "5 people" in source.read().source


def test_the_roster_is_that_of_the_course(source):
    assert source.read().course_id == "py101"


@pytest.mark.parametrize("name", ["a/b", "a+b", "_ada", "Ada Lovelace", "x" * 65])
def test_a_name_that_can_be_no_username_means_no_roster(source_of, name):
    bad = (name, "Ada", "B", "a@univ.example", "learner")
    with pytest.raises(CourseOpsError, match="nothing was changed") as refusal:
        source_of([*CLASS, bad]).read()
    assert len(refusal.value.problems) == 1
    assert f"{name.lower()!r} (Ada B) can be no username" in refusal.value.problems[0]


def test_every_bad_name_is_told_at_once(source_of):
    bad = [(f"a/{n}", "Ada", "B", "a@univ.example", "learner") for n in range(3)]
    with pytest.raises(CourseOpsError) as refusal:
        source_of([*CLASS, *bad]).read()
    assert len(refusal.value.problems) == 3


def test_two_people_with_one_username_mean_no_roster(source_of):
    other = ("zlefevre", "Zacharie", "Lefèvre", "zac@univ.example", "learner")
    with pytest.raises(CourseOpsError, match="nothing was changed") as refusal:
        source_of([*CLASS, other]).read()
    assert "zlefevre again, but not as on" in refusal.value.problems[0]


def test_a_source_with_nobody_in_it_is_no_roster(source_of):
    with pytest.raises(CourseOpsError, match="nothing was changed"):
        source_of([]).read()


def test_two_people_with_one_address_mean_no_roster(source_of):
    other = ("zoe", "Zoé", "Lefèvre", "ZOE@univ.example", "assistant")
    with pytest.raises(CourseOpsError, match="nothing was changed") as refusal:
        source_of([*CLASS, other]).read()
    assert "has the e-mail address" in refusal.value.problems[0]
    assert "identities" in refusal.value.hint


def test_one_source_that_fails_means_no_roster_at_all(tmp_path):
    whole = NamedSource(name="class.csv", source=_file(tmp_path / "class.csv", CLASS))
    empty = NamedSource(name="empty.csv", source=_file(tmp_path / "empty.csv", []))
    with pytest.raises(CourseOpsError, match=r"empty\.csv cannot be used; nothing was changed"):
        UnitedRoster("py101", [whole, empty]).read()
