"""What every roster source promises, asked of each: the same class comes out the same way."""

import csv
import itertools

import pytest

from courseops.adapters.rosters.files import FileRoster
from courseops.adapters.rosters.ldap import Filter
from courseops.errors import CourseOpsError
from courseops.model.roster import Role
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


@pytest.fixture(params=["csv", pytest.param("ldap", marks=pytest.mark.ldap)])
def source_of(request, tmp_path):
    """Give what makes a source out of rows."""
    if request.param == "csv":
        return lambda rows: _file(tmp_path / "class.csv", rows)
    slapd = request.getfixturevalue("slapd")
    return lambda rows: _directory(slapd, rows)


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


def test_everybody_has_an_id_of_their_own(source_of):
    enrolments = source_of(CLASS).read().enrolments
    ids = {enrolment.person.id for enrolment in enrolments}
    assert len(ids) == len(CLASS)
    assert "" not in ids


def test_reading_twice_gives_the_same_roster(source_of):
    source = source_of(CLASS)
    assert source.read() == source.read()


def test_the_source_says_how_many_there_are(source_of):
    assert "5 people" in source_of(CLASS).read().source


@pytest.mark.parametrize("name", ["a/b", "a+b", "_ada", "Ada Lovelace", "x" * 65])
def test_a_name_that_can_be_no_username_means_no_roster(source_of, name):
    bad = (name, "Ada", "B", "a@univ.example", "learner")
    with pytest.raises(CourseOpsError, match="nothing was changed") as refusal:
        source_of([*CLASS, bad]).read()
    assert len(refusal.value.problems) == 1
    assert f"{name!r} can be no username".lower() in refusal.value.problems[0].lower()


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
