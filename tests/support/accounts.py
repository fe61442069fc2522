"""The places where hubs keep passwords, and hubs that log people in by them.

`vault` gives one kind of place for the contract tests, `door` one hub for the flows. What an
authenticator itself makes of a password is always asked of the authenticator.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import bcrypt
import pamela
import pytest
from jupyterhub.orm import User
from nativeauthenticator.orm import UserInfo
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from courseops.adapters.credentials.first_use import FirstUseCredentials
from courseops.adapters.credentials.hub_database import open_hub_file, open_hub_server
from courseops.adapters.credentials.native import NativeCredentials
from courseops.adapters.credentials.system import SystemCredentials
from courseops.adapters.memory.accounts import MemoryCredentials
from courseops.demo.hub import LocalHub
from courseops.demo.visitor import Visitor
from courseops.errors import RefusedError
from courseops.model.hub import HubUser
from courseops.model.logins.judging import HubSettings
from courseops.model.rosters.credential import new_password
from courseops.model.run import Outcome
from courseops.ports.accounts import Credentials
from tests.support.hubs import PROGRAMS, client_of
from tests.support.postgres import Cluster
from tests.support.programs import Require
from tests.support.slapd import PEOPLE, SUFFIX, Slapd, person, running_slapd, unit

PYTHON = Path(sys.executable)
ROOT_ENTRY = {"objectClass": ["dcObject", "organization"], "o": "Univ", "dc": "univ"}
ELSEWHERE = "http://127.0.0.1:1"

LetsIn = Callable[[str, str], bool]


@dataclass(frozen=True)
class Vault:
    """
    One place where passwords are kept.

    `lets_in` asks the authenticator itself whether a name opens with a password.
    """

    credentials: Credentials
    lets_in: LetsIn


def _memory_vault(request: pytest.FixtureRequest) -> Vault:
    credentials = MemoryCredentials()
    return Vault(credentials, credentials.opens)


def _native_vault(request: pytest.FixtureRequest) -> Vault:
    file = request.getfixturevalue("tmp_path") / "jupyterhub.sqlite"
    native = NativeCredentials(name="campus", url=ELSEWHERE, database=lambda: open_hub_file(file))
    return Vault(native, native_table(f"sqlite:///{file}"))


def _postgres_vault(request: pytest.FixtureRequest) -> Vault:
    cluster: Cluster = request.getfixturevalue("postgres")
    url = cluster.new_database()
    native = NativeCredentials(
        name="campus", url=ELSEWHERE, database=lambda: open_hub_server(url, "campus")
    )
    return Vault(native, native_table(url.replace("postgresql:", "postgresql+psycopg:")))


def native_table(url: str) -> LetsIn:
    """Make the tables of a hub with NativeAuthenticator; give what it makes of a password."""
    engine = create_engine(url)
    UserInfo.__table__.create(engine)
    User.__table__.create(engine)
    engine.dispose()

    def lets_in(username: str, password: str) -> bool:
        engine = create_engine(url)
        with Session(engine) as session:
            info = UserInfo.find(session, username)
            opens = info is not None and info.is_authorized and info.is_valid_password(password)
        engine.dispose()
        return bool(opens)

    return lets_in


def _first_use_vault(request: pytest.FixtureRequest) -> Vault:
    file = request.getfixturevalue("tmp_path") / "passwords.dbm"
    return Vault(first_use(file), lambda name, password: in_dbm(file, name, password))


def first_use(
    file: Path,
    *,
    python: Path = PYTHON,
    is_known: bool = True,
    **settings: object,
) -> FirstUseCredentials:
    """
    Give the passwords of a hub that writes nothing meanwhile.

    Its configuration names the file and turns strangers away, unless `settings` say otherwise; it
    may not be known at all.
    """
    values = {"create_users": False, "dbm_path": str(file), **settings}
    said = HubSettings(classes=("FirstUseAuthenticator",), values=values)
    return FirstUseCredentials(
        name="campus",
        file=file,
        python=python,
        settings=lambda: said if is_known else None,
        settle_seconds=0,
    )


def in_dbm(file: Path, username: str, password: str) -> bool:
    """Do what FirstUseAuthenticator.authenticate does with a password that is stored."""
    code = (
        "import dbm, sys\n"
        "with dbm.open(sys.argv[1], 'c', 0o600) as db: "
        "sys.stdout.buffer.write(db.get(sys.argv[2].encode(), b''))"
    )
    asked = subprocess.run(
        [PYTHON, "-c", code, file, username], capture_output=True, check=True, timeout=60
    )
    stored = asked.stdout
    return bool(stored) and bcrypt.hashpw(password.encode(), stored) == stored


def _system_vault(request: pytest.FixtureRequest) -> Vault:
    request.getfixturevalue("as_root")
    return Vault(SystemCredentials(name="campus"), pam_lets_in)


def pam_lets_in(username: str, password: str) -> bool:
    """Do what PAMAuthenticator.authenticate does."""
    try:
        pamela.authenticate(username, password, service="login")
        pamela.check_account(username, service="login")
    except pamela.PAMError:
        return False
    return True


_VAULTS = {
    "memory": _memory_vault,
    "native": _native_vault,
    "native-postgres": _postgres_vault,
    "first-use": _first_use_vault,
    "system": _system_vault,
}
_MARKS = {
    "native-postgres": [pytest.mark.postgres],
    "system": [pytest.mark.system, pytest.mark.xdist_group("system")],
}


def vaults(*kinds: str) -> list[object]:
    """Give parameters for the fixture `vault`, with the marks that each kind needs."""
    return [pytest.param(kind, marks=_MARKS.get(kind, ())) for kind in kinds]


@pytest.fixture(params=vaults(*_VAULTS))
def vault(request: pytest.FixtureRequest) -> Vault:
    return _VAULTS[request.param](request)


@pytest.fixture(scope="session")
def system_account() -> Callable[..., str]:
    """Give a function that makes an account without a password, by a name from `new_name`."""

    def make(name: str, *options: str) -> str:
        subprocess.run(["useradd", *options, name], check=True, capture_output=True, timeout=60)
        return name

    return make


@pytest.fixture(scope="session")
def as_root(require: Require) -> None:
    """Let a test make accounts of this machine; who is not root may not, wherever they are."""
    if os.geteuid() != 0:
        pytest.skip("only root makes accounts of this machine")
    require("useradd", shutil.which("useradd"))


@pytest.fixture(scope="session")
def new_name() -> Iterator[Callable[[str], str]]:
    """Give a function that makes up names; an account of this machine by one is removed."""
    names: list[str] = []

    def make_up(word: str) -> str:
        names.append(f"{word}-{secrets.token_hex(4)}")
        return names[-1]

    yield make_up
    for name in names:
        remove_account(name)


def remove_account(name: str) -> None:
    if os.geteuid() == 0 and _has_account(name):
        subprocess.run(["userdel", "--remove", name], check=True, capture_output=True, timeout=60)


def _has_account(name: str) -> bool:
    return subprocess.run(["id", name], capture_output=True, check=False).returncode == 0


@dataclass(frozen=True)
class Door:
    """
    One real hub, with one authenticator.

    `credentials` is what courseops writes passwords with; where it is None, `first_password` says
    what somebody's password is: one that all share, or that a directory has.
    """

    hub: LocalHub
    credentials: Credentials | None
    first_password: Callable[[str], str]

    def create(self, username: str) -> str:
        """Do what courseops does for a new learner, the credential first; give the password."""
        password = self.first_password(username)
        if self.credentials is not None:
            assert self.credentials.insert({username: password}) == [Outcome.done(username)]
        self.create_hub_user(username)
        return password

    def create_hub_user(self, username: str) -> None:
        with client_of(self.hub) as client:
            assert client.create_users([username]) == [Outcome.done(username)]

    def user(self, username: str) -> HubUser | None:
        with client_of(self.hub) as client:
            return next((user for user in client.users() if user.name == username), None)

    def lets_in(self, username: str, password: str) -> bool:
        """Try the hub's own form."""
        with Visitor(self.hub.url, username, password) as visitor:
            try:
                visitor.log_in()
            except RefusedError:
                return False
        return True


# What each kind needs in the hub's configuration; docs/explanation/accounts.md says the same.
CLOSED = """
c.Authenticator.allow_all = False
c.Authenticator.allow_existing_users = True
"""
NATIVE = """
c.JupyterHub.authenticator_class = "native"
c.NativeAuthenticator.enable_signup = False
"""
FIRST_USE = """
c.JupyterHub.authenticator_class = "firstuseauthenticator.FirstUseAuthenticator"
c.FirstUseAuthenticator.create_users = False
"""
SYSTEM = """
c.JupyterHub.authenticator_class = "pam"
"""
SHARED_PASSWORD = "an open secret"
DUMMY = f"""
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = {SHARED_PASSWORD!r}
"""
SHARED = f"""
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = {SHARED_PASSWORD!r}
"""
LDAP = """
import ssl
c.JupyterHub.authenticator_class = "ldap"
c.LDAPAuthenticator.server_address = "127.0.0.1"
c.LDAPAuthenticator.server_port = {port}
c.LDAPAuthenticator.tls_strategy = "before_bind"
c.LDAPAuthenticator.tls_kwargs = {{
    "validate": ssl.CERT_REQUIRED, "ca_certs_file": {ca_file!r}
}}
c.LDAPAuthenticator.bind_dn_template = ["uid={{username}},{people}"]
"""


@dataclass(frozen=True)
class Kind:
    """One authenticator: its lines in the hub's configuration, and what `Door` needs."""

    lines: str
    credentials: Callable[[LocalHub], Credentials | None]
    first_password: Callable[[str], str] = lambda _: new_password()
    release: str = "6"


def native_of(hub: LocalHub) -> NativeCredentials:
    file = hub.folder / "jupyterhub.sqlite"
    return NativeCredentials(name=hub.name, url=hub.url, database=lambda: open_hub_file(file))


def first_use_of(hub: LocalHub) -> FirstUseCredentials:
    # Where nothing else is said, the file is in the folder that the hub was started in.
    return first_use(hub.folder / "passwords.dbm")


def ldap_kind(slapd: Slapd) -> Kind:
    def enter(username: str) -> str:
        password = new_password()
        slapd.add([person(username, userPassword=password)])
        return password

    lines = LDAP.format(port=slapd.port, ca_file=str(slapd.ca_file), people=PEOPLE)
    return Kind(lines, lambda _: None, enter)


KINDS: Mapping[str, Kind] = {
    # JupyterHub 6 took away `statsd`, which NativeAuthenticator 1.3 asks for at each login:
    # https://github.com/jupyterhub/jupyterhub/pull/5407
    "native": Kind(NATIVE, native_of, release="5"),
    "first-use": Kind(FIRST_USE, first_use_of),
    "system": Kind(SYSTEM, lambda hub: SystemCredentials(name=hub.name)),
    "dummy": Kind(DUMMY, lambda _: None, lambda _: SHARED_PASSWORD),
    "shared": Kind(SHARED, lambda _: None, lambda _: SHARED_PASSWORD),
}


@contextmanager
def open_door(folder: Path, kind: Kind, more: str = CLOSED) -> Iterator[Door]:
    """Run a hub of one kind; `more` are the last lines of its configuration."""
    programs = PROGRAMS[kind.release]
    hub = LocalHub(folder, name=folder.name, programs=programs, more_config=kind.lines + more)
    with hub:
        yield Door(hub, kind.credentials(hub), kind.first_password)


@contextmanager
def small_campus(require: Require) -> Iterator[Slapd]:
    """Run a directory with nobody in it."""
    with running_slapd(require) as server:
        server.add([(SUFFIX, ROOT_ENTRY), unit("people")])
        yield server


def doors(*kinds: str) -> list[object]:
    """Give parameters for the fixture `door`, with the marks that each kind needs."""
    more = {"ldap": [pytest.mark.ldap], "system": [pytest.mark.system]}
    groups = {"system": "system"}  # whose tests make accounts, one after the other
    return [
        pytest.param(
            kind,
            marks=[
                pytest.mark.hub,
                pytest.mark.xdist_group(groups.get(kind, f"door-{kind}")),
                *more.get(kind, []),
            ],
        )
        for kind in kinds
    ]


@pytest.fixture(scope="session", params=doors(*KINDS, "ldap"))
def door(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, require: Require
) -> Iterator[Door]:
    """Run a hub of each kind, set up as courseops asks for."""
    folder = tmp_path_factory.mktemp(f"door-{request.param}")
    with ExitStack() as running:
        if request.param == "system":
            request.getfixturevalue("as_root")
        if request.param == "ldap":
            kind = ldap_kind(running.enter_context(small_campus(require)))
        else:
            kind = KINDS[request.param]
        require(f"JupyterHub {kind.release}", (PROGRAMS[kind.release] / "jupyterhub").exists())
        yield running.enter_context(open_door(folder, kind))
