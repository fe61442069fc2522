"""The hubs of the contract tests: one in memory, and real ones of each release we support.

A real hub starts when a test first asks for it and serves the rest of the session, so every
test makes up its own names.
"""

import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Protocol

import pytest

from courseops.adapters.hub import NEEDED_SCOPES, JupyterHub
from courseops.adapters.hub.remembered import RememberedHub
from courseops.adapters.memory.hub import MemoryHub
from courseops.demo.hub import SERVICE, LocalHub
from courseops.model.hub import HubUser
from courseops.ports.hub import Hub
from tests.support.programs import Require

ROOT = Path(__file__).parents[2]
PROGRAMS = {
    "6": Path(sys.executable).parent,
    "5": ROOT / ".venvs" / "hub-5" / "bin",
    "4": ROOT / ".venvs" / "hub-4" / "bin",
}
ADMIN = "admin"
WATCHER = "watcher"
KEEPER = "keeper"
METER = "meter"

# An authenticator that, like PAM, finds out about some names only while creating them.
GHOSTS = """
from jupyterhub.auth import Authenticator

add_user = Authenticator.add_user


def add_real_user(self, user):
    if user.name.startswith("ghost"):
        raise ValueError("no such person")
    return add_user(self, user)


Authenticator.add_user = add_real_user
"""
# While there is a file of this name in the hub's folder, nobody gets into a group.
FAIL_MEMBERSHIPS = "fail-memberships"
FAILS = f"""
import os
from jupyterhub.apihandlers.groups import GroupUsersAPIHandler
from tornado.web import HTTPError

add_members = GroupUsersAPIHandler.post


def post(self, group_name):
    if os.path.exists("{FAIL_MEMBERSHIPS}"):
        raise HTTPError(500, "the database is full")
    return add_members(self, group_name)


GroupUsersAPIHandler.post = post
"""
# A spawner that, like KubeSpawner, remembers what it called the learner's volume.
CLAIMS = """
from jupyterhub.spawner import Spawner

get_state = Spawner.get_state


def get_claim(self):
    return {**get_state(self), "pvc_name": f"claim-{self.user.name}"}


Spawner.get_state = get_claim
"""

# The event log; hub 4 has another class for it, and writes nothing that it is not told to.
EVENT_LOG = "events.log"
EVENTS = f"""
import logging, os

events = logging.FileHandler(os.path.abspath("{EVENT_LOG}"))
c.EventLogger.handlers = [events]
c.EventLog.handlers = [events]
c.EventLog.allowed_schemas = ["hub.jupyter.org/server-action"]
"""

# The old hubs have no notebook server beside them.
SERVERS = f"""
c.Spawner.cmd = [{sys.executable!r}, {str(Path(__file__).with_name("single_user.py"))!r}]
"""

StartHub = Callable[[str], LocalHub]


class HubWorld(Protocol):
    """One kind of hub, in each state a test may want it in."""

    def hub(self, *, protected: frozenset[str] = frozenset(), ghosts: Sequence[str] = ()) -> Hub:
        """Give a hub with one admin; who is a ghost cannot be created."""

    def lacking(self, scope: str) -> Hub:
        """Give a hub whose token lacks one of the needed scopes."""

    def stopped(self) -> Hub:
        """Give a hub that does not answer."""


class MemoryWorld:
    def hub(self, *, protected: frozenset[str] = frozenset(), ghosts: Sequence[str] = ()) -> Hub:
        return MemoryHub(
            protected=protected,
            users=[HubUser(name=ADMIN, admin=True)],
            refused=dict.fromkeys(ghosts, "no such person"),
        )

    def lacking(self, scope: str) -> Hub:
        return MemoryHub(missing=[scope])

    def stopped(self) -> Hub:
        return MemoryHub(reachable=False)


class RememberedWorld(MemoryWorld):
    """A hub whose lists are read once; what one job run works on."""

    def hub(self, *, protected: frozenset[str] = frozenset(), ghosts: Sequence[str] = ()) -> Hub:
        remembered = RememberedHub(super().hub(protected=protected, ghosts=ghosts))
        remembered.users()
        remembered.groups()
        return remembered

    def lacking(self, scope: str) -> Hub:
        return RememberedHub(super().lacking(scope))

    def stopped(self) -> Hub:
        return RememberedHub(super().stopped())


class RealWorld:
    def __init__(self, local: LocalHub) -> None:
        self.local = local

    def hub(
        self, *, protected: frozenset[str] = frozenset(), ghosts: Sequence[str] = ()
    ) -> JupyterHub:
        assert all(name.startswith("ghost") for name in ghosts), "see GHOSTS"
        return client_of(self.local, SERVICE, protected)

    def lacking(self, scope: str) -> JupyterHub:
        return client_of(self.local, without(scope))

    def stopped(self) -> JupyterHub:
        # Port 1 is never given to anybody who asks for a free one.
        return JupyterHub(name="stopped", url="http://127.0.0.1:1", token="x", sleep=never_pause)


def never_pause(seconds: float) -> None:
    """Stand in for time.sleep."""


def client_of(
    local: LocalHub, service: str = SERVICE, protected: frozenset[str] = frozenset()
) -> JupyterHub:
    return JupyterHub(
        name=local.name,
        url=local.url,
        token=local.tokens[service],
        protected=protected,
        sleep=never_pause,
    )


def without(scope: str) -> str:
    """Name the service that has all the needed scopes but one."""
    return f"without-{scope.replace(':', '-')}"


@pytest.fixture(scope="session")
def start_hub(tmp_path_factory: pytest.TempPathFactory, require: Require) -> Iterator[StartHub]:
    """Give a function that starts the hub of a release, once a session."""
    scopes = {
        SERVICE: NEEDED_SCOPES,
        WATCHER: (*NEEDED_SCOPES, "list:services"),
        KEEPER: (*NEEDED_SCOPES, "admin:server_state"),
        METER: (*NEEDED_SCOPES, "read:metrics"),
    }
    for scope in NEEDED_SCOPES:
        scopes[without(scope)] = tuple(other for other in NEEDED_SCOPES if other != scope)
    with ExitStack() as hubs:

        @cache
        def start(release: str) -> LocalHub:
            programs = PROGRAMS[release]
            require(f"JupyterHub {release}", (programs / "jupyterhub").exists())
            return hubs.enter_context(
                LocalHub(
                    tmp_path_factory.mktemp(f"hub-{release}"),
                    name=f"hub-{release}",
                    programs=programs,
                    admin=ADMIN,
                    prefix="/teaching" if release == "4" else "",
                    scopes=scopes,
                    more_config=GHOSTS
                    + FAILS
                    + CLAIMS
                    + EVENTS
                    + ("" if release == "6" else SERVERS),
                )
            )

        yield start


def _hub(release: str) -> object:
    return pytest.param(release, marks=[pytest.mark.hub, pytest.mark.xdist_group(f"hub-{release}")])


@pytest.fixture(params=["memory", "remembered", *map(_hub, PROGRAMS)])
def world(request: pytest.FixtureRequest, start_hub: StartHub) -> HubWorld:
    if request.param == "memory":
        return MemoryWorld()
    if request.param == "remembered":
        return RememberedWorld()
    return RealWorld(start_hub(request.param))


@pytest.fixture
def hub(world: HubWorld) -> Hub:
    return world.hub()


@pytest.fixture
def fresh() -> Callable[[str], str]:
    """Give a function that makes up a name nobody had before."""
    return lambda word: f"{word}-{secrets.token_hex(4)}"
