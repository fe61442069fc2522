"""The verbs of one JupyterHub, as `courseops.ports.Hub` asks for them.

Only bulk calls create users: the single call neither normalises nor checks a name. Nothing
here renames, makes admins, starts or stops anything. The hub's own protection stops at
changing admins; it lets a service delete them, so protecting accounts is done here. See
https://jupyterhub.readthedocs.io/en/stable/reference/rest-api.html
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

import httpx

from courseops.adapters.closing import Closing
from courseops.adapters.hub import verdicts
from courseops.adapters.hub.answers import Answer, missing_scope
from courseops.adapters.hub.batches import BatchSize, settle
from courseops.adapters.hub.metrics import read_starts
from courseops.adapters.hub.models import (
    AccountModel,
    CreatedModel,
    GroupModel,
    Page,
    ServerModel,
    ServicesModel,
    UserModel,
    WhoAmI,
)
from courseops.adapters.hub.names import refusal_of
from courseops.adapters.hub.paging import FIRST_GROUPS, read_list, read_until
from courseops.adapters.hub.preflight import ask_authenticator, look
from courseops.adapters.hub.transport import Transport
from courseops.adapters.hub.versions import sorts_users
from courseops.errors import UnreachableError
from courseops.model.finding import Finding
from courseops.model.hub import ActiveUsers, HubUser, RunningServer
from courseops.model.logins.judging import Logins
from courseops.model.run import Outcome, Status
from courseops.model.usage.starts import StartCounts

# So many accounts are asked for one by one, which takes a hub some milliseconds each; more are
# looked for in its list, which takes it a third of a millisecond for each account there is.
FEW = 50


class JupyterHub(Closing):
    """
    One JupyterHub.

    `url` is its base url (`https://host/prefix`), `protected` the accounts that courseops
    must never delete nor take out of a group, besides the hub's admins; `verify` is a file of
    certificates to trust, or False to trust any.
    """

    def __init__(
        self,
        *,
        name: str,
        url: str,
        token: str,
        protected: frozenset[str] = frozenset(),
        verify: bool | Path = True,
        sleep: Callable[[float], None] = time.sleep,
        wire: httpx.BaseTransport | None = None,
    ) -> None:
        self._transport = Transport(
            name=name, url=url, token=token, verify=verify, sleep=sleep, wire=wire
        )
        self._protected = frozenset(name.lower() for name in protected)
        self._account_batches = BatchSize()
        self._member_batches = BatchSize()

    def __repr__(self) -> str:
        return f"JupyterHub(name={self.name!r}, url={self._transport.url!r})"

    @property
    def name(self) -> str:
        """Name the hub as the configuration does."""
        return self._transport.name

    def close(self) -> None:
        """Close the connections; garbage collection does it too."""
        self._transport.close()

    def preflight(self, logins: Logins | None = None) -> list[Finding]:
        """
        Look at the version, the token and its scopes, and at how people log in.

        Raises:
            UnreachableError: the hub does not answer.
            RefusedError: it is no hub, too old, or does not accept the token.
        """
        return look(self._transport, logins)

    def authenticator(self) -> str:
        """
        Give the dotted name of the class that people log in through.

        Raises:
            MissingScopeError: our token lacks read:hub.
        """
        return ask_authenticator(self._transport)

    def users(self) -> list[HubUser]:
        """List every account."""
        return [_hub_user(user) for user in self._accounts()]

    def active_users(self, since: datetime | None) -> ActiveUsers:
        """Count the accounts, and list at least those active since; a hub that can sorts them."""

        def is_past(answer: Answer, page: Sequence[AccountModel]) -> bool:
            if since is None or not sorts_users(answer.version) or not page:
                return False
            return page[-1].last_activity is None or page[-1].last_activity < since

        listed = read_until(
            self._transport, "/users", Page[AccountModel], is_past, sort="-last_activity"
        )
        users = (_hub_user(user) for user in listed.items)
        return ActiveUsers(accounts=listed.total, users=tuple(users))

    def start_counts(self) -> StartCounts:
        """
        Count the starts, and how long they took, since the hub itself was started.

        Raises:
            MissingScopeError: our token lacks read:metrics, which nothing else needs.
        """
        return read_starts(self._transport)

    def groups(self) -> dict[str, frozenset[str]]:
        """Give every group with its members' usernames."""
        listed = read_list(self._transport, "/groups", Page[GroupModel], first=FIRST_GROUPS)
        return {group.name: group.users for group in listed}

    def running_servers(self) -> list[RunningServer]:
        """List the single-user servers that run now; one that is still starting does not."""
        return [
            RunningServer(
                username=user.name,
                server=server.name,
                started_at=server.started,
                last_activity_at=server.last_activity,
            )
            for user in read_list(self._transport, "/users", Page[UserModel], state="active")
            for server in self._servers_of(user)
            if server.started is not None and server.pending != "spawn"
        ]

    def volume_claims(self) -> dict[str, str]:
        """
        Give by username what the hub remembers of the volume of the default server, if it does.

        Raises:
            MissingScopeError: our token lacks admin:server_state, which nothing else needs.
        """
        listed = read_list(self._transport, "/users", Page[UserModel], include_stopped_servers="1")
        servers = {
            user.name: server
            for user in listed
            for server in self._servers_of(user)
            if not server.name
        }
        if not all(server.shows_state for server in servers.values()):
            raise missing_scope(self.name, "to show whose volumes are", ["admin:server_state"])
        return {
            username: server.state.pvc_name
            for username, server in servers.items()
            if server.state is not None and server.state.pvc_name
        }

    def create_users(self, names: Sequence[str]) -> list[Outcome]:
        """
        Create those that are missing; existing ones are `done` too. One outcome a name.

        Done is whom the hub itself names among those it made. Where it took a name and did not
        say so, the list of users is read, and who is not in it has failed.
        """
        made: set[str] = set()
        outcomes = self._settle(names, self._account_batches, partial(self._create, made))
        return self._confirm(outcomes, made)

    def ensure_group(self, group: str) -> None:
        """Create a group unless it is there."""
        self._transport.write("POST", _group(group), {}, expected={HTTPStatus.CONFLICT})

    def add_to_group(self, group: str, names: Sequence[str]) -> list[Outcome]:
        """Add members; those already in are `done` too. One outcome a name."""
        return self._settle(names, self._member_batches, partial(self._regroup, "POST", group))

    def remove_from_group(self, group: str, names: Sequence[str]) -> list[Outcome]:
        """Remove members; protected accounts are refused. One outcome a name."""
        safe = self._protected_of(names)
        removed = self._settle(
            [name for name in names if name not in safe],
            self._member_batches,
            partial(self._regroup, "DELETE", group),
        )
        outcomes = {outcome.subject: outcome for outcome in removed}
        return [outcomes.get(name) or verdicts.protected(name) for name in dict.fromkeys(names)]

    def delete_user(self, name: str) -> Outcome:
        """
        Delete one account; protected accounts are refused, and nothing is ever retried.

        The hub stops its servers first; on Kubernetes its volume goes with the account.
        """
        if refusal := refusal_of(name):
            return refusal
        account = self._account(name)
        if name in self._protected_among([] if account is None else [account]):
            return verdicts.protected(name)
        if account is None:
            return verdicts.absent(name)
        refusals = {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND}
        try:
            answer = self._transport.write_once("DELETE", _user(name), expected=refusals)
        except UnreachableError as error:
            return verdicts.unclear_deletion(name, str(error))
        return verdicts.on_deletion(answer, name)

    def _accounts(self) -> list[AccountModel]:
        return read_list(self._transport, "/users", Page[AccountModel])

    def _account(self, name: str) -> AccountModel | None:
        answer = self._transport.read(_user(name), expected={HTTPStatus.NOT_FOUND})
        return None if answer.status == HTTPStatus.NOT_FOUND else answer.read(AccountModel)

    def _protected_of(self, names: Sequence[str]) -> frozenset[str]:
        """Name the protected accounts, at least those among `names`, as they are now."""
        sent = {name for name in names if refusal_of(name) is None}
        if len(sent) > FEW:
            return self._protected_among(self._accounts())
        return self._protected_among([found for name in sent if (found := self._account(name))])

    def _protected_among(self, accounts: Sequence[AccountModel]) -> frozenset[str]:
        """Name the protected accounts; one whose admin flag we may not see is one of them."""
        admins = {account.name for account in accounts if account.admin is not False}
        return self._protected | admins | self._services()

    def _services(self) -> frozenset[str]:
        """Name the hub's services, if our token may see them."""
        whoami = self._transport.read("/user").read(WhoAmI)
        if "list:services" not in whoami.scopes:
            return frozenset()
        return frozenset(self._transport.read("/services").read(ServicesModel).root)

    def _servers_of(self, user: UserModel) -> Collection[ServerModel]:
        if user.servers is None:
            raise missing_scope(self.name, "to show who is at work", ["read:servers"])
        return user.servers.values()

    def _settle(
        self,
        names: Sequence[str],
        size: BatchSize,
        send: Callable[[Sequence[str]], tuple[Answer, Mapping[str, Outcome]]],
    ) -> list[Outcome]:
        """Send `names` in batches that suit the hub; give one outcome a name, in order."""

        def send_and_learn(batch: Sequence[str]) -> Mapping[str, Outcome]:
            answer, outcomes = send(batch)
            # A refusal is quick and says nothing about how long the work takes.
            if answer.status < HTTPStatus.BAD_REQUEST:
                size.learn(len(batch), answer.seconds)
            return outcomes

        refused = {name: refusal_of(name) for name in names}
        outcomes = {name: refusal for name, refusal in refused.items() if refusal}
        for batch in size.cut([name for name in refused if name not in outcomes]):
            outcomes.update(settle(batch, send_and_learn))
        return [outcomes[name] for name in refused]

    def _create(self, made: set[str], batch: Sequence[str]) -> tuple[Answer, Mapping[str, Outcome]]:
        refusals = {HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT}
        answer = self._transport.write("POST", "/users", {"usernames": batch}, expected=refusals)
        if answer.status == HTTPStatus.CREATED:
            made.update(account.name for account in answer.read(CreatedModel).root)
        return answer, verdicts.on_creation(answer, batch)

    def _regroup(
        self, method: str, group: str, batch: Sequence[str]
    ) -> tuple[Answer, Mapping[str, Outcome]]:
        answer = self._transport.write(
            method, f"{_group(group)}/users", {"users": batch}, expected={HTTPStatus.BAD_REQUEST}
        )
        return answer, verdicts.on_members(answer, batch)

    def _confirm(self, outcomes: list[Outcome], made: Collection[str]) -> list[Outcome]:
        claimed = {outcome.subject for outcome in outcomes if outcome.status is Status.DONE}
        if claimed <= set(made):
            return outcomes
        missing = claimed - {account.name for account in self._accounts()}
        return [
            verdicts.not_listed(outcome.subject) if outcome.subject in missing else outcome
            for outcome in outcomes
        ]


def _hub_user(user: AccountModel) -> HubUser:
    return HubUser(name=user.name, admin=bool(user.admin), last_activity_at=user.last_activity)


def _user(name: str) -> str:
    return f"/users/{quote(name, safe='')}"


def _group(name: str) -> str:
    return f"/groups/{quote(name, safe='')}"
