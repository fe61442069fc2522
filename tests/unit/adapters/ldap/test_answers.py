"""What servers may answer that the OpenLDAP of the contract tests never does."""

import uuid

import pytest
from ldap3.core.exceptions import LDAPInvalidCredentialsResult

from courseops.adapters.rosters.ldap.connection import Connection
from courseops.adapters.rosters.ldap.directory import directory_of
from courseops.adapters.rosters.ldap.entries import Entry
from courseops.adapters.rosters.ldap.membership import Search
from courseops.adapters.rosters.ldap.people import Reader
from courseops.adapters.rosters.ldap.refusals import bind_refused
from courseops.adapters.rosters.ldap.strategies import Group, SupannElement
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
        self.result, self.response = self._answers.pop(0)
        return True


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
    ]
    assert len(connection(page(SOMEBODY, *zones)).search("dc=univ", "(uid=*)", ["uid"])) == 1

    child = reference("ldap://iut.univ.example/DC=iut,DC=univ,DC=example")
    with pytest.raises(RefusedError, match="referral"):
        connection(page(SOMEBODY, child)).search("dc=univ", "(uid=*)", ["uid"])


@pytest.mark.parametrize(
    ("attributes", "name", "username", "id_"),
    [
        (
            {"supportedCapabilities": [b"1.2.840.113556.1.4.800", b"1.2.840.113556.1.4.1670"]},
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
    assert directory.follows_nesting is (name == "Active Directory")
    assert bool(directory.disabled_filter) is (name == "Active Directory")


def test_active_directory_follows_groups_itself_and_is_asked_for_no_list_of_members():
    group = entry("cn=py,dc=univ", objectClass=[b"group"])
    inner = entry("cn=td1,dc=univ", objectClass=[b"group"])
    ada = entry("cn=ada,dc=univ", objectClass=[b"user"])
    bob = entry("cn=bob,dc=univ", objectClass=[b"user"])
    wire = Wire(page(group), page(inner, ada, bob), page(bob))
    search = Search(
        connection=Connection(wire, url=URL, page_size=500),
        base="dc=univ",
        attributes=["sAMAccountName"],
        disabled_filter="(userAccountControl:1.2.840.113556.1.4.803:=2)",
        follows_nesting=True,
    )

    found = Group("cn=py (1),dc=univ").entries(search)

    assert [it.dn for it in found] == ["cn=ada,dc=univ"]
    assert list(search.disabled) == ["cn=bob,dc=univ"]
    assert not any("member" in question["attributes"] for question in wire.asked)
    chain = r"(memberOf:1.2.840.113556.1.4.1941:=cn=py \281\29,dc=univ)"
    assert wire.asked[1]["search_filter"] == chain
    assert wire.asked[2]["search_filter"] == f"(&{chain}{search.disabled_filter})"


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


def test_active_directorys_reasons_for_a_refused_login_are_told():
    said = "80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data 533, v4563"
    error = LDAPInvalidCredentialsResult(result=49, description="invalidCredentials", message=said)
    assert "the account is disabled" in str(bind_refused(URL, "cn=svc", error))
