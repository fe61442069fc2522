"""One look at where the site stands is the same in memory, in a file, and on a server."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from courseops.adapters.history.looking import FileRecord
from courseops.model.backups.copies import Drill
from courseops.model.jobs.alert import Alert
from courseops.model.jobs.glance import Copies, Failures
from courseops.model.jobs.job import Severity
from courseops.model.jobs.slot import Slot
from courseops.model.run import Ending, Outcome, Run

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
BACKUP, CAMPUS = "backup-run", "hub/campus"


def run(run_id, *, action="roster-apply", scope="course/py", at=MONDAY, **more):
    return Run(id=run_id, action=action, scope=scope, actor="ada", started_at=at, **more)


@pytest.fixture
def look(store, tmp_path):
    """Look at everything; what lies in a file looks the same when the file is looked at."""

    def glance(scopes=()):
        found = store.record.glance(BACKUP, dict(scopes))
        file = FileRecord(tmp_path / "state/courseops.db")
        if file.is_current():
            assert file.glance(BACKUP, dict(scopes)) == found
        return found

    return glance


def ran(store, run_id, ending=Ending.DONE, *outcomes, **more):
    began = run(run_id, **more)
    store.runs.start(began)
    store.runs.note(run_id, outcomes)
    store.runs.end(run_id, ending, began.started_at + HOUR, "why")
    return store.runs.get(run_id)


def test_an_empty_record_has_nothing_to_show(look):
    found = look({"campus": CAMPUS})

    assert (found.newest, found.unsettled, found.alerts) == ((), (), ())
    assert (found.failed, found.claimed, found.known) == ({}, {}, {})
    assert found.copies == {"campus": Copies(homes={}, drills=())}


def test_the_newest_run_of_each_action_on_each_scope_is_seen_whole(store, look):
    ran(store, "old", Ending.FAILED)
    newest = ran(store, "new", at=MONDAY + HOUR, plan="f00", within="outer")
    elsewhere = ran(store, "other", scope="course/r", at=MONDAY + 2 * HOUR)
    ran(store, "first", action="drill", at=MONDAY)
    at_once = ran(store, "second", action="drill", at=MONDAY)

    assert look().newest == (at_once, elsewhere, newest)


def test_a_run_begun_since_the_clock_was_set_back_is_the_newest(store, look):
    ran(store, "before", Ending.FAILED, at=MONDAY + HOUR)
    since = ran(store, "since", at=MONDAY)

    assert look().newest == (since,)


def test_what_runs_and_what_waits_is_seen_however_much_ran_since(store, look):
    held = ran(store, "held", Ending.HELD)
    store.runs.start(run("open", at=MONDAY + HOUR))
    ran(store, "done", at=MONDAY + 2 * HOUR)

    assert look().unsettled == (held, store.runs.get("open"))


def test_failures_are_counted_and_the_first_are_named(store, look):
    failed = [Outcome.failed(name, "gone") for name in ("zoë", "ada", "bob", "cyd")]
    ran(store, "one", Ending.INCOMPLETE, Outcome.done("eve"), *failed)
    ran(store, "two", Ending.INCOMPLETE, failed[0], scope="course/r")
    ran(store, "well", Ending.DONE, Outcome.done("eve"), scope="course/x")

    assert look().failed == {
        "one": Failures(count=4, first=("zoë", "ada", "bob")),
        "two": Failures(count=1, first=("zoë",)),
    }


def test_of_each_known_job_the_latest_slot_is_seen_and_no_run_by_hand(store, look):
    store.slots.known_since(["nightly", "new"], MONDAY)
    for number in (2, 1):
        slot = Slot(job="nightly", due_at=MONDAY + number * HOUR)
        store.slots.claim(slot, run(f"run{number}"), "me", MONDAY + 9 * HOUR)
    by_hand = Slot(job="nightly", due_at=MONDAY + 5 * HOUR, by_hand="hand")
    store.slots.claim(by_hand, run("hand"), "me", MONDAY + 9 * HOUR)

    found = look()

    assert found.claimed == {"nightly": MONDAY + 2 * HOUR}
    assert found.known == {"nightly": MONDAY, "new": MONDAY}


def test_what_is_wrong_is_seen_until_it_is_over(store, look):
    wrong = Alert(
        key="hub/campus unreachable",
        severity=Severity.PROBLEM,
        job="nightly",
        scope=CAMPUS,
        what="does not answer",
        mend="is it running?",
        run_id="run1",
        since=MONDAY,
        seen_at=MONDAY + HOUR,
        runs=7,
        met=("job/nightly hub/campus", "job/roster course/py"),
        told_at=MONDAY,
    )
    over = replace(wrong, key="gone", cleared_at=MONDAY)
    store.alerts.keep([wrong, over])

    assert look().alerts == (wrong,)


def test_copies_are_those_of_whom_the_last_finished_backup_found(store, look):
    store.copies.assign("campus", {"ada": 0, "bob": 0, "gone": 0, "homeless": 0})
    whom = {"action": BACKUP, "scope": CAMPUS}
    ran(store, "before", Ending.DONE, Outcome.done("gone"), **whom)
    people = [Outcome.done("ada"), Outcome.failed("bob", "unread"), Outcome.done("database")]
    last = {**whom, "at": MONDAY + HOUR}
    ran(store, "last", Ending.INCOMPLETE, *people, Outcome.skipped("homeless", "none"), **last)
    ran(store, "killed", Ending.INTERRUPTED, Outcome.done("gone"), **whom, at=MONDAY + 2 * HOUR)
    store.copies.note_good("campus", ["ada"], MONDAY, "last")
    store.copies.note_good("other", ["bob"], MONDAY, "last")
    drill = Drill(
        hub="campus",
        shard=0,
        what="file",
        username="ada",
        path="caf\udce9.ipynb",
        snapshot_id="e" * 64,
        at=MONDAY,
        files=1,
        size_bytes=5,
    )
    later = replace(drill, at=MONDAY + HOUR, problem="differs")
    store.copies.note_drill(drill)
    store.copies.note_drill(later)

    found = look({"campus": CAMPUS}).copies["campus"]

    assert found.homes == {"ada": MONDAY, "bob": None}
    assert found.drills == (later, drill)
