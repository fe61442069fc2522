"""What the sections of a roster may say together."""

import tomllib

import pytest
from pydantic import ValidationError

from courseops.config import RosterSection

LDAP = """
url = "ldaps://ldap.example.org:1636"
bind_dn = "cn=courseops"
password = { env = "LDAP" }
base = "ou=people"
learners = { filter = "(uid=*)" }
attributes = { gradebook_id = "supannEtuId", lms_id = "employeeNumber" }
"""


def section(text):
    return RosterSection(**tomllib.loads(text))


def test_files_and_directories_may_stand_beside_each_other():
    roster = section(f"[[sources]]\ncsv = 'more.csv'\n[[sources]]\n[sources.ldap]\n{LDAP}")
    assert [source.title for source in roster.sources] == ["more.csv", "ldap.example.org"]
    assert roster.sources[1].ldap.attributes.lms_id == "employeeNumber"


def test_a_directory_may_leave_usernames_to_a_list_of_identities():
    roster = section(
        f"identities = 'who.csv'\nusername_from = 'identities'\n[ldap]\n{LDAP}",
    )
    assert roster.ldap
    assert roster.username_from == "identities"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[[sources]]\ncsv='a/x.csv'\n[[sources]]\ncsv='b/x.csv'", "two sources are called x.csv"),
        ("csv = 'x.csv'\nusername_from = 'identities'", "needs the list: identities"),
        (f"username_from = 'email'\n[ldap]\n{LDAP}", "say how a file is read, not ldap"),
        ("identities = 'x'\n[[sources]]\ncsv = 'a.csv'", "belongs to the source"),
        ("seats = 3\nsection = 'A'", "belongs to the source"),
    ],
)
def test_what_contradicts_itself_is_a_mistake(text, problem):
    with pytest.raises(ValidationError, match=problem):
        section(text)
