"""What servers may answer that the OpenLDAP of the contract tests never does."""

import pytest

from courseops.adapters.rosters.ldap.connection import Connection
from courseops.adapters.rosters.ldap.directory import directory_of
from courseops.adapters.rosters.ldap.entries import Entry
from courseops.adapters.rosters.ldap.membership import Search
from courseops.adapters.rosters.ldap.strategies import SupannElement
from courseops.errors import RefusedError
from tests.unit.adapters.ldap.wire import SOMEBODY, URL, Wire, connection, entry, page


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
    wire = Wire(page(entry("", **attributes)))
    directory = directory_of(Connection(wire, url=URL, page_size=500))
    assert set(attributes) <= set(wire.asked[0]["attributes"])
    assert directory.name == name
    assert (directory.attributes.username, directory.attributes.id) == (username, id_)
    assert directory.domain == ("DC=univ,DC=example" if name == "Active Directory" else "")
    assert bool(directory.disabled_filter) is (name == "Active Directory")


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
