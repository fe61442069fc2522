"""Rosters from an LDAP directory: OpenLDAP, Active Directory and their like.

`opening` logs in, `connection` takes no half answers, `directory` says which server it is,
`strategies` say who is meant, `membership` follows groups, `people` turns entries into people,
`source` puts it together.
"""

from courseops.adapters.rosters.ldap.people import Attributes
from courseops.adapters.rosters.ldap.source import LdapRoster
from courseops.adapters.rosters.ldap.strategies import (
    Filter,
    Group,
    MemberOf,
    Selection,
    SupannElement,
)

__all__ = [
    "Attributes",
    "Filter",
    "Group",
    "LdapRoster",
    "MemberOf",
    "Selection",
    "SupannElement",
]
