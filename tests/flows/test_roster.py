"""A class list reaches a real hub through the command line, and survives `kill -9`."""

import fcntl
import os
import pty
import signal
import subprocess
import time

import pytest

from courseops.adapters.store import open_store
from courseops.model.run import Ending
from tests.support.command import PROGRAM

pytestmark = pytest.mark.hub


@pytest.fixture
def site(desk, start_hub, fresh):
    """A site with one course on a real hub; its learners have names of their own."""
    hub = start_hub("6")
    desk.course = fresh("py")
    desk.names = [fresh(f"learner{n:02}") for n in range(60)]
    desk.write("campus.token", hub.token, mode=0o600)
    rows = "\r\n".join(f"{name};Étudiant" for name in desk.names)
    (desk.folder / "class.csv").write_bytes(f"Identifiant;Profil\r\n{rows}".encode("cp1252"))
    desk.configure(
        hubs={"campus": {"url": hub.url, "token": {"file": "campus.token"}}},
        courses={desk.course: {"hub": "campus", "roster": {"csv": "class.csv"}}},
    )
    return desk


def store_of(site):
    return open_store(f"sqlite:///{site.folder / 'state' / 'courseops.sqlite'}")


def test_plan_apply_and_an_empty_second_plan(site):
    planned = site.run("roster", "plan", site.course, "--json")
    assert planned.code == 4
    assert "cp1252" in planned.document["source"]

    applied = site.run("roster", "apply", site.course, "--plan", planned.document["fingerprint"])
    assert applied.code == 0, applied.err

    again = site.run("roster", "plan", site.course)
    assert again.code == 0
    assert "nothing to do" in again.out


def test_a_shrunken_class_list_is_blocked_and_the_exact_number_lets_it_through(site):
    site.run("roster", "apply", site.course, "--yes")
    site.write("class.csv", "username,email\n" + "\n".join(f"{n}," for n in site.names[:20]))

    blocked = site.run("roster", "plan", site.course)
    refused = site.run("roster", "apply", site.course, "--yes")
    allowed = site.run("roster", "apply", site.course, "--yes", "--allow-drops", "40")

    assert (blocked.code, refused.code, allowed.code) == (5, 5, 0)
    assert "40 of 60 learners would be dropped" in blocked.out
    assert "--allow-drops 40" in refused.err


@pytest.mark.parametrize("delay_seconds", [0, 0.1, 0.25])
def test_kill_9_in_the_middle_then_the_same_command_again(site, delay_seconds):
    killed = site.start("roster", "apply", site.course, "--yes")
    deadline = time.monotonic() + 60
    # The first audit record says that changes have begun.
    while not _has_begun(site) and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(delay_seconds)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait(timeout=10)

    again = site.run("roster", "apply", site.course, "--yes")
    assert again.code == 0, again.err
    assert site.run("roster", "plan", site.course).code == 0

    store = store_of(site)
    endings = [run.ending for run in store.runs.recent(action="roster-apply")]
    enrolled = [e.person.username for e in store.enrolments.active(site.course)]
    store.close()
    # A slow death may come after the work was done; an instant one never.
    survived = delay_seconds > 0 and endings == [Ending.DONE, Ending.DONE]
    assert survived or endings == [Ending.DONE, Ending.INTERRUPTED]
    assert sorted(enrolled) == sorted(site.names)


def _has_begun(site):
    if not (site.folder / "state" / "courseops.sqlite").exists():
        return False
    store = store_of(site)
    try:
        runs = store.runs.recent()
        return bool(runs) and bool(store.runs.audit_of(runs[0].id))
    finally:
        store.close()


def test_two_at_once_on_one_course_the_second_is_told_to_wait(site):
    lock = site.folder / "state" / "locks" / f"course-{site.course}.lock"
    lock.parent.mkdir(parents=True)

    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        said = site.run("roster", "apply", site.course, "--yes")
    assert said.code == 11
    assert "hint: " in said.err


def test_ctrl_c_ends_with_130_and_leaves_an_interrupted_run(site):
    running = site.start("roster", "apply", site.course, "--yes")
    deadline = time.monotonic() + 60
    while not _has_begun(site) and time.monotonic() < deadline:
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    assert running.wait(timeout=30) in (130, 0)
    store = store_of(site)
    (run,) = store.runs.recent()
    store.close()
    assert run.ending in (Ending.INTERRUPTED, Ending.DONE)


def answer(site, reply, *args):
    """Run a command on a terminal of its own, and reply to what it asks."""
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "r+b", buffering=0) as terminal:
        asking = subprocess.Popen(
            [PROGRAM, *args], env=site.environment(), cwd=site.folder, stdin=theirs, stderr=theirs
        )
        os.close(theirs)
        terminal.write(reply.encode() + b"\n")
        return asking.wait(timeout=60)


def test_on_a_terminal_it_shows_the_plan_and_asks(site):
    assert answer(site, "n", "roster", "apply", site.course) == 1
    assert site.run("roster", "plan", site.course).code == 4
    assert answer(site, "y", "roster", "apply", site.course) == 0
    assert site.run("roster", "plan", site.course).code == 0


def test_without_a_terminal_it_asks_for_yes(site):
    said = site.run("roster", "apply", site.course)
    assert said.code == 2
    assert "--yes" in said.err


def test_a_run_can_be_looked_at_with_its_outcomes_and_audit_records(site):
    applied = site.run("roster", "apply", site.course, "--yes", "--json").document
    shown = site.run("job", "show", applied["run_id"], "--json").document
    assert len(shown["outcomes"]) == len(site.names)
    assert {record["phase"] for record in shown["audit"]} == {"intended", "made"}
    assert applied["run_id"] in site.run("job", "show", applied["run_id"]).out
    assert applied["run_id"] in site.run("job", "history", "roster-apply").out
    assert site.run("job", "show", "nothing").code == 1


def test_jobs_are_listed_shown_and_run(site):
    assert "nightly-backup" in site.run("job", "list").out
    assert "usage-sample" in site.run("job", "show", "usage-sample").out
    assert site.run("job", "run", "roster-sync").code == 0
    assert site.run("job", "run", "nothing").code == 1
    assert site.run("roster", "plan", site.course).code == 0


def test_the_roster_is_shown_as_its_source_gives_it(site):
    shown = site.run("roster", "show", site.course)
    assert shown.code == 0
    assert all(name in shown.out for name in site.names)
    assert f"{len(site.names)} people" in shown.out
