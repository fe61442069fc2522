"""A school's own list of who is who, seats, and the hub's rule, as files and sources meet them."""

import pytest

from courseops.adapters.rosters.files import FileRoster
from courseops.adapters.rosters.identities import IdentityFile
from courseops.adapters.rosters.ldap.entries import Entry
from courseops.adapters.rosters.ldap.people import Attributes, Reader
from courseops.adapters.rosters.seats import SeatRoster
from courseops.errors import CourseOpsError
from courseops.model.rosters.identity import Identity, Naming
from courseops.model.rosters.usernames import UsernameRule
from tests.support.rosters import workbook

CLASS = "student number;first name;last name;email\n7;Ada;Lovelace;a.l@x\n8;Bob;Martin;b.m@x\n"


def listed(tmp_path, content, rule=None):
    path = tmp_path / "identities.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return IdentityFile(path).read(rule or UsernameRule())


def read(tmp_path, content, identities="", **options):
    path = tmp_path / "class.csv"
    path.write_text(content, encoding="utf-8")
    if identities:
        (tmp_path / "identities.csv").write_text(identities, encoding="utf-8")
        options["identities"] = IdentityFile(tmp_path / "identities.csv")
    return FileRoster(path, course_id="py", **options).read()


def refused(read_it, *args, **options):
    with pytest.raises(CourseOpsError, match="nothing was changed") as refusal:
        read_it(*args, **options)
    return refusal.value


@pytest.mark.parametrize(
    "content",
    [
        "id,username,gradebook_id,lms_id\n7,ADA,g7,\n8,,,m8\n",
        "\ufeffId;Username;Gradebook_ID;LMS_ID\r\n7;ADA;g7;\r\n8;;;m8\r\n",
        workbook({"A": [["id", "username", "gradebook_id", "lms_id"],
                        [7, "ADA", "g7"], [8, None, None, "m8"]]}),
    ],
    ids=["commas", "semicolons", "workbook"],
)  # fmt: skip
def test_a_list_is_read_however_it_is_written(tmp_path, content):
    assert listed(tmp_path, content) == (
        Identity(id="7", username="ada", gradebook_id="g7"),
        Identity(id="8", lms_id="m8"),
    )


def test_everything_wrong_with_a_list_is_told_at_once(tmp_path):
    told = refused(
        listed,
        tmp_path,
        "id,username,colour,lms_id,lms_id\n"
        "7,ada,red,1,\n"
        "7,bob,red,2,\n"
        "8,ADA,red,3,\n"
        "9,a/b,red,4,\n"
        ",eve,red,5,\n"
        "10,fay,red,\n",
    )
    assert told.problems == (
        "line 1: there can be no column 'colour' here",
        "line 1: 2 columns are called lms_id",
        "line 3, column id: 7 stands on line 2 too",
        "line 4, column username: ada stands on line 2 too",
        "line 5, column username: 'a/b' can be no username (letters, digits and . _ @ - only)",
        "line 6, column id: is empty",
        "line 7: has 4 columns, the header has 5",
    )
    assert "id, username, gradebook_id, lms_id" in told.hint


def test_a_list_knows_the_hubs_rule(tmp_path):
    rule = UsernameRule(pattern="[a-m]", renamed={"ada": "lovelace", "x": "lovelace"})
    told = refused(listed, tmp_path, "id,username\n7,ada\n8,x\n9,zoe\n", rule)
    assert told.problems == (
        "line 3, column username: lovelace stands on line 2 too",
        "line 4, column username: 'zoe' is refused by the hub's username_pattern [a-m]",
    )


@pytest.mark.parametrize("content", ["number,name\n7,ada\n", "", "<html>"])
def test_what_is_no_list_is_refused_with_what_one_looks_like(tmp_path, content):
    assert "has the columns id" in refused(listed, tmp_path, content).hint


def test_a_list_that_is_not_there_is_a_clear_error(tmp_path):
    with pytest.raises(CourseOpsError, match=r"identities .*absent\.csv cannot be read"):
        IdentityFile(tmp_path / "absent.csv").read(UsernameRule())


def test_a_list_names_people_by_their_number_and_leaves_the_others(tmp_path):
    found = read(
        tmp_path,
        CLASS,
        "id,username,gradebook_id,lms_id\n7,ada,g,m\n99,nobody,,\n",
        username_from="email-name",
    )
    people = [(e.person.id, e.person.username, e.person.gradebook_id) for e in found.enrolments]
    assert people == [("7", "ada", "g"), ("8", "b.m", "")]


def test_a_listed_name_mends_what_the_source_cannot_give(tmp_path):
    content = "id number;email\n7;a+l@x\n8;\n9;c@x\n"
    identities = "id,username\n7,ada\n8,bob\n"
    found = read(tmp_path, content, identities, username_from="email-name")
    assert [e.person.username for e in found.enrolments] == ["ada", "bob", "c"]


def test_a_list_alone_must_name_everyone(tmp_path):
    told = refused(read, tmp_path, CLASS, "id,username\n8,bob\n", username_from="identities")
    assert told.problems == (
        "line 2, column student number: 7 (Ada Lovelace) has no username in the list of identities",
    )
    assert "list of identities" in told.hint


def test_a_list_knows_people_by_their_address_where_there_are_no_numbers(tmp_path):
    content = "first name;email\nAda;A.L@x\n"
    found = read(tmp_path, content, "id,username\na.l@x,ada\n", username_from="identities")
    assert [(e.person.id, e.person.username) for e in found.enrolments] == [("a.l@x", "ada")]


def test_a_listed_name_that_somebody_else_has_is_refused(tmp_path):
    told = refused(read, tmp_path, CLASS, "id,username\n7,b.m\n", username_from="email-name")
    assert told.problems == ("line 3: b.m again, but not as on line 2",)
    assert 'in [courses.py.roster]: identities = "identities.csv"' in told.hint


def test_names_that_the_hub_refuses_are_told_at_once_with_who_they_are(tmp_path):
    told = refused(read, tmp_path, CLASS, username_from="id", rule=UsernameRule(pattern="^[a-z]"))
    assert told.problems == (
        "line 2, column student number: '7' (Ada Lovelace) is refused by the hub's "
        "username_pattern ^[a-z]",
        "line 3, column student number: '8' (Bob Martin) is refused by the hub's "
        "username_pattern ^[a-z]",
    )


def test_two_people_whom_the_hubs_map_makes_one_are_refused(tmp_path):
    rule = UsernameRule(renamed={"a.l": "x", "b.m": "x"})
    told = refused(read, tmp_path, CLASS, username_from="email-name", rule=rule)
    assert told.problems == ("line 3: x again, but not as on line 2",)


def test_an_id_does_not_change_with_the_hubs_map(tmp_path):
    found = read(tmp_path, "username\nAda Lovelace\n", rule=UsernameRule(
        renamed={"ada lovelace": "ada"}
    ))  # fmt: skip
    person = found.enrolments[0].person
    assert (person.id, person.username) == ("ada lovelace", "ada")


def test_a_file_may_say_what_gradebook_and_lms_call_people(tmp_path):
    found = read(tmp_path, "username,gradebook_id,lms_id\nada,g7,m7\n")
    person = found.enrolments[0].person
    assert (person.student_id, person.lms_id) == ("g7", "m7")


def test_two_people_with_one_address_are_refused_in_any_case(tmp_path):
    told = refused(read, tmp_path, "username,email\nada,A@x\nbob,a@X\n")
    assert told.problems == ("line 3: bob has the e-mail address a@X of ada",)


def _entry(**attributes):
    given = {name.lower(): (value.encode(),) for name, value in attributes.items()}
    return Entry("cn=ada", given)


ATTRIBUTES = Attributes(
    username="uid", id="entryUUID", given_name="givenName", family_name="sn", email="mail",
    gradebook_id="supannEtuId", lms_id="employeeNumber",
)  # fmt: skip


def test_a_directory_may_say_what_gradebook_and_lms_call_people():
    person = Reader(ATTRIBUTES).person(
        _entry(uid="Ada", entryUUID="1", supannEtuId="g7", employeeNumber="m7")
    )
    assert (person.username, person.gradebook_id, person.lms_id) == ("ada", "g7", "m7")
    assert {"supannEtuId", "employeeNumber"} <= set(ATTRIBUTES.names)
    assert "" not in Attributes(username="uid", id="entryUUID").names


def test_a_directorys_people_are_named_by_the_list_and_the_hubs_rule():
    known = [Identity(id="1", username="ada")]
    reader = Reader(ATTRIBUTES, Naming(UsernameRule(), known, alone=True))
    assert reader.person(_entry(entryUUID="1")).username == "ada"
    assert reader.person(_entry(uid="bob", entryUUID="2", sn="Martin")) is None
    assert reader.problems == ["cn=ada, uid: 2 (Martin) has no username in the list of identities"]


def test_seats_are_numbered_to_one_width():
    found = SeatRoster(course_id="py", seats=40).read()
    names = [e.person.username for e in found.enrolments]
    assert (names[0], names[8], names[-1], len(names)) == ("seat01", "seat09", "seat40", 40)
    assert [e.person.id for e in found.enrolments] == names
    assert found.source == "seats seat01 to seat40 (40 people)"


def test_seats_that_the_hub_refuses_say_which_key_to_change():
    told = refused(SeatRoster(course_id="py", seats=2, rule=UsernameRule(pattern="[0-9]")).read)
    assert len(told.problems) == 2
    assert "[courses.py.roster]: seat_name" in told.hint
