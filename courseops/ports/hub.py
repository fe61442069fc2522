"""One JupyterHub, and the log that it writes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from courseops.model.finding import Finding
from courseops.model.hub import ActiveUsers, HubUser, RunningServer
from courseops.model.logins.judging import Logins
from courseops.model.run import Outcome
from courseops.model.usage.events import LogRead
from courseops.model.usage.starts import StartCounts


class Hub(Protocol):
    """One JupyterHub, through its API."""

    @property
    def name(self) -> str:
        """Name the hub as the configuration does."""
        ...

    def preflight(self, logins: Logins | None = None) -> list[Finding]:
        """
        Say what `doctor` should show: version, scopes, logins. Raises what cannot start.

        `logins` is what is known of how people log in there.
        """
        ...

    def authenticator(self) -> str:
        """
        Give the dotted name of the class that people log in through.

        Raises:
            MissingScopeError: our token may not ask for it.
        """
        ...

    def users(self) -> list[HubUser]:
        """List every account."""
        ...

    def groups(self) -> dict[str, frozenset[str]]:
        """Give every group with its members' usernames."""
        ...

    def create_users(self, names: Sequence[str]) -> list[Outcome]:
        """Create those that are missing; existing ones are `done` too. One outcome a name."""
        ...

    def ensure_group(self, group: str) -> None:
        """Create a group unless it is there."""
        ...

    def add_to_group(self, group: str, names: Sequence[str]) -> list[Outcome]:
        """Add members; those already in are `done` too. One outcome a name."""
        ...

    def remove_from_group(self, group: str, names: Sequence[str]) -> list[Outcome]:
        """Remove members; protected accounts are refused. One outcome a name."""
        ...

    def delete_user(self, name: str) -> Outcome:
        """Delete one account; protected accounts are refused, and nothing is ever retried."""
        ...

    def running_servers(self) -> list[RunningServer]:
        """List the single-user servers that run now."""
        ...

    def active_users(self, since: datetime | None) -> ActiveUsers:
        """
        Count the accounts, and list at least those that were active since; None means all.

        A hub that sorts its accounts by it (5.0 and later) is asked for no more than those.
        """
        ...

    def start_counts(self) -> StartCounts:
        """
        Count the starts, and how long they took, since the hub itself was started.

        Raises:
            MissingScopeError: our token lacks read:metrics, which nothing else needs.
        """
        ...

    def volume_claims(self) -> dict[str, str]:
        """
        Give by username what the hub remembers of the volume of the default server, if it does.

        Raises:
            MissingScopeError: our token lacks admin:server_state, which nothing else needs.
        """
        ...


class EventLog(Protocol):
    """What a hub itself writes down of servers that start and stop."""

    def read(self, bookmark: str, until: datetime) -> LogRead:
        """
        Give what happened since `bookmark` (empty: since ever), up to a moment, or a part of it.

        Raises:
            CourseOpsError: it cannot be read.
        """
        ...
