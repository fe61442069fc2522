"""Homes with a past in a real repository, behind the pages of a hub."""

import json
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree
from time import sleep
from urllib.parse import quote

import pytest

from courseops.web.hub_page import HubPage
from courseops.web.memory.errands import SilentProgress
from courseops.wiring import Site
from tests.support.backup import LEARNER, PASSWORD, make_home, remember, take_snapshot
from tests.support.pages import CONFIG, Browser, page_in

MARKUP = "<img src=x onerror=alert(1)>.txt"
NEWLINE = "two\nlines\u202e.txt"
NO_TEXT = b"caf\xe9.txt"
HOURS_AGO = (50, 26, 2)
_PATIENCE_SECONDS = 30


def notebook(*sources: str) -> str:
    cells = [
        {"id": f"c{it}", "cell_type": "code", "metadata": {}, "source": source, "outputs": []}
        for it, source in enumerate(sources)
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@dataclass
class Kept:
    """The page of a hub whose learners alice and bob have three backups."""

    page: HubPage
    homes: Path

    @contextmanager
    def site(self) -> Iterator[Site]:
        with closing(self.page.open_site("root", SilentProgress())) as site:
            yield site

    def new_folders(self, who: str = "alice") -> list[Path]:
        return sorted((self.homes / who).glob("restored-*"))


def address(path: str = "", what: str = "", **query: str) -> str:
    """Give the address of a page of one's own files."""
    if path:
        query["path"] = path
    spelled = "&".join(f"{name}={quote(it)}" for name, it in query.items())
    return f"/files{what}?{spelled}" if spelled else f"/files{what}"


def moment(hours_ago: float) -> str:
    return (datetime.now(UTC) - timedelta(hours=hours_ago)).isoformat()


def end_of_errand(browser: Browser, answer) -> str:
    """Wait for an errand that was sent off; give its page."""
    assert answer.status_code == 303, answer.text
    path = answer.headers["location"].removeprefix(browser.page.link(""))
    for _ in range(_PATIENCE_SECONDS * 20):
        text = browser.open(path)
        if "<progress" not in text:
            return text
        sleep(0.05)
    raise AssertionError(text)


BACKUP = """
[hubs.campus.backup]
repository = "repository"
password = {file = "backup.password"}
"""


@pytest.fixture(scope="session")
def past(tmp_path_factory: pytest.TempPathFactory, empty_restic: Path) -> Path:
    """
    Make a site once: its homes, its repository, and its record of them.

    Alice's week1/hw1.ipynb had two versions and is deleted, notes.txt has two and is there.
    broken.ipynb is none, and some names are hostile. Bob has a notebook of the same name.
    """
    place = tmp_path_factory.mktemp("past")
    copytree(empty_restic, place / "repository")
    (place / "backup.password").write_text(PASSWORD)
    (place / "backup.password").chmod(0o600)
    homes = place / "homes"
    first = {"week1/hw1.ipynb": notebook("x = 1"), "notes.txt": "one\ntwo\n", "broken.ipynb": "{"}
    alice = make_home(homes, "alice", {**first, MARKUP: "m", NEWLINE: "n"})
    bob = {"week1/hw1.ipynb": notebook("bobs_secret = 1"), "secret.txt": "of bob"}
    make_home(homes, "bob", bob)
    Path(os.fsdecode(os.fsencode(alice) + b"/" + NO_TEXT)).write_text("t")
    now = datetime.now(UTC)
    take_snapshot("restic", place, homes, now - timedelta(hours=HOURS_AGO[0]))
    (alice / "week1/hw1.ipynb").write_text(notebook("x = 2", "print('more')"))
    (alice / "notes.txt").write_text("one\n2\nthree\n")
    take_snapshot("restic", place, homes, now - timedelta(hours=HOURS_AGO[1]))
    (alice / "week1/hw1.ipynb").unlink()
    take_snapshot("restic", place, homes, now - timedelta(hours=HOURS_AGO[2]))
    with (
        pytest.MonkeyPatch.context() as patch,
        page_in(place, patch, _config(place)) as page,
        Kept(page, homes).site() as site,
    ):
        remember(site.store.catalogue, site.repository("campus"), ["alice", "bob"])
        site.store.copies.assign("campus", {"alice": 0, "bob": 0})
        site.store.copies.note_good("campus", ["alice"], now - timedelta(hours=2), "r")
    return place


@pytest.fixture
def kept(past: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    """Give a test that site for itself."""
    place = tmp_path / "site"
    copytree(past, place, symlinks=True)
    homes = place / "homes"
    if os.geteuid() == 0:
        for it in homes.rglob("*"):
            os.chown(it, LEARNER, LEARNER, follow_symlinks=False)
    with page_in(place, monkeypatch, _config(place)) as page:
        yield Kept(page, homes)


def _config(place: Path) -> str:
    return CONFIG.replace('"homes/', f'"{place}/homes/') + BACKUP
