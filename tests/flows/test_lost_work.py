"""Lost work through the command line: found, looked at and brought back, from real restic."""

import json
import os
import shutil
import stat
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from courseops.adapters.store import open_store_in
from tests.support.backup import (
    LEARNER,
    PASSWORD,
    make_home,
    remember,
    restic_at,
    take_snapshot,
)

pytestmark = pytest.mark.restic

# What a learner may put into a file or its name, to be obeyed by whoever looks.
OBEYED = "\x1b]0;owned\x07\x1b[2J"


def notebook(*sources: str) -> str:
    cells = [
        {"id": f"c{number}", "cell_type": "code", "metadata": {}, "source": source, "outputs": []}
        for number, source in enumerate(sources)
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


FINE, LATER = notebook("x = 1", "plot(x)"), notebook("x = 2", "plot(x)", "more")


def yesterday(hour: int) -> datetime:
    # Asked for anew each time: a suite may run past midnight.
    return datetime.combine(datetime.now(UTC) - timedelta(days=1), time(hour), UTC)


def write(home, path, text) -> None:
    file = home / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    if os.geteuid() == 0:
        for it in (file, *file.parents):
            if home in it.parents:
                os.chown(it, LEARNER, LEARNER)


@pytest.fixture
def site(desk, require, empty_restic):
    """Alice's notebook at 14:30, at 15:30 and torn at 16:30; now it is gone."""
    require("restic", shutil.which("restic"))
    shutil.copytree(empty_restic, desk.folder / "repository")
    desk.write("campus.token", "unused", mode=0o600)
    desk.write("backup.password", PASSWORD, mode=0o600)
    desk.homes = desk.folder / "homes"
    desk.alice = make_home(desk.homes, "alice", {"notes.txt": "mine"})
    make_home(desk.homes, "bob", {"hw1.ipynb": "his own"})
    for hour, text in ((14, FINE), (15, LATER), (16, LATER[:30])):
        write(desk.alice, "week1/hw1.ipynb", text)
        take_snapshot("restic", desk.folder, desk.homes, yesterday(hour) + timedelta(minutes=30))
    (desk.alice / "week1/hw1.ipynb").unlink()
    configure(desk)
    return desk


def configure(desk, *, language="en", **backup) -> None:
    desk.configure(
        hubs={
            "campus": {
                "url": "http://127.0.0.1:1",
                "token": {"file": "campus.token"},
                "homes": f"{desk.homes}/{{username}}",
                "backup": {
                    "repository": "repository",
                    "password": {"file": "backup.password"},
                    **backup,
                },
            }
        },
        language=language,
    )


def test_it_was_fine_yesterday_at_three(site):
    found = site.run("restore", "find", "campus", "alice", "hw1.ipynb", "--at", "yesterday 15:00")
    shown = site.run("restore", "show", "campus", "alice", "week1/hw1.ipynb", "--at", "hier 15h")
    ask = ("restore", "apply", "campus", "alice", "week1/hw1.ipynb", "--at", "yesterday 15:00")
    previewed = site.run(*ask)
    assert not (site.alice / "week1/hw1.ipynb").exists()
    restored = site.run(*ask, "--yes")

    assert [it.code for it in (found, shown, previewed, restored)] == [0] * 4, restored.err
    then = next(line for line in found.out.splitlines() if "this one then" in line)
    assert str(len(FINE)) in then
    assert "x = 1" in shown.out
    assert "to do it, repeat with --yes" in previewed.out
    back = site.alice / "week1/hw1.ipynb"
    assert back.read_text() == FINE
    assert back.stat().st_uid == LEARNER


def test_a_torn_version_names_the_one_before_it(site):
    torn = site.run("restore", "apply", "campus", "alice", "week1/hw1.ipynb", "--json", "--yes")
    (outcome,) = torn.document["outcomes"]
    at = outcome["reason"].rpartition("--at ")[2]
    good = site.run(
        "restore", "apply", "campus", "alice", "week1/hw1.ipynb", "--at", at, "--in-place", "--yes"
    )

    assert outcome["kind"] == "broken-notebook"
    assert good.code == 0, good.err
    assert (site.alice / "week1/hw1.ipynb").read_text() == LATER
    assert (site.alice / "week1/hw1.before-restore.ipynb").read_text() == LATER[:30]


def test_what_changed_since_is_shown_by_cells(site):
    write(site.alice, "week1/hw1.ipynb", LATER)

    shown = site.run(
        "restore", "show", "campus", "alice", "week1/hw1.ipynb", "--at", "yesterday 15:00", "--diff"
    )

    lines = [line.strip() for line in shown.out.splitlines()]
    assert {"[1] code: changed", "- x = 1", "+ x = 2", "[3] code: added", "+ more"} <= set(lines)
    assert "plot(x)" not in shown.out


def spy(site) -> None:
    """Put a program in restic's place that writes down what it was asked, and asks restic."""
    asked = site.folder / "asked"
    text = f'#!/bin/sh\necho "$5" >> {asked}\nexec {shutil.which("restic")} "$@"\n'
    program = site.write("spying-restic", text, mode=0o755)
    configure(site, restic=str(program))
    (site.folder / "state").mkdir(mode=0o700, exist_ok=True)
    with open_store_in(site.folder / "state") as store:
        remember(store.catalogue, restic_at(site.folder), ["alice", "bob"])
    asked.unlink(missing_ok=True)


def test_with_a_catalogue_restic_is_asked_for_nothing_but_the_file(site):
    spy(site)
    asked = site.folder / "asked"

    found = site.run("restore", "find", "campus", "alice", "hw1.ipynb", "--json")
    assert [it["is_deleted"] for it in found.document["versions"]] == [False] * 3
    assert found.document["teller"] == "catalogue"
    assert not asked.exists()

    site.run("restore", "apply", "campus", "alice", "week1/hw1.ipynb", "--yes")
    assert asked.read_text().split() == ["dump"]

    checked = site.run("restore", "find", "campus", "alice", "hw1.ipynb", "--json")
    assert [it["is_broken"] for it in checked.document["versions"]] == [True, False, False]


@pytest.mark.parametrize("knows", ["catalogue", "repository"])
def test_a_whole_home_comes_back_without_what_may_not(site, knows):
    (site.alice / "latest").symlink_to("week1/hw1.ipynb")
    (site.alice / "away").symlink_to("/etc/passwd")
    os.mkfifo(site.alice / "pipe")
    write(site.alice, "week[1]*/ü ✓.txt", "odd")
    take_snapshot("restic", site.folder, site.homes, datetime.now(UTC) - timedelta(minutes=1))
    if knows == "catalogue":
        spy(site)
    for path in site.alice.iterdir():
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()

    restored = site.run("restore", "apply", "campus", "alice", ".", "--yes", "--json")

    assert restored.code == 0, restored.err + restored.out
    assert restored.document["teller"] == knows
    assert (site.alice / "week[1]*/ü ✓.txt").read_text() == "odd"
    assert (site.alice / "notes.txt").read_text() == "mine"
    assert (site.alice / "latest").readlink() == Path("week1/hw1.ipynb")
    skipped = {it["subject"]: it["kind"] for it in restored.document["outcomes"]}
    assert (skipped["away"], skipped["pipe"]) == ("link", "special")
    assert {it.lstat().st_uid for it in site.alice.rglob("*")} == {LEARNER}
    assert list((site.folder / "state/staging").iterdir()) == []


def test_a_folder_as_it_was_then_goes_to_a_folder_for_graders(site):
    into = site.folder / "dispute"
    ask = ("restore", "apply", "campus", "alice", "week1", "--at", "yesterday 15:45", "--yes")

    restored = site.run(*ask, "--into", str(into))
    again = site.run(*ask, "--into", str(into), "--json")
    inside = site.run(*ask, "--into", str(site.alice / "new"), "--json")

    assert restored.code == 0, restored.err
    assert (into / "week1/hw1.ipynb").read_text() == LATER
    assert stat.S_IMODE(into.stat().st_mode) == 0o700
    assert (into / "week1/hw1.ipynb").stat().st_uid == os.geteuid()
    assert "is there already" in again.document["outcomes"][0]["reason"]
    assert "lies among the homes" in inside.document["outcomes"][0]["reason"]
    assert not (site.alice / "week1/hw1.ipynb").exists()


def test_names_that_are_no_text_come_back_with_their_folder(site):
    name = os.fsencode(site.alice) + b"/odd/a\xff.txt"
    write(site.alice, "odd/plain.txt", "plain")
    Path(os.fsdecode(name)).write_text("odd")
    take_snapshot("restic", site.folder, site.homes, datetime.now(UTC) - timedelta(minutes=1))
    shutil.rmtree(site.alice / "odd")
    strict = {"PYTHONIOENCODING": "utf-8:strict"}

    ask = ("restore", "apply", "campus", "alice", "--yes", "--json")
    single = site.run(*ask, "odd/a\ufffd.txt", **strict)
    folder = site.run(*ask, "odd", **strict)

    assert "bring back the folder" in single.document["outcomes"][0]["mend"]
    assert folder.code == 0, folder.err
    assert Path(os.fsdecode(name)).read_text() == "odd"
    assert "odd/a\udcff.txt" in {it["path"] for it in folder.document["files"]}


def test_who_lost_an_account_has_their_home_in_the_new_one(site):
    shutil.rmtree(site.alice)
    make_home(site.homes, "alice2", {})

    restored = site.run(
        "restore", "apply", "campus", "alice", ".", "--new-user", "alice2", "--to", "old", "--yes"
    )

    assert restored.code == 0, restored.err + restored.out
    assert (site.homes / "alice2/old/notes.txt").read_text() == "mine"
    assert not site.alice.exists()


def test_a_note_tells_the_learner_in_the_sites_language(site):
    configure(site, language="fr", leave_receipt=True)

    restored = site.run(
        "restore", "apply", "campus", "alice", "week1/hw1.ipynb", "--at", "3m", "--yes", "--json"
    )
    document = restored.document
    records = site.run("job", "show", document["run_id"], "--json").out

    note = (site.alice / document["note"]).read_text()
    assert "FICHIERS RÉTABLIS" in note
    assert document["files"][0]["sha256"] in note
    assert document["files"][0]["sha256"] in records
    assert (site.alice / document["note"]).stat().st_uid == LEARNER


def test_nothing_of_a_learners_reaches_the_terminal_as_a_command(site):
    name = f"{OBEYED}.txt"
    write(site.alice, name, f"{OBEYED} hello")
    take_snapshot("restic", site.folder, site.homes, datetime.now(UTC) - timedelta(minutes=1))
    write(site.alice, name, f"{OBEYED} today")

    for words in (
        ("find", "campus", "alice"),
        ("show", "campus", "alice", name),
        ("show", "campus", "alice", name, "--diff"),
        ("apply", "campus", "alice", name),
        ("apply", "campus", "alice", name, "--yes"),
        ("apply", "campus", "alice", f"no{name}"),
    ):
        said = site.run("restore", *words)
        assert said.code in {0, 3}, said.err
        assert not {"\x1b", "\x07"} & set(said.out + said.err)
        assert "owned" in said.out


def test_words_that_name_no_moment_are_refused_with_an_example(site):
    for words in ("some day", "12", "tomorrow", "03/04/2026"):
        said = site.run("restore", "find", "campus", "alice", "--at", words)
        assert said.code == 2
        assert "yesterday 15:00" in said.err
