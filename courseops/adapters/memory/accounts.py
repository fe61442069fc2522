"""Credentials of a hub and first passwords that wait to be handed out, kept in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from courseops.errors import RefusedError
from courseops.model.rosters.credential import FirstPassword
from courseops.model.run import Outcome


class MemoryCredentials:
    """
    The passwords of one hub, as plain values that a test may look into and change.

    `refused` gives the names that get no password, each with the reason; `open_sign_up` says
    that strangers may sign up, and `claimed` who did.
    """

    def __init__(
        self,
        passwords: Mapping[str, str] | None = None,
        *,
        refused: Mapping[str, str] | None = None,
        open_sign_up: bool = False,
        claimed: Iterable[str] = (),
    ) -> None:
        self.passwords = dict(passwords or {})
        self.refused = dict(refused or {})
        self.open_sign_up = open_sign_up
        self.claims = set(claimed)

    def existing(self) -> frozenset[str]:
        """Name everybody who has a password and may log in with it."""
        return frozenset(self.passwords)

    def claimed(self) -> frozenset[str]:
        """Name who may have taken a name by themselves, before there was an account."""
        return frozenset(self.claims)

    def refuse_if_open(self) -> None:
        """Insist that no stranger can claim a name before its owner does."""
        if self.open_sign_up:
            raise RefusedError("strangers may sign up on this hub", hint="turn sign-up off")

    def insert(self, passwords: Mapping[str, str]) -> list[Outcome]:
        """Give first passwords, by username; who has one already keeps it."""
        return [self._insert(username, password) for username, password in passwords.items()]

    def replace(self, username: str, password: str) -> Outcome:
        """Set somebody's password anew and let them in by it; `failed` for who has none."""
        if username not in self.passwords:
            return Outcome.failed(username, "has no password on this hub", kind="no-password")
        self.passwords[username] = password
        return Outcome.done(username)

    def opens(self, username: str, password: str) -> bool:
        """Say whether somebody is let in with this password."""
        return username in self.opening({username: password})

    def opening(self, passwords: Mapping[str, str]) -> frozenset[str]:
        """Name who is let in with the password that stands beside their username."""
        return frozenset(
            name for name, password in passwords.items() if self.passwords.get(name) == password
        )

    def _insert(self, username: str, password: str) -> Outcome:
        if username in self.refused:
            return Outcome.failed(username, self.refused[username], kind="refused")
        if username in self.passwords:
            return Outcome.skipped(username, "has a password already", kind="has-password")
        self.passwords[username] = password
        return Outcome.done(username)


class MemoryFirstPasswords:
    """First passwords that wait to be handed out, in memory."""

    def __init__(self) -> None:
        self._waiting: dict[str, dict[str, FirstPassword]] = {}

    def waiting(self, course_id: str) -> dict[str, FirstPassword]:
        """Give those of a course that were not handed out yet, by username."""
        return dict(self._waiting.get(course_id, {}))

    def keep(self, course_id: str, passwords: Iterable[FirstPassword]) -> None:
        """Keep passwords, in place of those of the same usernames."""
        kept = self._waiting.setdefault(course_id, {})
        kept.update({password.username: password for password in passwords})

    def forget(self, course_id: str, usernames: Collection[str]) -> None:
        """Forget passwords that were handed out, or that were never set."""
        for username in usernames:
            self._waiting.get(course_id, {}).pop(username, None)
