"""A hub whose lists are read once, for work on many courses of one hub.

A hub of 10,000 accounts needs seconds to list them, and a job that goes through twenty courses
would ask for the same list twenty times. What is remembered is brought up to date by what this
object itself changes, and forgotten at once when anything does not go as expected. It lives for
one job run: what others change on the hub meanwhile is seen by the next run, exactly as what
they change between the reading and the writing of one course is. The hub's own client still
asks the hub itself who is protected before it takes anybody out of a group.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from courseops.model.finding import Finding
from courseops.model.hub import ActiveUsers, HubUser, RunningServer
from courseops.model.logins.judging import Logins
from courseops.model.run import Outcome, Status, failures
from courseops.model.usage.starts import StartCounts
from courseops.ports.hub import Hub


class RememberedHub:
    """`hub`, with its accounts and groups as they were first read, and as we changed them."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._users: dict[str, HubUser] | None = None
        self._groups: dict[str, frozenset[str]] | None = None
        self._authenticator = ""

    @property
    def name(self) -> str:
        """Name the hub as the configuration does."""
        return self._hub.name

    def preflight(self, logins: Logins | None = None) -> list[Finding]:
        """Say what `doctor` should show: version, scopes, logins. Raises what cannot start."""
        return self._hub.preflight(logins)

    def authenticator(self) -> str:
        """Give the dotted name of the class that people log in through."""
        if not self._authenticator:
            self._authenticator = self._hub.authenticator()
        return self._authenticator

    def users(self) -> list[HubUser]:
        """List every account; the hub is asked the first time."""
        if self._users is None:
            self._users = {user.name: user for user in self._hub.users()}
        return list(self._users.values())

    def groups(self) -> dict[str, frozenset[str]]:
        """Give every group with its members' usernames; the hub is asked the first time."""
        if self._groups is None:
            self._groups = self._hub.groups()
        return dict(self._groups)

    def create_users(self, names: Sequence[str]) -> list[Outcome]:
        """Create those that are missing; existing ones are `done` too. One outcome a name."""
        with self._forgetting_if_it_fails():
            outcomes = self._hub.create_users(names)
        self._learn(outcomes)
        if self._users is not None:
            for name in _done(outcomes):
                self._users.setdefault(name, HubUser(name=name))
        return outcomes

    def ensure_group(self, group: str) -> None:
        """Create a group unless it is there."""
        if self._groups is not None and group in self._groups:
            return
        with self._forgetting_if_it_fails():
            self._hub.ensure_group(group)
        if self._groups is not None:
            self._groups.setdefault(group, frozenset())

    def add_to_group(self, group: str, names: Sequence[str]) -> list[Outcome]:
        """Add members; those already in are `done` too. One outcome a name."""
        with self._forgetting_if_it_fails():
            outcomes = self._hub.add_to_group(group, names)
        self._learn(outcomes)
        if self._groups is not None:
            self._groups[group] = self._groups.get(group, frozenset()) | _done(outcomes)
        return outcomes

    def remove_from_group(self, group: str, names: Sequence[str]) -> list[Outcome]:
        """Remove members; protected accounts are refused. One outcome a name."""
        with self._forgetting_if_it_fails():
            outcomes = self._hub.remove_from_group(group, names)
        self._learn(outcomes)
        if self._groups is not None:
            self._groups[group] = self._groups.get(group, frozenset()) - _done(outcomes)
        return outcomes

    def delete_user(self, name: str) -> Outcome:
        """Delete one account; protected accounts are refused, and nothing is ever retried."""
        self._forget()
        return self._hub.delete_user(name)

    def running_servers(self) -> list[RunningServer]:
        """List the single-user servers that run now."""
        return self._hub.running_servers()

    def active_users(self, since: datetime | None) -> ActiveUsers:
        """Count the accounts, and list at least those that were active since."""
        return self._hub.active_users(since)

    def start_counts(self) -> StartCounts:
        """Count the starts, and how long they took, since the hub itself was started."""
        return self._hub.start_counts()

    def volume_claims(self) -> dict[str, str]:
        """Give by username what the hub remembers of the volume of the default server."""
        return self._hub.volume_claims()

    def _learn(self, outcomes: Sequence[Outcome]) -> None:
        if failures(outcomes):
            self._forget()

    @contextmanager
    def _forgetting_if_it_fails(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._forget()
            raise

    def _forget(self) -> None:
        self._users = self._groups = None


def _done(outcomes: Sequence[Outcome]) -> set[str]:
    return {outcome.subject for outcome in outcomes if outcome.status is Status.DONE}
