"""Pseudonyms: what stands for a person in a list that must not name them.

They are made by HMAC-SHA256 (https://www.rfc-editor.org/rfc/rfc2104) with a secret key of the
term. Whoever has the key can tell whether a name belongs to a pseudonym; once it is destroyed,
nobody can, and what bears these pseudonyms is anonymous. A year is cut into terms because what is
compared within a term needs the same pseudonym, and nothing needs it from one to the next.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

KEY_BYTES = 32
# Without those that are read for one another: i and l, o and u (Crockford's base 32).
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_BITS = 5
# Of 10,000 people, two meet once in twenty million terms.
_LENGTH = 10

MonthDay = tuple[int, int]
"""A month and a day of it, of any year."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """When terms begin, by the calendar in `zone`; each lasts until the next begins."""

    begins: Sequence[MonthDay]
    zone: tzinfo

    def of(self, moment: datetime) -> str:
        """Name the term that a moment is in by the day it began ("2026-08-01")."""
        today = moment.astimezone(self.zone).date()
        days = [date(year, *day) for year in (today.year - 1, today.year) for day in self.begins]
        return max(day for day in days if day <= today).isoformat()


@dataclass(frozen=True, kw_only=True)
class TermKey:
    """The key of a term, without the key: when it was made."""

    term: str
    made_at: datetime


def pseudonym_of(key: bytes, hub: str, username: str) -> str:
    """Give what stands for an account of a hub ("p-7f3k9q2mxa")."""
    message = f"{hub}\0{username}".encode(errors="surrogateescape")
    return _spelled(hmac.new(key, message, hashlib.sha256).digest())


def new_pseudonym() -> str:
    """Give a pseudonym that was made from no name, and that nobody can ever lead back to one."""
    return _spelled(secrets.token_bytes(KEY_BYTES))


def _spelled(content: bytes) -> str:
    number = int.from_bytes(content, "big")
    letters = (_LETTERS[number >> _BITS * place & (1 << _BITS) - 1] for place in range(_LENGTH))
    return f"p-{''.join(letters)}"
