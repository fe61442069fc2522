"""
What is written while it is backed up comes back whole, or is said not to be.

The suite makes a few backups meanwhile; `COURSEOPS_LIVE_BACKUPS=25` as many as one likes.
"""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager

import pytest

from tests.support.faults import BackupSite, assert_kept

pytestmark = [
    pytest.mark.restic,
    pytest.mark.timeout(1800),
    pytest.mark.xdist_group("live-homes"),
]

BACKUPS = int(os.environ.get("COURSEOPS_LIVE_BACKUPS", "2"))

# What a notebook server does at each save: the old file is copied aside, the new one written
# in its place. https://github.com/jupyter-server/jupyter_server (services/contents/fileio.py)
SAVE_ALL_THE_TIME = """
import itertools, json, sys, threading
from jupyter_server.services.contents.fileio import atomic_writing

ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
print("ready", flush=True)
for turn in itertools.count():
    for path in sys.argv[1:]:
        cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": "x" * 99}] * 4000
        with atomic_writing(path, encoding="utf-8") as file:
            json.dump({"cells": cells, "nbformat": 4, "turn": turn}, file)
    if ended.is_set():
        break
"""

WRITE_ALL_THE_TIME = """
import sqlite3, sys, threading

ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
print("ready", flush=True)
base = sqlite3.connect(sys.argv[1], timeout=60)
while not ended.is_set():
    with base:
        base.execute("update t set x = randomblob(2000) where rowid % 7 = abs(random()) % 7")
"""


@contextmanager
def at_work(program: str, *args: object):
    """Let a program do its work all the time, until the block ends."""
    line = [sys.executable, "-c", program, *map(str, args)]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"ready\n"
        yield
        assert process.poll() is None, "it went on all the time"
        process.stdin.close()


def reads_as_notebook(raw: bytes) -> bool:
    try:
        return "cells" in json.loads(raw)
    except ValueError:
        return False


def versions(site: BackupSite, name: str) -> list[dict]:
    found = site.run("restore", "find", "campus", "bob", name, "--check", "--json")
    assert found.code == 0, found.err
    return found.document["versions"]


def preview(site: BackupSite, path: str, at: str) -> dict:
    said = site.run("restore", "apply", "campus", "bob", path, "--at", at, "--json")
    (file,) = said.document["files"]
    return file


def test_each_copy_of_a_notebook_that_is_always_being_saved_is_valid_or_marked(site):
    names = [f"live-{number}.ipynb" for number in range(4)]
    files = [site.homes / "bob" / name for name in names]
    for file in files:
        file.write_text('{"cells": []}')
    with at_work(SAVE_ALL_THE_TIME, *files):
        for turn in range(BACKUPS):
            done = site.back_up()
            assert done.code == 0, (turn, done.out + done.err)

    seen = 0
    for name in names:
        for version in versions(site, name):
            file = preview(site, name, version["taken_at"])
            raw = site.restic("dump", "--no-lock", file["snapshot_id"], f"/bob/{name}")
            assert file["is_notebook"] == reads_as_notebook(raw)
            assert version["is_broken"] == (not reads_as_notebook(raw))
            seen += 1
    assert seen > BACKUPS
    assert_kept(site)


def test_a_notebook_that_was_caught_in_the_middle_of_a_save_is_marked(site):
    notebook = site.homes / "bob/hw1.ipynb"
    whole = json.dumps({"cells": [], "metadata": {"long": "x" * 9000}, "nbformat": 4})
    notebook.write_text(whole[:5000])
    assert site.back_up().code == 0
    notebook.write_text(whole)

    newest, before = versions(site, "hw1.ipynb")
    assert (newest["is_broken"], before["is_broken"]) == (True, False)
    assert preview(site, "hw1.ipynb", newest["taken_at"])["is_notebook"] is False
    done = site.bring_back("hw1.ipynb", user="bob")
    assert "no whole notebook" in done.out


def test_a_database_that_is_always_written_to_is_copied_whole(site):
    database = site.folder / "jupyterhub.sqlite"
    with closing(sqlite3.connect(database)) as base, base:
        base.execute("create table t (x blob)")
        base.executemany("insert into t values (randomblob(2000))", [()] * 2000)
    site.set_up(databases=[{"name": "jupyterhub", "sqlite": "jupyterhub.sqlite"}])

    with at_work(WRITE_ALL_THE_TIME, database):
        for turn in range(BACKUPS):
            done = site.back_up()
            assert done.code == 0, (turn, done.out + done.err)

    rows = json.loads(site.restic("snapshots", "--json", "--no-lock", "--tag", "auto,state"))
    # The newest ones: the backup before had no such database.
    taken = sorted(rows, key=lambda row: row["time"])[-BACKUPS:]
    for row in taken:
        listed = site.restic("ls", "--json", "--no-lock", row["id"]).splitlines()
        (path,) = (
            it["path"]
            for it in map(json.loads, listed)
            if it.get("type") == "file" and "jupyterhub" in it["path"]
        )
        copy = site.folder / "copy.sqlite"
        copy.write_bytes(site.restic("dump", "--no-lock", row["id"], path))
        with closing(sqlite3.connect(copy)) as base:
            assert base.execute("pragma integrity_check").fetchall() == [("ok",)]
            assert base.execute("select count(*) from t").fetchone() == (2000,)
