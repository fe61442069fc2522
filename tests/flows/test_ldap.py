"""A course whose class is in a directory: the command line from config.toml to the roster."""

import pytest

from tests.support.slapd import GROUPS, PASSWORD, PEOPLE, SERVICE, TUTORS

pytestmark = pytest.mark.ldap


@pytest.fixture
def site(desk, slapd):
    desk.write("campus.token", "x" * 32, mode=0o600)
    desk.write("ldap.password", f"{PASSWORD}\n", mode=0o600)
    ldap = {
        "url": slapd.url,
        "bind_dn": SERVICE,
        "password": {"file": "ldap.password"},
        "base": PEOPLE,
        "learners": {"supann": {"year": 2026, "element": "PY101"}},
        "assistants": {"group": f"cn=tutors,{GROUPS}"},
        "instructors": {"filter": "(eduPersonAffiliation=faculty)"},
        "ca_file": str(slapd.ca_file),
        "attributes": {"username": "uid"},
        "disabled_filter": "(employeeType=locked)",
    }
    desk.configure(
        hubs={"campus": {"url": "http://127.0.0.1:9", "token": {"file": "campus.token"}}},
        courses={"py": {"hub": "campus", "roster": {"ldap": ldap}}},
    )
    return desk


def test_the_class_is_shown_as_the_directory_has_it(site):
    shown = site.run("roster", "show", "py", "--json")

    assert shown.code == 0, shown.err
    roles = {e["person"]["username"]: e["role"] for e in shown.document["enrolments"]}
    assert {name for name, role in roles.items() if role == "assistant"} == {*TUTORS, "u01"}
    assert sum(role == "instructor" for role in roles.values()) == 4
    # Thirteen are enrolled, and u04 is locked.
    assert sum(role == "learner" for role in roles.values()) == 12
    assert "1 disabled left out" in shown.document["source"]
    assert PASSWORD not in shown.out + shown.err


def test_doctor_asks_the_directory(site):
    told = site.run("doctor")
    assert "OpenLDAP, 23 people" in told.out


def test_a_wrong_password_exits_with_12_and_says_where_to_look(site):
    site.write("ldap.password", "swordfish\n", mode=0o600)
    refused = site.run("roster", "show", "py")
    assert refused.code == 12
    assert f"does not let {SERVICE} in" in refused.err
    assert "check bind_dn and password" in refused.err
    assert "swordfish" not in refused.out + refused.err


def test_a_file_named_for_once_goes_before_the_directory(site):
    site.write("class.csv", "username,email\nada,a@x\n")
    shown = site.run("roster", "show", "py", "--csv", "class.csv", "--json")
    assert "class.csv" in shown.document["source"]
