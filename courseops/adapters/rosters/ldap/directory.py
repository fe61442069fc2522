"""Find out which server it is: Active Directory has its own names, and rules that others lack.

The root entry says it: https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-adts/
3ed61e6c-cfdc-487d-9f02-5a3397be3772 (LDAP_CAP_ACTIVE_DIRECTORY_OID), and OpenLDAP by its class.
"""

from __future__ import annotations

from dataclasses import dataclass

from courseops.adapters.rosters.ldap.connection import Connection
from courseops.adapters.rosters.ldap.people import Attributes

_PERSON = {"given_name": "givenName", "family_name": "sn", "email": "mail"}
_ACTIVE_DIRECTORY = "1.2.840.113556.1.4.800"


@dataclass(frozen=True, kw_only=True)
class Directory:
    """
    What differs between servers.

    `disabled_filter` matches accounts that are switched off ("" where each site has its own
    way), and `domain` is the root of an Active Directory, which itself can follow groups in groups.
    """

    name: str
    attributes: Attributes
    disabled_filter: str = ""
    domain: str = ""


def directory_of(connection: Connection) -> Directory:
    """Read the root entry of the server."""
    root = connection.entry("", ["objectClass", "supportedCapabilities", "defaultNamingContext"])
    if root is not None and _ACTIVE_DIRECTORY in root.values("supportedCapabilities"):
        return Directory(
            name="Active Directory",
            attributes=Attributes(username="sAMAccountName", id="objectGUID", **_PERSON),
            # Bit 2 of the account's flags: ACCOUNTDISABLE.
            disabled_filter="(userAccountControl:1.2.840.113556.1.4.803:=2)",
            domain="".join(root.values("defaultNamingContext")),
        )
    classes = root.values("objectClass") if root else []
    name = "OpenLDAP" if "OpenLDAProotDSE" in classes else "LDAP"
    return Directory(name=name, attributes=Attributes(username="uid", id="entryUUID", **_PERSON))
