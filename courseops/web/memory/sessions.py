"""Who is logged in on the pages of one hub.

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

_IDLE = timedelta(hours=12)
# More than any school has.
_MOST = 20_000
# More browsers than anybody has: one person who logs in again and again pushes out only themselves.
_MOST_OF_ONE = 20


def unguessable() -> str:
    """Make a name that nobody can guess."""
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, kw_only=True)
class Session:
    """
    Somebody who is logged in.

    `token` is what the hub gave for them, asked about again after a while (`checked_at`), and as
    soon as the browser's session at the hub, `hub_session`, is another; `form_key` stands in every
    form of theirs, and no other site can know it.
    """

    name: str
    token: str = field(repr=False)
    rights: Rights
    checked_at: datetime
    seen_at: datetime
    hub_session: str = field(default="", repr=False)
    id: str = field(default_factory=unguessable, repr=False)
    form_key: str = field(default_factory=unguessable, repr=False)


class Sessions:
    """The sessions of one hub's page; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside: OrderedDict[str, Session] = OrderedDict()

    def open(self, session: Session) -> None:
        """Let somebody in."""
        with self._lock:
            self._inside[session.id] = session
            theirs = [it.id for it in self._inside.values() if it.name == session.name]
            for session_id in theirs[:-_MOST_OF_ONE]:
                del self._inside[session_id]
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

    def renew(
        self, session: Session, rights: Rights, now: datetime, hub_session: str = ""
    ) -> Session:
        """Note what the hub says of somebody now; who left meanwhile is not let in again."""
        renewed = replace(session, rights=rights, checked_at=now, hub_session=hub_session)
        with self._lock:
            if session.id in self._inside:
                self._inside[session.id] = renewed
        return renewed

    def close(self, session_id: str) -> None:
        """Let somebody out."""
        with self._lock:
            self._inside.pop(session_id, None)
