"""Logins that were begun and are not over: what a browser is to bring back from its hub.

Nothing is kept of a login until somebody comes back, so that whoever makes up logins, without
being anybody, fills no memory of ours and pushes nobody out. What must be known then is in the
state itself, signed; it counts once, for ten minutes, in the browser that it was made for. See
https://www.rfc-editor.org/rfc/rfc9700#section-4.7
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

# What a login may take, with a password that has to be looked up.
LASTS = timedelta(minutes=10)
# Each came back with a state of ours in ten minutes; beyond it the oldest are forgotten, and then
# it is still the hub that takes no code twice.
_MOST_SPENT = 20_000
_LONGEST_ONWARD = 1_000
_LONGEST_STATE = 4_000


@dataclass(frozen=True, kw_only=True)
class ComingIn:
    """
    A login: its `state` for the address, and the `verifier` that the hub is to be shown.

    It leads `onward`, to a path of ours.
    """

    state: str
    verifier: str
    onward: str


class ComingsIn:
    """The logins that are begun at one hub's page; safe to use from several threads."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._spent: OrderedDict[str, datetime] = OrderedDict()

    def begin(self, browser: str, onward: str, now: datetime) -> ComingIn:
        """Begin a login in the browser that has the cookie `browser`; a path too long is left."""
        onward = onward if len(onward) <= _LONGEST_ONWARD else ""
        once = secrets.token_urlsafe(24)
        said = json.dumps([once, int(now.timestamp()), self._mark("browser", browser), onward])
        body = base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")
        return ComingIn(
            state=f"{body}.{self._mark('state', body)}",
            verifier=self._mark("verifier", f"{once} {browser}"),
            onward=onward,
        )

    def come_in(self, state: str, browser: str, now: datetime) -> ComingIn | None:
        """Take up a login that was begun in this browser: once, and not long after."""
        body, _, mark = state.partition(".")
        if len(state) > _LONGEST_STATE or not _is_same(self._mark("state", body), mark):
            return None
        try:
            said = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        except (binascii.Error, ValueError):  # we signed it, so this cannot be
            return None
        once, begun, made_for, onward = said
        is_first = self._spend(once, now)
        is_young = 0 <= now.timestamp() - begun <= LASTS.total_seconds()
        if not (is_first and is_young and _is_same(self._mark("browser", browser), made_for)):
            return None
        verifier = self._mark("verifier", f"{once} {browser}")
        return ComingIn(state=state, verifier=verifier, onward=onward)

    def _spend(self, once: str, now: datetime) -> bool:
        """Note that a login came back; False if it did before."""
        with self._lock:
            is_first = once not in self._spent
            self._spent.setdefault(once, now)
            while self._spent and (
                len(self._spent) > _MOST_SPENT or now - next(iter(self._spent.values())) > LASTS
            ):
                self._spent.popitem(last=False)
        return is_first

    def _mark(self, what: str, text: str) -> str:
        """Give what only we can make of a text; none for one purpose will do for another."""
        asked = f"{what}\0{text}".encode("utf-8", "surrogatepass")
        digest = hmac.new(self._key, asked, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _is_same(expected: str, given: object) -> bool:
    return isinstance(given, str) and secrets.compare_digest(
        expected.encode(), given.encode("utf-8", "surrogatepass")
    )
