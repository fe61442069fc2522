"""What servers may answer that the OpenLDAP of the contract tests never does."""

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
from courseops.adapters.rosters.ldap.strategies import Filter, Group, SupannElement
from courseops.errors import RefusedError

URL = "ldap://dc.univ.example"
PAGED = "1.2.840.113556.1.4.319"
SOMEBODY = {"type": "searchResEntry", "dn": "cn=ada", "raw_attributes": {"uid": [b"ada"]}}


class Wire:
    """The place of ldap3's connection: answers in order, and remembers what was asked."""

    def __init__(self, *answers):
        self.asked = []
        self._answers = list(answers)

    def search(self, **question):
        self.asked.append(question)
        result, response = self._answers.pop(0)
        return True, result, response, {}


def page(*entries, cookie=b"", code=0, description="success", controls=True):
    paged = {PAGED: {"value": {"size": 0, "cookie": cookie}}}
    result = {"result": code, "description": description, "message": ""}
    return {**result, "controls": paged if controls else {}}, list(entries)


def entry(dn, **attributes):
    return {"type": "searchResEntry", "dn": dn, "raw_attributes": attributes}


def connection(*answers):
    return Connection(Wire(*answers), url=URL, page_size=500)


@pytest.mark.parametrize(
    ("code", "description"),
    [
        (3, "timeLimitExceeded"),
        (4, "sizeLimitExceeded"),
        (10, "referral"),
        (11, "adminLimitExceeded"),
    ],
)
@pytest.mark.parametrize("pages_before", [0, 1])
def test_a_page_that_is_not_clean_means_no_roster(code, description, pages_before):
    clean = [page(SOMEBODY, cookie=b"more")] * pages_before
    bad = page(SOMEBODY, code=code, description=description)
    with pytest.raises(RefusedError, match=description):
        connection(*clean, bad).search("dc=univ", "(uid=*)", ["uid"])


def test_pages_follow_each_other_by_the_servers_cookie():
    wire = Wire(page(SOMEBODY, cookie=b"two"), page(SOMEBODY, cookie=b"three"), page(SOMEBODY))
    found = Connection(wire, url=URL, page_size=7).search("dc=univ", "(uid=*)", ["uid"])
    assert len(found) == 3
    assert [question["paged_cookie"] for question in wire.asked] == [None, b"two", b"three"]
    assert all(q["paged_criticality"] and q["paged_size"] == 7 for q in wire.asked)
    assert all(question["time_limit"] for question in wire.asked)


def test_a_server_that_ignores_paging_means_no_roster():
    with pytest.raises(RefusedError, match="does not page its answers"):
        connection(page(SOMEBODY, controls=False)).search("dc=univ", "(uid=*)", ["uid"])


def test_an_attribute_in_parts_means_no_roster():
    partial = entry("cn=big", **{"member;range=0-1499": [b"cn=ada"]})
    with pytest.raises(RefusedError, match="range=0-1499"):
        connection(page(partial)).search("dc=univ", "(cn=*)", ["member"])


def test_references_to_where_nobody_lives_are_skipped_and_others_refused():
    def reference(target):
        return {"type": "searchResRef", "uri": [target]}

    zones = [
        reference("ldap://DomainDnsZones.univ.example/DC=DomainDnsZones,DC=univ,DC=example"),
        reference("ldap://ForestDnsZones.univ.example/DC=ForestDnsZones,DC=univ,DC=example"),
        reference("ldap://univ.example/CN=Configuration,DC=univ,DC=example"),
        reference("ldaps://univ.example/CN=Configuration,DC=univ,DC=example"),  # Samba's, by TLS
    ]
    assert len(connection(page(SOMEBODY, *zones)).search("dc=univ", "(uid=*)", ["uid"])) == 1

    child = reference("ldap://iut.univ.example/DC=iut,DC=univ,DC=example")
    with pytest.raises(RefusedError, match="referral"):
        connection(page(SOMEBODY, child)).search("dc=univ", "(uid=*)", ["uid"])


@pytest.mark.parametrize(
    ("attributes", "name", "username", "id_"),
    [
        (
            {
                "supportedCapabilities": [b"1.2.840.113556.1.4.800", b"1.2.840.113556.1.4.1670"],
                "defaultNamingContext": [b"DC=univ,DC=example"],
            },
            "Active Directory",
            "sAMAccountName",
            "objectGUID",
        ),
        ({"objectClass": [b"top", b"OpenLDAProotDSE"]}, "OpenLDAP", "uid", "entryUUID"),
        ({}, "LDAP", "uid", "entryUUID"),
    ],
)
def test_the_root_entry_tells_the_servers_apart(attributes, name, username, id_):
    directory = directory_of(connection(page(entry("", **attributes))))
    assert directory.name == name
    assert (directory.attributes.username, directory.attributes.id) == (username, id_)
    assert directory.domain == ("DC=univ,DC=example" if name == "Active Directory" else "")
    assert bool(directory.disabled_filter) is (name == "Active Directory")


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


def test_active_directory_follows_groups_itself_and_is_asked_for_no_list_of_members():
    inner, ada, bob = group("cn=td1,dc=univ"), user("cn=ada,dc=univ"), user("cn=bob,dc=univ")
    search, wire = active_directory(
        page(group("cn=py (1),dc=univ")), page(inner), page(inner, ada, bob), page(bob)
    )

    found = Group("cn=PY (1),dc=univ").entries(search)

    assert [it.dn for it in found] == ["cn=ada,dc=univ"]
    assert list(search.disabled) == ["cn=bob,dc=univ"]
    assert not any("member" in question["attributes"] for question in wire.asked)
    chain = r"(memberOf:1.2.840.113556.1.4.1941:=cn=py \281\29,dc=univ)"
    assert wire.asked[1]["search_filter"] == f"(&(objectCategory=group){chain})"


def test_people_are_not_asked_one_by_one_which_groups_they_are_in():
    # With 1,750 people, Samba took six seconds for what takes it a tenth of one this way.
    search, wire = active_directory(
        page(group("cn=py,dc=univ")), page(group("cn=td1,dc=univ")), page(user("cn=ada")), page()
    )
    Group("cn=py,dc=univ").entries(search)
    people = [question["search_filter"] for question in wire.asked[2:]]
    assert people
    assert not any(":1.2.840.113556.1.4.1941:" in filter_ for filter_ in people)
    assert all("(memberOf=cn=py,dc=univ)" in filter_ for filter_ in people)
    assert all("(memberOf=cn=td1,dc=univ)" in filter_ for filter_ in people)


def test_whose_primary_group_it_is_belongs_to_it_though_neither_says_so():
    search, wire = active_directory(
        page(group("cn=py,dc=univ", b"1255")), page(group("cn=td2,dc=univ", b"1256")), page()
    )
    Group("cn=py,dc=univ").entries(search)
    assert all("primaryGroupToken" in question["attributes"] for question in wire.asked[:2])
    filter_ = wire.asked[2]["search_filter"]
    assert "(primaryGroupID=1255)" in filter_
    assert "(primaryGroupID=1256)" in filter_


def test_members_of_a_group_are_found_outside_the_base_too_and_no_other_domain_is_pointed_to():
    search, wire = active_directory(
        page(group("cn=py,dc=univ")), page(), page(user("cn=ada,ou=moved,dc=univ")), page()
    )
    assert [it.dn for it in Group("cn=py,dc=univ").entries(search)] == ["cn=ada,ou=moved,dc=univ"]
    assert {question["search_base"] for question in wire.asked[1:]} == {"DC=univ"}
    only_here = [("1.2.840.113556.1.4.1339", True, None)]
    assert all(question["controls"] == only_here for question in wire.asked[1:])


def test_a_filter_still_looks_below_the_base_and_hears_of_other_domains():
    search, wire = active_directory(page())
    Filter("(sn=*)").entries(search)
    assert wire.asked[0]["search_base"] == "ou=people,dc=univ"
    assert wire.asked[0]["controls"] is None


def test_someone_in_many_groups_is_found_once_and_no_filter_grows_without_end():
    many = [group(f"cn=td{number},dc=univ") for number in range(150)]
    ada = user("cn=ada,dc=univ")
    search, wire = active_directory(
        page(group("cn=py,dc=univ")), page(*many), page(ada), page(), page(ada), page()
    )
    assert [it.dn for it in Group("cn=py,dc=univ").entries(search)] == ["cn=ada,dc=univ"]
    asked = [question["search_filter"].count("(memberOf=") for question in wire.asked[2:]]
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
    ("classes", "is_person", "is_group"),
    [
        ([b"top", b"person", b"inetOrgPerson"], True, False),
        ([b"top", b"person", b"user", b"computer"], False, False),
        ([b"top", b"groupOfNames"], False, True),
        ([b"top", b"person", b"organizationalPerson", b"contact"], False, False),
        ([b"top", b"foreignSecurityPrincipal"], False, False),
        ([b"organizationalRole"], False, False),
        ([b"of our own making"], True, False),
        ([], True, False),
    ],
)
def test_people_groups_and_things_are_told_apart_by_their_classes(classes, is_person, is_group):
    one = Entry("cn=x", {"objectclass": tuple(classes)})
    assert (one.is_person, one.is_group) == (is_person, is_group)


@pytest.mark.parametrize(
    ("value", "is_in"),
    [
        ("[anneeinsc=2026][eltpedago={UAI:0060931E}PY101]", True),
        ("[eltpedago=py101][anneeinsc=2026]", True),
        ("[anneeinsc=2025][eltpedago={UAI:0060931E}PY101]", False),
        ("[anneeinsc=2026][eltpedago={UAI:0060931E}XPY101]", False),
        ("[anneeinsc=2026][etape={UAI:0060931E}PY101][eltpedago={UAI:0060931E}CH1]", False),
    ],
)
def test_year_and_element_must_stand_in_one_enrolment(value, is_in):
    ada = entry("cn=ada", supannEtuInscription=[b"[anneeinsc=2026]", value.encode()])
    search = Search(connection=connection(page(ada)), base="dc=univ", attributes=["uid"])
    assert bool(SupannElement(year=2026, element="PY101").entries(search)) is is_in


def test_an_element_is_escaped_in_its_filter():
    wire = Wire(page())
    search = Search(
        connection=Connection(wire, url=URL, page_size=500), base="dc=univ", attributes=["uid"]
    )
    SupannElement(year=2026, element="*)(uid=*").entries(search)
    assert r"=*\2a\29\28uid=\2a]*)" in wire.asked[0]["search_filter"]


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
