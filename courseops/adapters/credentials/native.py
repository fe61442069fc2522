"""Passwords of NativeAuthenticator, in the table `users_info` of the hub's own database.

Its web pages answer 403 to every token (https://github.com/jupyterhub/nativeauthenticator/issues/151),
so rows are written where the hub reads them, at each login: it need not be restarted. A row is
what `nativeauthenticator.orm.UserInfo` makes, authorised. Nobody is deleted, and who signed up
unasked is let in by an admin, or by an operator who resets that password.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path

import httpx
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    inspect,
    select,
)

from courseops.adapters.credentials import verdicts
from courseops.adapters.credentials.hashing import hash_of, matches
from courseops.adapters.credentials.hub_database import HubDatabase
from courseops.adapters.hub.transport import READING, is_loopback, trust
from courseops.errors import RefusedError, UnreachableError
from courseops.model.run import Outcome

CLOSED_BY = "c.NativeAuthenticator.enable_signup = False"

_FORBIDDEN = ", /"
_LONGEST_NAME = 128
_AUTHORISE = (
    "authorise them at /hub/authorize, if it was really they who signed up; or else give them "
    "another password: courseops roster handout COURSE --reset-password NAME"
)
_USERS = Table(
    "users_info",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("username", String),
    Column("password", LargeBinary),
    Column("is_authorized", Boolean),
    Column("login_email_sent", Boolean),
    Column("email", String),
    Column("has_2fa", Boolean),
    Column("otp_secret", String),
)
# Of two rows of one name NativeAuthenticator takes the first, which here overwrites the others.
_FIRST_LAST = (_USERS.c.id.desc(),)
_NEEDED = {"id", "username", "password", "is_authorized"}
_HUB_USERS = Table("users", MetaData(), Column("name", String))


class NativeCredentials:
    """
    The passwords of the hub `name` at `url`.

    `database` opens the hub's own database, when it is needed, and `listed` names the users that
    the hub's API lists; `verify` is a file of certificates to trust, or False to trust any, and
    `wire` the network, for tests.
    """

    def __init__(
        self,
        *,
        name: str,
        url: str,
        database: Callable[[], HubDatabase],
        listed: Callable[[], Iterable[str]] = tuple,
        verify: bool | Path = True,
        wire: httpx.BaseTransport | None = None,
    ) -> None:
        self._name = name
        self._url = url.rstrip("/")
        self._database = database
        self._listed = listed
        self._verify = verify
        self._wire = wire

    def existing(self) -> frozenset[str]:
        """Name everybody who has a password and is authorised to log in with it."""
        with self._database().reading() as connection:
            self._columns(connection)
            authorised = _authorised(connection)
        return frozenset(name for name, is_so in authorised.items() if is_so)

    def claimed(self) -> frozenset[str]:
        """Name who has a password, authorised or not, and is no user of the hub."""
        with self._database().reading() as connection:
            self._columns(connection)
            return frozenset(_authorised(connection)) - self._hub_users(connection)

    def refuse_if_open(self) -> None:
        """
        Insist that nobody can sign up: who does so under a name that the hub knows is let in.

        Where the hub does not read what is written, a name is as good as without a password.

        Raises:
            RefusedError: the page for signing up is there, or it cannot be told; or the database
                is not the one that the hub uses now.
            UnreachableError: the hub does not answer.
        """
        self._refuse_sign_up()
        self._refuse_another_database()

    def insert(self, passwords: Mapping[str, str]) -> list[Outcome]:
        """Give first passwords, all or none; who has one already keeps it. One outcome a name."""
        refused = {name: _refusal(name, password) for name, password in passwords.items()}
        with self._database().reading() as connection:
            self._columns(connection)
            there = _authorised(connection)
        # The hub waits while we hold its database, so the slow work is done before.
        new = [
            _row(name, password)
            for name, password in passwords.items()
            if refused[name] is None and name not in there
        ]
        if new:
            there |= self._add(new)
        return [refused[name] or _verdict(name, there) for name in passwords]

    def replace(self, username: str, password: str) -> Outcome:
        """Set somebody's password anew and authorise them; `failed` for who has none."""
        if refused := _refusal(username, password):
            return refused
        hashed = hash_of(password)
        with self._database().writing(_USERS.name) as connection:
            self._columns(connection)
            if username not in _authorised(connection):
                return verdicts.no_password(username)
            changed = _USERS.update().where(_USERS.c.username == username)
            connection.execute(changed.values(password=hashed, is_authorized=True))
        return Outcome.done(username)

    def opens(self, username: str, password: str) -> bool:
        """Say whether somebody is let in with this password."""
        return username in self.opening({username: password})

    def opening(self, passwords: Mapping[str, str]) -> frozenset[str]:
        """Name who is let in with the password that stands beside their username."""
        rows = select(_USERS.c.username, _USERS.c.password, _USERS.c.is_authorized)
        with self._database().reading() as connection:
            self._columns(connection)
            found = {row.username: row for row in connection.execute(rows.order_by(*_FIRST_LAST))}
        return frozenset(
            name
            for name, password in passwords.items()
            if name in found
            and found[name].is_authorized
            and matches(password, found[name].password)
        )

    def _refuse_sign_up(self) -> None:
        answer = self._sign_up_page()
        if answer.is_success:
            raise RefusedError(
                f"strangers may sign up on hub {self._name}, under a learner's name too",
                hint=f"put into the hub's configuration, and restart the hub: {CLOSED_BY}",
            )
        # A hub that does not let people sign up has no such page; a proxy that is in its way
        # may say so as well, but does not know the hub's version.
        is_closed = answer.status_code == HTTPStatus.NOT_FOUND
        if not is_closed or "x-jupyterhub-version" not in answer.headers:
            raise RefusedError(
                f"whether strangers may sign up on hub {self._name} cannot be told: "
                f"{self._url}/hub/signup answers {answer.status_code}",
                hint="is the hub's url right, and does courseops reach the hub itself?",
            )

    def _refuse_another_database(self) -> None:
        # Whoever is listed is on disk by then; the other way round somebody new would be missed.
        listed = frozenset(self._listed())
        with self._database().reading() as connection:
            unknown = sorted(listed - self._hub_users(connection))
        if unknown:
            names = ", ".join(unknown[:3]) + (" and others" if unknown[3:] else "")
            raise RefusedError(
                f"the database for hub {self._name} does not know {names}, whom the hub itself "
                "lists: it is an old copy, or another hub's",
                hint="set accounts.file or accounts.database to what the hub's own db_url names",
            )

    def _add(self, rows: Sequence[Mapping[str, object]]) -> dict[str, bool]:
        """Write rows, and give who got a password from somebody else in the meantime."""
        with self._database().writing(_USERS.name) as connection:
            columns = self._columns(connection)
            taken = _authorised(connection)
            free = [row for row in rows if row["username"] not in taken]
            if free:
                kept = [{key: row[key] for key in row if key in columns} for row in free]
                connection.execute(_USERS.insert(), kept)
        return taken

    def _columns(self, connection: Connection) -> frozenset[str]:
        """Name the columns of the table; it must be there, and be the one we know."""
        looked_at = inspect(connection)
        found = (
            frozenset(column["name"] for column in looked_at.get_columns(_USERS.name))
            if looked_at.has_table(_USERS.name)
            else frozenset()
        )
        if lacking := sorted(_NEEDED - found):
            raise RefusedError(
                f"the database of hub {self._name} has no table {_USERS.name} with "
                f"{', '.join(lacking)}",
                hint="is it this hub's database, and was the hub started with NativeAuthenticator?",
            )
        return found

    def _hub_users(self, connection: Connection) -> frozenset[str]:
        if not inspect(connection).has_table(_HUB_USERS.name):
            raise RefusedError(
                f"the database of hub {self._name} has no table {_HUB_USERS.name}",
                hint="is it this hub's database, and was the hub started before?",
            )
        return frozenset(connection.scalars(select(_HUB_USERS.c.name)))

    def _sign_up_page(self) -> httpx.Response:
        url = f"{self._url}/hub/signup"
        try:
            with httpx.Client(
                verify=trust(self._verify),
                trust_env=not is_loopback(httpx.URL(url).host),
                timeout=READING,
                transport=self._wire,
            ) as client:
                return client.get(url)
        except httpx.RequestError as error:
            raise UnreachableError(
                f"hub {self._name} does not answer at {self._url}: {error}",
                hint="is the hub running, and is its url right?",
                system=f"hub/{self._name}",
            ) from error


def _authorised(connection: Connection) -> dict[str, bool]:
    """Say of everybody who has a password whether they may log in with it."""
    found = select(_USERS.c.username, _USERS.c.is_authorized)
    rows = connection.execute(found.order_by(*_FIRST_LAST))
    return {username: bool(authorised) for username, authorised in rows}


def _verdict(username: str, there: Mapping[str, bool]) -> Outcome:
    if username not in there:
        return Outcome.done(username)
    if there[username]:
        return verdicts.has_password(username)
    return Outcome.skipped(
        username,
        "signed up by themselves, and was not let in yet",
        kind="unauthorised",
        mend=_AUTHORISE,
    )


def _refusal(username: str, password: str) -> Outcome | None:
    if len(username) > _LONGEST_NAME:
        return verdicts.invalid_name(username)
    return verdicts.refusal(username, password, _FORBIDDEN)


def _row(username: str, password: str) -> dict[str, object]:
    return {
        "username": username,
        "password": hash_of(password),
        "is_authorized": True,
        "login_email_sent": False,
        "email": None,
        "has_2fa": False,
        # Made for everybody, and used by those who turn two factors on.
        "otp_secret": base64.b32encode(os.urandom(10)).decode(),
    }
