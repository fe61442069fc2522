"""What can be configured of an LDAP directory that a roster comes from."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from courseops.config.basis import FilePath, SecretReference, Section, refuse_all_but_one


def _ldap_address(url: str) -> str:
    address = urlsplit(url)
    if address.scheme not in {"ldap", "ldaps"} or not address.hostname or address.path.strip("/"):
        raise ValueError("must be ldap:// or ldaps:// and a server's name")
    if "@" in address.netloc:
        raise ValueError("must not hold a password: secrets are only ever referred to")
    _ = address.port  # raises ValueError for what is no port
    return url.rstrip("/")


def _ldap_filter(filter_: str) -> str:
    if filter_ and not (filter_.startswith("(") and filter_.endswith(")")):
        raise ValueError("must be a filter in parentheses")
    return filter_


class SupannSection(Section):
    """A teaching element in a year, as French universities publish enrolments."""

    year: int = Field(examples=[2026])
    element: str = Field(min_length=1, examples=["PY101"])


class SelectionSection(Section):
    """Who is meant, in one of several ways."""

    filter: Annotated[str, AfterValidator(_ldap_filter)] | None = Field(
        None, examples=["(eduPersonAffiliation=student)"]
    )
    member_of: str | None = Field(None, min_length=1, examples=["cn=py,ou=groups,dc=univ"])
    group: str | None = Field(None, min_length=1, examples=["cn=py,ou=groups,dc=univ"])
    supann: SupannSection | None = Field(None, examples=[{"year": 2026, "element": "PY101"}])

    @model_validator(mode="after")
    def _exactly_one(self) -> SelectionSection:
        refuse_all_but_one(self)
        return self


class AttributesSection(Section):
    """Which attribute of an entry is what; the server's usual one where empty."""

    username: str = Field("", examples=["eduPersonPrincipalName"])
    id: str = Field("", examples=["supannEtuId"])
    given_name: str = Field("", examples=["givenName"])
    family_name: str = Field("", examples=["sn"])
    email: str = Field("", examples=["mail"])
    gradebook_id: str = Field("", examples=["supannEtuId"])
    lms_id: str = Field("", examples=["employeeNumber"])


class LdapSection(Section):
    """A directory, and who in it belongs to the course."""

    url: Annotated[str, AfterValidator(_ldap_address)] = Field(
        description="ldap:// turns to TLS before it logs in (StartTLS), ldaps:// begins with it",
        examples=["ldap://ldap.example.org"],
    )
    bind_dn: str = Field(
        min_length=1,
        description="the account to log in with",
        examples=["cn=courseops,ou=services,dc=example,dc=org"],
    )
    password: SecretReference = Field(
        description="its password", examples=[{"file": "ldap.password"}]
    )
    base: str = Field(
        min_length=1,
        description="below which people are found",
        examples=["ou=people,dc=example,dc=org"],
    )
    learners: SelectionSection = Field(
        description="one of filter, member_of, group and supann",
        examples=[{"supann": {"year": 2026, "element": "PY101"}}],
    )
    assistants: SelectionSection | None = Field(
        None,
        description="likewise",
        examples=[{"group": "cn=py101-assistants,ou=groups,dc=example,dc=org"}],
    )
    instructors: SelectionSection | None = Field(
        None,
        description="likewise",
        examples=[{"filter": "(&(eduPersonAffiliation=faculty)(departmentNumber=PY))"}],
    )
    ca_file: FilePath | None = Field(
        None,
        description="certificate authority of the server",
        examples=["/etc/ssl/campus-ca.pem"],
    )
    attributes: AttributesSection = Field(
        AttributesSection(),
        description="which are username, id, given_name, family_name, email, if not the usual "
        "ones; gradebook_id, lms_id, if any",
        examples=[{"id": "supannEtuId"}],
    )
    disabled_filter: Annotated[str, AfterValidator(_ldap_filter)] = Field(
        "",
        description="matches accounts to leave out; not needed for Active Directory",
        examples=["(pwdAccountLockedTime=*)"],
    )
