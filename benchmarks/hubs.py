"""Real hubs to measure on: what they spend, what they were asked, how long others wait.

`limit` is what the hub itself spends on the calls that nobody can do without, asked for by a
bare loop without any of our client in it; only the sizes of the batches are ours.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from courseops.adapters.hub.batches import BatchSize
from courseops.demo.hub import LocalHub
from courseops.model.roster import Role, group_of

ASK_HEALTH_EVERY_SECONDS = 0.05
PAGE = 200
_TICKS = os.sysconf("SC_CLK_TCK")

# The hub itself writes down each change that it is asked for.
_COUNTED = """
import pathlib
from jupyterhub.apihandlers.base import APIHandler

prepare = APIHandler.prepare
writes = pathlib.Path({path!r}).open("a", buffering=1)


def prepare_and_count(self):
    if self.request.method != "GET":
        print(self.request.method, self.request.path, file=writes)
    return prepare(self)


APIHandler.prepare = prepare_and_count
"""


class MeasuredHub(LocalHub):
    """A hub that knows what it has spent and what changes it was asked for."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._writes = folder.resolve() / "writes"
        super().__init__(folder, name="campus", more_config=_COUNTED.format(path=str(self._writes)))

    @property
    def cpu_seconds(self) -> float:
        """Give what the hub's own process has spent; its proxy is another process."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    @property
    def writes(self) -> list[str]:
        """Give the changes it was asked for, as `POST /hub/api/users`."""
        return self._writes.read_text().splitlines()


@dataclass
class Watched:
    """How long the hub's health page let a visitor wait."""

    waits: list[float] = field(default_factory=list)

    @property
    def longest(self) -> float:
        return max(self.waits, default=0.0)


@contextmanager
def watching(hub: LocalHub) -> Iterator[Watched]:
    """Ask for the health page all the time, as the visitors of a class would."""
    watched, over = Watched(), threading.Event()

    def ask() -> None:
        with httpx.Client(timeout=120, trust_env=False) as client:
            while not over.wait(ASK_HEALTH_EVERY_SECONDS):
                began = time.monotonic()
                client.get(f"{hub.url}/hub/health").raise_for_status()
                watched.waits.append(time.monotonic() - began)

    visitor = threading.Thread(target=ask)
    visitor.start()
    try:
        yield watched
    finally:
        over.set()
        visitor.join()


class Bare:
    """The hub's API with nothing around it."""

    def __init__(self, hub: LocalHub) -> None:
        self._api = f"{hub.url}/hub/api"
        headers = {
            "Authorization": f"token {hub.token}",
            "Accept": "application/jupyterhub-pagination+json",
        }
        self._client = httpx.Client(headers=headers, timeout=120, trust_env=False)
        self._client.get(self._api).raise_for_status()

    def list_all(self) -> float:
        """Read users and groups once; give the seconds it took."""
        began = time.monotonic()
        for path in "/users", "/groups":
            offset, total = 0, 1
            while offset < total:
                params = {"offset": offset, "limit": PAGE}
                answer = self._client.get(self._api + path, params=params).raise_for_status()
                total = answer.json()["_pagination"]["total"]
                offset += PAGE
        return time.monotonic() - began

    def sync(self, groups: Mapping[str, Sequence[str]]) -> None:
        """Make the accounts and the groups of a hub that has none of them."""
        self.list_all()
        accounts, members = BatchSize(), BatchSize()
        everyone = list(dict.fromkeys(name for names in groups.values() for name in names))
        self._send(accounts, "/users", "usernames", everyone)
        for name, names in groups.items():
            group = f"/groups/{name}"
            self._client.post(self._api + group, json={}).raise_for_status()
            self._send(members, f"{group}/users", "users", names)

    def _send(self, size: BatchSize, path: str, key: str, names: Sequence[str]) -> None:
        for batch in size.cut(names):
            answer = self._client.post(self._api + path, json={key: list(batch)})
            size.learn(len(batch), answer.raise_for_status().elapsed.total_seconds())


def fill(hub: LocalHub, courses: Mapping[str, Sequence[str]]) -> None:
    """Write accounts and groups into the database of a hub that was started once, and stopped."""
    file = hub.folder / "jupyterhub.sqlite"
    with closing(sqlite3.connect(file)) as database, database:
        everyone = sorted({name for names in courses.values() for name in names})
        database.executemany(
            "INSERT INTO users (name, admin, created, cookie_id, state) "
            "VALUES (?, 0, datetime(), ?, '{}')",
            [(name, f"cookie-{name}") for name in everyone],
        )
        database.execute(
            "INSERT INTO user_role_map (user_id, role_id, managed_by_auth) "
            "SELECT users.id, roles.id, 0 FROM users JOIN roles ON roles.name = 'user' "
            "WHERE users.id NOT IN (SELECT user_id FROM user_role_map WHERE role_id = roles.id)"
        )
        for course, names in courses.items():
            group = database.execute(
                "INSERT INTO groups (name, properties) VALUES (?, '{}')",
                [group_of(Role.LEARNER, course)],
            ).lastrowid
            database.executemany(
                "INSERT INTO user_group_map (group_id, user_id) "
                "SELECT ?, id FROM users WHERE name = ?",
                [(group, name) for name in names],
            )
