"""A hub that is kept in memory and keeps the promises of a real one.

What goes wrong is said by plain values: names the hub's authenticator refuses, scopes the
token lacks, a hub that does not answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from courseops.adapters.hub import verdicts
from courseops.adapters.hub.answers import missing_scope
from courseops.adapters.hub.names import refusal_of
from courseops.errors import RefusedError, UnreachableError
from courseops.model.finding import Finding
from courseops.model.hub import ActiveUsers, HubUser, RunningServer
from courseops.model.logins.judging import Logins
from courseops.model.run import Outcome, Status
from courseops.model.usage.starts import StartCounts


class MemoryHub:
    """
    One hub, as plain values that a test may look into and change.

    `refused` gives the names that cannot be created, each with the hub's reason; `missing`
    the scopes the token lacks; a hub that is not `reachable` answers nothing.
    """

    def __init__(
        self,
        name: str = "memory",
        *,
        protected: frozenset[str] = frozenset(),
        users: Iterable[HubUser] = (),
        groups: Mapping[str, Iterable[str]] | None = None,
        servers: Iterable[RunningServer] = (),
        claims: Mapping[str, str] | None = None,
        refused: Mapping[str, str] | None = None,
        missing: Iterable[str] = (),
        reachable: bool = True,
        authenticator: str = "jupyterhub.auth.DummyAuthenticator",
    ) -> None:
        self._name = name
        self._protected = frozenset(name.lower() for name in protected)
        self.accounts = {user.name: user for user in users}
        self.members = {group: set(names) for group, names in (groups or {}).items()}
        self.servers = list(servers)
        self.claims = dict(claims or {})
        self.refused = dict(refused or {})
        self.missing = tuple(missing)
        self.reachable = reachable
        self._authenticator = authenticator
        self.counted = StartCounts()

    @property
    def name(self) -> str:
        """Name the hub as the configuration does."""
        return self._name

    def preflight(self, logins: Logins | None = None) -> list[Finding]:  # noqa: ARG002
        """Say which scopes are missing; anybody may log in here."""
        self._reach()
        if self.missing:
            return [
                Finding.problem(
                    f"hub/{self._name}",
                    f"the token lacks the scope {scope}",
                    f'add "{scope}" to the scopes of the role of courseops',
                )
                for scope in self.missing
            ]
        return [Finding.ok(f"hub/{self._name}", "a hub kept in memory")]

    def authenticator(self) -> str:
        """Give the dotted name of the class that people log in through."""
        self._reach("read:hub")
        return self._authenticator

    def users(self) -> list[HubUser]:
        """List every account."""
        self._reach("list:users")
        return list(self.accounts.values())

    def active_users(self, since: datetime | None) -> ActiveUsers:
        """Count the accounts, and list those that were active since."""
        self._reach("list:users")
        return ActiveUsers(
            accounts=len(self.accounts),
            users=tuple(
                user
                for user in self.accounts.values()
                if since is None
                or (user.last_activity_at is not None and user.last_activity_at >= since)
            ),
        )

    def start_counts(self) -> StartCounts:
        """Count the starts since the hub itself was started."""
        self._reach("read:metrics")
        return self.counted

    def groups(self) -> dict[str, frozenset[str]]:
        """Give every group with its members' usernames."""
        self._reach("list:groups")
        return {group: frozenset(names) for group, names in self.members.items()}

    def create_users(self, names: Sequence[str]) -> list[Outcome]:
        """Create those that are missing; existing ones are `done` too. One outcome a name."""
        self._reach("admin:users")
        return [self._create(name) for name in dict.fromkeys(names)]

    def ensure_group(self, group: str) -> None:
        """Create a group unless it is there."""
        self._reach("admin:groups")
        self.members.setdefault(group, set())

    def add_to_group(self, group: str, names: Sequence[str]) -> list[Outcome]:
        """Add members; those already in are `done` too. One outcome a name."""
        self._reach("groups")
        members = self._members_of(group)
        outcomes = [self._judge_member(name) for name in dict.fromkeys(names)]
        members.update(outcome.subject for outcome in outcomes if outcome.status is Status.DONE)
        return outcomes

    def remove_from_group(self, group: str, names: Sequence[str]) -> list[Outcome]:
        """Remove members; protected accounts are refused. One outcome a name."""
        self._reach("groups")
        members = self._members_of(group)
        outcomes = [
            verdicts.protected(name) if self._is_protected(name) else self._judge_member(name)
            for name in dict.fromkeys(names)
        ]
        members.difference_update(
            outcome.subject for outcome in outcomes if outcome.status is Status.DONE
        )
        return outcomes

    def delete_user(self, name: str) -> Outcome:
        """Delete one account; protected accounts are refused, and nothing is ever retried."""
        self._reach("delete:users")
        if refusal := refusal_of(name):
            return refusal
        if self._is_protected(name):
            return verdicts.protected(name)
        if self.accounts.pop(name, None) is None:
            return verdicts.absent(name)
        self.servers = [server for server in self.servers if server.username != name]
        for members in self.members.values():
            members.discard(name)
        return Outcome.done(name)

    def running_servers(self) -> list[RunningServer]:
        """List the single-user servers that run now."""
        self._reach("read:servers")
        return list(self.servers)

    def volume_claims(self) -> dict[str, str]:
        """Give by username what the hub remembers of the volume of the default server."""
        self._reach("admin:server_state")
        return dict(self.claims)

    def _reach(self, scope: str = "") -> None:
        if not self.reachable:
            raise UnreachableError(f"hub {self._name} does not answer", system=f"hub/{self._name}")
        if scope in self.missing:
            raise missing_scope(self._name, "what was asked", [scope])

    def _create(self, name: str) -> Outcome:
        if refusal := refusal_of(name):
            return refusal
        if "/" in name or name != name.strip():
            return verdicts.invalid(name)
        if name in self.refused:
            return verdicts.not_made(name, self.refused[name])
        self.accounts.setdefault(name, HubUser(name=name))
        return Outcome.done(name)

    def _members_of(self, group: str) -> set[str]:
        if group not in self.members:
            raise RefusedError(f"hub {self._name} has no group {group}")
        return self.members[group]

    def _judge_member(self, name: str) -> Outcome:
        if refusal := refusal_of(name):
            return refusal
        return Outcome.done(name) if name in self.accounts else verdicts.unknown(name)

    def _is_protected(self, name: str) -> bool:
        account = self.accounts.get(name)
        return name in self._protected or (account is not None and account.admin)
