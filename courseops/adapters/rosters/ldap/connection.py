"""Ask an LDAP server, and get the whole answer or an error.

ldap3 gives half an answer without a word when a limit is met: sizeLimitExceeded, timeLimitExceeded
and referral are never raised (`DO_NOT_RAISE_EXCEPTIONS` in
https://github.com/cannatag/ldap3/blob/v2.9.1/ldap3/core/results.py). So pages are turned by our
own loop, and each must be clean: https://www.rfc-editor.org/rfc/rfc2696.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import ldap3
from ldap3.core.exceptions import LDAPNoSuchObjectResult

from courseops.adapters.rosters.ldap.entries import Entry
from courseops.adapters.rosters.ldap.refusals import incomplete, refused, translated
from courseops.errors import RefusedError

PAGE_SIZE = 500  # Active Directory's own limit is 1,000
ANSWER_TIMEOUT_SECONDS = 60

_PAGED_RESULTS = "1.2.840.113556.1.4.319"
# LDAP_SERVER_DOMAIN_SCOPE_OID of MS-ADTS 3.1.1.3.4.1.
_NO_OTHER_DOMAINS = "1.2.840.113556.1.4.1339"
# Every search in an Active Directory's root points to these; nobody lives there.
_UNINHABITED = ("dc=domaindnszones,", "dc=forestdnszones,", "cn=configuration,")


class Connection:
    """A line to one server on which every search gives all that matches, or raises."""

    def __init__(self, wire: Any, *, url: str, page_size: int) -> None:
        self._wire = wire
        self._page_size = page_size
        self.url = url

    def search(
        self, base: str, filter_: str, attributes: Sequence[str], *, in_domain: bool = False
    ) -> list[Entry]:
        """
        Give every entry at and below `base` that `filter_` matches.

        With `in_domain`, Active Directory points to no domains below its own.

        Raises:
            RefusedError: the server did not give all of it; what it gave is thrown away.
            UnreachableError: the line broke.
        """
        attempt = f"searching {filter_} below {base}"
        entries: list[Entry] = []
        cookie: bytes | None = None
        while cookie != b"":
            result, response = self._ask(
                attempt,
                search_base=base,
                search_filter=filter_,
                search_scope=ldap3.SUBTREE,
                attributes=list(attributes),
                paged_size=self._page_size,
                paged_criticality=True,
                paged_cookie=cookie,
                controls=[(_NO_OTHER_DOMAINS, True, None)] if in_domain else None,
            )
            entries.extend(entries_in(response, self.url, attempt))
            cookie = next_cookie(result, self.url, attempt)
        return entries

    def entry(
        self, dn: str, attributes: Sequence[str], *, filter_: str = "(objectClass=*)"
    ) -> Entry | None:
        """Give the entry called `dn`; None where there is none, or `filter_` does not match it."""
        attempt = f"reading {dn or 'the root entry'}"
        try:
            _, response = self._ask(
                attempt,
                search_base=dn,
                search_filter=filter_,
                search_scope=ldap3.BASE,
                attributes=list(attributes),
            )
        except RefusedError as error:
            if isinstance(error.__cause__, LDAPNoSuchObjectResult):
                return None
            raise
        return next(entries_in(response, self.url, attempt), None)

    def all_values(self, dn: str, attribute: str) -> list[str]:
        """
        Give every value of an attribute, also of one that the server gives in parts.

        Parts: MS-ADTS 3.1.1.3.1.3.3, `member;range=0-1499` and so on; the last ends in `*`.

        Raises:
            RefusedError: a part did not come.
        """
        attempt = f"reading {attribute} of {dn}"
        values: list[bytes] = []
        is_last = False
        while not is_last:
            _, response = self._ask(
                attempt,
                search_base=dn,
                search_filter="(objectClass=*)",
                search_scope=ldap3.BASE,
                attributes=[f"{attribute};range={len(values)}-*"],
            )
            part, is_last = part_in(response, attribute)
            if not part and not is_last:
                raise incomplete(self.url, attempt, "a part did not come")
            values.extend(part)
        return [value.decode("utf-8", "replace") for value in values]

    def _ask(
        self, attempt: str, **question: Any
    ) -> tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]:
        with translated(lambda error: refused(self.url, attempt, error)):
            self._wire.search(time_limit=ANSWER_TIMEOUT_SECONDS, **question)
        result, response = self._wire.result, self._wire.response
        if result["result"] != 0:
            raise incomplete(self.url, attempt, result["description"], result.get("message"))
        return result, response or ()


def entries_in(response: Sequence[Mapping[str, Any]], url: str, attempt: str) -> Iterator[Entry]:
    """
    Give the entries of one answer.

    Raises:
        RefusedError: some are on another server, or have an attribute of which only a part came.
    """
    for item in response:
        if item["type"] == "searchResRef":
            _refuse_reference(item["uri"], url, attempt)
        if item["type"] != "searchResEntry":
            continue
        attributes = {
            str(name).lower(): tuple(values) for name, values in item["raw_attributes"].items()
        }
        if partial := [name for name in attributes if ";range=" in name]:
            raise incomplete(url, attempt, f"{item['dn']} has only {partial[0]}")
        yield Entry(str(item["dn"]), attributes)


def part_in(response: Sequence[Mapping[str, Any]], attribute: str) -> tuple[list[bytes], bool]:
    """Give the values of one part of an attribute, and whether it is the last."""
    for item in response:
        # An attribute in parts comes by its bare name too, with nothing in it.
        for name, values in item.get("raw_attributes", {}).items():
            bare, _, part = str(name).lower().partition(";range=")
            if bare == attribute.lower() and (values or part):
                return list(values), not part or part.endswith("-*")
    return [], True


def _refuse_reference(targets: Sequence[str], url: str, attempt: str) -> None:
    for target in targets:
        if not urlsplit(target).path.lstrip("/").lower().startswith(_UNINHABITED):
            raise incomplete(url, attempt, "referral", f"a part is at {target}")


def next_cookie(result: Mapping[str, Any], url: str, attempt: str) -> bytes:
    """
    Give what asks for the next page; b"" after the last.

    Raises:
        RefusedError: the server did not say which page this was.
    """
    paged = (result.get("controls") or {}).get(_PAGED_RESULTS)
    if paged is None:
        raise incomplete(url, attempt, "the server does not page its answers")
    return bytes(paged["value"]["cookie"] or b"")
