"""What an Active Directory answers; recorded of a Samba 4.17 domain controller where it can be."""

import uuid

import pytest
from ldap3.core.exceptions import (
    LDAPInvalidCredentialsResult,
    LDAPInvalidDNSyntaxResult,
    LDAPSocketReceiveError,
)

from courseops.adapters.rosters.ldap.connection import Connection
from courseops.adapters.rosters.ldap.directory import directory_of
from courseops.adapters.rosters.ldap.entries import Entry
from courseops.adapters.rosters.ldap.membership import Search
from courseops.adapters.rosters.ldap.people import Reader
from courseops.adapters.rosters.ldap.refusals import bind_refused, refused
from courseops.adapters.rosters.ldap.strategies import Filter, Group
from courseops.errors import RefusedError
from tests.unit.adapters.ldap.wire import URL, Wire, connection, entry, page


def active_directory(*answers):
    """Give a search in an Active Directory below ou=people, and the wire it asks through."""
    wire = Wire(*answers)
    search = Search(
        connection=Connection(wire, url=URL, page_size=500),
        base="ou=people,dc=univ",
        attributes=["sAMAccountName"],
        disabled_filter="(userAccountControl:1.2.840.113556.1.4.803:=2)",
        domain="DC=univ",
    )
    return search, wire


def group(dn, token=b"1256"):
    return entry(dn, objectClass=[b"top", b"group"], primaryGroupToken=[token])


def user(dn):
    return entry(dn, objectClass=[b"top", b"person", b"organizationalPerson", b"user"])


def named(*dns, part="range=0-*"):
    """Answer which members a group names, as Samba does."""
    members = {f"member;{part}": [dn.encode() for dn in dns]} if dns else {}
    return page(entry("cn=group", **members))


def test_active_directory_follows_groups_itself():
    inner, ada, bob = group("cn=td1,dc=univ"), user("cn=ada,dc=univ"), user("cn=bob,dc=univ")
    search, wire = active_directory(
        page(group("cn=py (1),dc=univ")),
        page(inner),
        page(inner, ada, bob),
        page(bob),
        named(inner["dn"]),
        named("CN=ada,DC=univ", bob["dn"], "cn=py (1),dc=univ"),
    )

    found = Group("cn=PY (1),dc=univ").entries(search)

    assert [it.dn for it in found] == ["cn=ada,dc=univ"]
    assert list(search.disabled) == ["cn=bob,dc=univ"]
    assert search.warnings == []
    chain = r"(memberOf:1.2.840.113556.1.4.1941:=cn=py \281\29,dc=univ)"
    assert wire.asked[1]["search_filter"] == f"(&(objectCategory=group){chain})"


def test_people_are_not_asked_one_by_one_which_groups_they_are_in():
    # With 1,750 people, Samba took two to six seconds; this way it takes half a second at most.
    search, wire = active_directory(
        page(group("cn=py,dc=univ")),
        page(group("cn=td1,dc=univ")),
        page(user("cn=ada")),
        page(),
        named(),
        named(),
    )
    Group("cn=py,dc=univ").entries(search)
    people = [question["search_filter"] for question in wire.asked[2:4]]
    assert not any(":1.2.840.113556.1.4.1941:" in filter_ for filter_ in people)
    assert all("(memberOf=cn=py,dc=univ)" in filter_ for filter_ in people)
    assert all("(memberOf=cn=td1,dc=univ)" in filter_ for filter_ in people)


def test_whose_primary_group_it_is_belongs_to_it_though_neither_says_so():
    search, wire = active_directory(
        page(group("cn=py,dc=univ", b"1255")),
        page(group("cn=td2,dc=univ", b"1256")),
        page(),
        named(),
        named(),
    )
    Group("cn=py,dc=univ").entries(search)
    assert all("primaryGroupToken" in question["attributes"] for question in wire.asked[:2])
    filter_ = wire.asked[2]["search_filter"]
    assert "(primaryGroupID=1255)" in filter_
    assert "(primaryGroupID=1256)" in filter_


def test_members_of_a_group_are_found_outside_the_base_too_and_no_other_domain_is_pointed_to():
    search, wire = active_directory(
        page(group("cn=py,dc=univ")), page(), page(user("cn=ada,ou=moved,dc=univ")), page(), named()
    )
    assert [it.dn for it in Group("cn=py,dc=univ").entries(search)] == ["cn=ada,ou=moved,dc=univ"]
    assert {question["search_base"] for question in wire.asked[1:4]} == {"DC=univ"}
    only_here = [("1.2.840.113556.1.4.1339", True, None)]
    assert all(question["controls"] == only_here for question in wire.asked[1:4])


def test_a_filter_still_looks_below_the_base_and_hears_of_other_domains():
    search, wire = active_directory(page())
    Filter("(sn=*)").entries(search)
    assert wire.asked[0]["search_base"] == "ou=people,dc=univ"
    assert wire.asked[0]["controls"] is None


def test_a_member_whom_active_directory_does_not_show_was_missing_without_a_word():
    hidden = "CN=Eve,OU=People,DC=elsewhere,DC=univ"
    search, _ = active_directory(
        page(group("cn=py,dc=univ")), page(), page(user("cn=ada")), page(), named("cn=ada", hidden)
    )
    assert [it.dn for it in Group("cn=py,dc=univ").entries(search)] == ["cn=ada"]
    (warning,) = search.warnings
    assert warning.startswith(f"cn=py,dc=univ names {hidden}, who is not there")


def test_a_list_of_members_in_parts_is_read_to_its_end():
    first = named("cn=a", "cn=b", part="range=0-1")
    first[1][0]["raw_attributes"] = {"member": [], **first[1][0]["raw_attributes"]}
    wire = Wire(first, named("cn=c", "cn=d", part="range=2-3"), named("cn=e", part="range=4-*"))
    line = Connection(wire, url=URL, page_size=500)
    assert line.all_values("cn=group", "member") == ["cn=a", "cn=b", "cn=c", "cn=d", "cn=e"]
    asked = [question["attributes"] for question in wire.asked]
    assert asked == [["member;range=0-*"], ["member;range=2-*"], ["member;range=4-*"]]


@pytest.mark.parametrize(
    ("attributes", "values"),
    [({}, []), ({"member": [b"cn=a"]}, ["cn=a"]), ({"member;range=0-*": []}, [])],
)
def test_a_list_of_members_in_one_piece_is_all_of_it(attributes, values):
    answer = page(entry("cn=group", **attributes))
    assert connection(answer).all_values("cn=group", "member") == values


def test_a_part_without_anything_means_no_roster():
    answer = page(entry("cn=group", **{"member;range=0-1499": []}))
    with pytest.raises(RefusedError, match="a part did not come"):
        connection(answer).all_values("cn=group", "member")


def test_someone_in_many_groups_is_found_once_and_no_filter_grows_without_end():
    many = [group(f"cn=td{number},dc=univ") for number in range(150)]
    ada = user("cn=ada,dc=univ")
    search, wire = active_directory(
        page(group("cn=py,dc=univ")),
        page(*many),
        page(ada),
        page(),
        page(ada),
        page(),
        *[named()] * 151,
    )
    assert [it.dn for it in Group("cn=py,dc=univ").entries(search)] == ["cn=ada,dc=univ"]
    asked = [question["search_filter"].count("(memberOf=") for question in wire.asked[2:6]]
    assert asked == [100, 100, 51, 51]


def test_an_object_guid_is_spelled_as_microsoft_does():
    guid = "6f9619ff-8b86-d011-b42d-00c04fc964ff"
    directory = directory_of(
        connection(page(entry("", supportedCapabilities=[b"1.2.840.113556.1.4.800"])))
    )
    ada = Entry("cn=ada", {"objectguid": (uuid.UUID(guid).bytes_le,), "samaccountname": (b"Ada",)})
    person = Reader(directory.attributes).person(ada)
    assert person is not None
    assert (person.id, person.username) == (guid, "ada")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        # Of a name that it does not know, too, it says 52e.
        ("52e", "wrong password, or no such account"),
        ("533", "the account is disabled"),
        ("701", "the account has expired"),
        ("773", "the password must be changed first"),
        ("999", "wrong name or password"),
    ],
)
def test_active_directorys_reasons_for_a_refused_login_are_told(code, reason):
    comment = "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error"
    said = f"{comment}, data {code}, v1db1"
    error = LDAPInvalidCredentialsResult(result=49, description="invalidCredentials", message=said)
    assert str(bind_refused(URL, "cn=svc", error)).endswith(f"does not let cn=svc in: {reason}")


def test_a_name_that_is_no_dn_leads_to_how_one_is_written():
    error = LDAPInvalidDNSyntaxResult(
        result=34,
        description="invalidDNSyntax",
        message="00002032: ldb_search: invalid basedn '(null)'",
    )
    refusal = refused(URL, "reading CN=TD, groupe 3,DC=univ", error)
    assert "a comma within a part of it as \\,;" in refusal.hint


def test_a_line_cut_because_it_began_the_wrong_way_leads_to_the_right_port():
    error = LDAPSocketReceiveError("error receiving data: [Errno 104] Connection reset by peer")
    assert "ldaps:// is for the port that begins with TLS" in refused(URL, "connecting", error).hint
