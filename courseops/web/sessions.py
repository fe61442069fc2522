"""Who is logged in on the pages of one hub, and who is just coming in.

All of it is kept in memory: after a restart the hub logs everybody in again without asking.
A browser holds nothing but an unguessable name of its session; tokens stay here.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from courseops.model.rights import Rights

# What a login may take, with a password that has to be looked up.
_COMING_IN = timedelta(minutes=10)
_IDLE = timedelta(hours=12)
# More than any school has; whoever makes up logins must not fill our memory.
_MOST = 20_000


def unguessable() -> str:
    """Make a name that nobody can guess."""
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, kw_only=True)
class ComingIn:
    """A login that was begun, in the browser that has the cookie `browser`; it leads `onward`."""

    state: str
    browser: str
    verifier: str
    onward: str
    begun_at: datetime


@dataclass(frozen=True, kw_only=True)
class Session:
    """
    Somebody who is logged in.

    `token` is what the hub gave for them, asked about again after a while (`checked_at`);
    `form_key` stands in every form of theirs, and no other site can know it.
    """

    name: str
    token: str = field(repr=False)
    rights: Rights
    checked_at: datetime
    seen_at: datetime
    id: str = field(default_factory=unguessable, repr=False)
    form_key: str = field(default_factory=unguessable, repr=False)


class Sessions:
    """The sessions of one hub's page; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._coming: OrderedDict[str, ComingIn] = OrderedDict()
        self._inside: OrderedDict[str, Session] = OrderedDict()

    def begin(self, browser: str, onward: str, now: datetime) -> ComingIn:
        """Note that a login begins in a browser, which is to lead onward."""
        coming = ComingIn(
            state=unguessable(),
            browser=browser,
            verifier=secrets.token_urlsafe(64),
            onward=onward,
            begun_at=now,
        )
        with self._lock:
            self._coming[coming.state] = coming
            while len(self._coming) > _MOST:
                self._coming.popitem(last=False)
        return coming

    def come_in(self, state: str, browser: str, now: datetime) -> ComingIn | None:
        """Take up a login that was begun in this browser: once, and not long after."""
        with self._lock:
            coming = self._coming.pop(state, None)
        if coming is None or now - coming.begun_at > _COMING_IN:
            return None
        return coming if secrets.compare_digest(coming.browser, browser) else None

    def open(self, session: Session) -> None:
        """Let somebody in."""
        with self._lock:
            self._inside[session.id] = session
            while len(self._inside) > _MOST:
                self._inside.popitem(last=False)

    def find(self, session_id: str, now: datetime) -> Session | None:
        """Give a session that was used not too long ago, and note that it is used."""
        with self._lock:
            session = self._inside.get(session_id)
            if session is None:
                return None
            if now - session.seen_at > _IDLE:
                del self._inside[session_id]
                return None
            session = replace(session, seen_at=now)
            self._inside[session_id] = session
            self._inside.move_to_end(session_id)
            return session

    def renew(self, session: Session, rights: Rights, now: datetime) -> Session:
        """Note what the hub says of somebody now."""
        renewed = replace(session, rights=rights, checked_at=now)
        with self._lock:
            if session.id in self._inside:
                self._inside[session.id] = renewed
        return renewed

    def close(self, session_id: str) -> None:
        """Let somebody out."""
        with self._lock:
            self._inside.pop(session_id, None)
