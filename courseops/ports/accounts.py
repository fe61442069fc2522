"""What opens an account: credentials on a hub, and first passwords until they are handed out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from courseops.model.rosters.credential import FirstPassword
from courseops.model.run import Outcome


class Credentials(Protocol):
    """The passwords of one hub that keeps its own; none of them can be read."""

    def existing(self) -> frozenset[str]:
        """Name everybody who has a password and may log in with it."""
        ...

    def claimed(self) -> frozenset[str]:
        """
        Name who may have taken a name by themselves, before there was an account of that name.

        They are no user of the hub, or may be none: a hub's own users can be among them where
        the place of passwords does not know who they are.
        """
        ...

    def refuse_if_open(self) -> None:
        """
        Insist that no stranger can claim a name before its owner does.

        Raises:
            RefusedError: sign-up is open; the hint says the line to put into the hub's
                configuration.
        """
        ...

    def insert(self, passwords: Mapping[str, str]) -> list[Outcome]:
        """
        Give first passwords, by username; one outcome a name.

        Who has a password already keeps it: `skipped`, kind "has-password"; "unauthorised" where
        somebody chose one, and was not let in yet.
        """
        ...

    def replace(self, username: str, password: str) -> Outcome:
        """Set somebody's password anew and let them in by it; `failed` for who has none."""
        ...

    def opens(self, username: str, password: str) -> bool:
        """Say whether somebody is let in with this password."""
        ...

    def opening(self, passwords: Mapping[str, str]) -> frozenset[str]:
        """Name who is let in with the password that stands beside their username."""
        ...


class FirstPasswords(Protocol):
    """
    First passwords from before they are set until they are handed out.

    It is the only place where they can be read, and only their owner and courseops may.
    """

    def waiting(self, course_id: str) -> dict[str, FirstPassword]:
        """Give those of a course that were not handed out yet, by username."""
        ...

    def keep(self, course_id: str, passwords: Iterable[FirstPassword]) -> None:
        """Keep passwords, in place of those of the same usernames; on disk when this returns."""
        ...

    def forget(self, course_id: str, usernames: Collection[str]) -> None:
        """Forget passwords that were handed out, or that were never set."""
        ...
