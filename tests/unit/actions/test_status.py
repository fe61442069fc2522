"""A status says on one screen what needs a person: each trouble once, and nothing that is over."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from courseops.actions.status import Watched, overview
from courseops.errors import PlanHeldError, PlanRefusedError, UnreachableError
from courseops.model.finding import Level
from courseops.model.jobs.alert import Alert
from courseops.model.jobs.job import Severity
from courseops.model.jobs.slot import Slot
from courseops.model.jobs.standing import SILENCE, Standing
from courseops.model.run import Ending, Outcome, Run
from tests.support.store import MemoryStore

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def store(journal):
    kept = MemoryStore(runs=journal.runs)
    kept.slots.known_since(["nightly", "reports"], journal.clock.now())
    return kept


@pytest.fixture
def look(store, journal):
    def sum_up(daemon=None, **stale_after):
        watched = Watched(stale_after=stale_after, daemon=daemon, zone=UTC)
        return overview(store.record, watched, journal.clock.now())

    return sum_up


def told(found):
    return [(finding.subject, finding.what) for finding in found.needs_a_person]


def fail(journal, action, scope, error):
    with pytest.raises(type(error)), journal.run(action, scope):
        raise error


def claim(store, journal, **more):
    now = journal.clock.now()
    slot = Slot(job="nightly", due_at=now)
    run = Run(
        id="night1", action="backup", scope="job/nightly", actor="daemon", started_at=now, **more
    )
    return store.slots.claim(slot, run, "me", now + HOUR)


def alert(journal, **more):
    now = journal.clock.now()
    wrong = Alert(
        key="hub/campus unreachable",
        severity=Severity.PROBLEM,
        job="nightly",
        scope="hub/campus",
        what="campus does not answer",
        mend="is it running?",
        run_id="night1",
        since=now,
        seen_at=now,
    )
    return replace(wrong, **more)


def test_where_nothing_ever_ran_nothing_needs_a_person(look):
    found = look()

    assert (found.needs_a_person, found.latest, found.daemon) == ((), (), None)


def test_who_failed_is_named_and_only_in_the_newest_run(journal, look):
    with journal.run("backup-run", "hub/lab") as entry:
        entry.note(Outcome.failed("ada", "gone"))
    journal.clock.advance(HOUR)
    with journal.run("backup-run", "hub/campus") as entry:
        entry.note(*(Outcome.failed(name, "gone") for name in ("ada", "bob", "cyd", "dan")))

    assert told(look()) == [
        ("hub/campus", "backup-run: 4 failed (ada, bob, cyd, …)"),
        ("hub/lab", "backup-run: 1 failed (ada)"),
    ]

    journal.clock.advance(HOUR)
    with journal.run("backup-run", "hub/lab") as entry:
        entry.note(Outcome.done("ada"))
    assert [subject for subject, _ in told(look())] == ["hub/campus"]


def test_a_refused_and_a_failed_run_need_a_person_and_say_why(journal, look):
    fail(journal, "roster-apply", "course/py", PlanRefusedError("not safe"))
    fail(journal, "roster-apply", "course/r", UnreachableError("no answer"))

    assert set(told(look())) == {
        ("course/py", "roster-apply was refused by a guard: not safe"),
        ("course/r", "roster-apply failed: no answer"),
    }


def test_fifty_courses_that_fail_alike_are_one_line(journal, look):
    for number in range(50):
        fail(journal, "roster-apply", f"course/c{number}", UnreachableError("campus is away"))

    assert told(look()) == [("course/c49 and 49 more", "roster-apply failed: campus is away")]


def test_a_held_plan_waits_however_much_ran_since_and_comes_with_what_to_say(journal, look):
    fail(journal, "roster-apply", "course/py", PlanHeldError("12 of 20 would be dropped"))
    journal.clock.advance(HOUR)
    with journal.run("roster-apply", "course/py"):
        pass

    found = look()

    assert [run.ending for run in found.held] == [Ending.HELD]
    (finding,) = found.needs_a_person
    assert finding.what == (
        "roster-apply waits for approval since 2026-03-02 09:00: 12 of 20 would be dropped"
    )
    assert finding.to_do == (
        f"courseops job show {found.held[0].id}, then job approve or job reject"
    )


def test_problems_stand_before_warnings(journal, look):
    with journal.run("backup-run", "hub/lab") as entry:
        entry.note(Outcome.failed("ada", "gone"))
    fail(journal, "roster-apply", "course/py", UnreachableError("no answer"))
    journal.clock.advance(HOUR)
    with journal.run("backup-run", "hub/lab") as entry:
        entry.note(Outcome.failed("ada", "gone"))

    levels = [finding.level for finding in look().needs_a_person]
    assert levels == [Level.PROBLEM, Level.WARNING]


def test_of_a_jobs_run_and_what_failed_within_it_one_is_told(journal, store, look):
    run = claim(store, journal)
    inner = replace(journal, actor="job/nightly", within=run.id)
    fail(inner, "backup-run", "hub/campus", UnreachableError("no answer"))
    store.slots.finish(run.id, "me", Ending.FAILED, journal.clock.now(), "1 of 1 failed")

    assert told(look()) == [("hub/campus", "backup-run failed: no answer")]


def test_what_an_alert_tells_of_is_not_told_again(journal, store, look):
    run = claim(store, journal)
    inner = replace(journal, actor="job/nightly", within=run.id)
    fail(inner, "backup-run", "hub/campus", UnreachableError("no answer"))
    fail(journal, "roster-apply", "course/py", UnreachableError("by hand"))
    store.slots.finish(run.id, "me", Ending.FAILED, journal.clock.now(), "1 of 1 failed")
    store.alerts.keep([alert(journal, met=("job/nightly hub/campus",), runs=3)])

    assert told(look()) == [
        ("hub/campus", "campus does not answer (met by 3 runs)"),
        ("course/py", "roster-apply failed: by hand"),
    ]


def test_the_alert_of_one_place_does_not_hide_another(journal, store, look):
    fail(
        replace(journal, actor="job/nightly", within="night1"),
        "backup-run",
        "hub/campus2",
        UnreachableError("no answer"),
    )
    store.alerts.keep([alert(journal, met=("job/nightly hub/campus",))])

    assert ("hub/campus2", "backup-run failed: no answer") in told(look())


def test_jobs_stand_with_their_newest_run_and_what_the_daemon_says_is_next(journal, store, look):
    run = claim(store, journal)
    store.slots.finish(run.id, "me", Ending.DONE, journal.clock.now())
    now = journal.clock.now()
    daemon = Standing(beat_at=now, coming={"reports": None, "nightly": now + HOUR})

    nightly, reports = look(daemon).jobs

    assert (nightly.name, nightly.last.id, nightly.next_at) == ("nightly", run.id, now + HOUR)
    assert (reports.name, reports.last, reports.next_at) == ("reports", None, None)


def test_without_a_word_of_a_daemon_jobs_are_those_on_record(look):
    assert [(job.name, job.next_at) for job in look().jobs] == [
        ("nightly", None),
        ("reports", None),
    ]


def test_what_runs_is_shown_and_is_no_trouble(journal, store, look):
    run = claim(store, journal)

    found = look(Standing(beat_at=journal.clock.now()))

    assert [it.id for it in found.underway] == [run.id]
    assert found.needs_a_person == ()


def test_a_daemon_that_died_is_told_and_what_it_left_undone(journal, store, look):
    now = journal.clock.now()
    daemon = Standing(beat_at=now, coming={"nightly": now + MINUTE, "reports": now + 9 * HOUR})
    journal.clock.advance(SILENCE)
    assert look(daemon).needs_a_person == (), "it may be held up by a locked database"

    journal.clock.advance(HOUR)

    assert told(look(daemon)) == [
        ("daemon", "it has not looked at the clock since 2026-03-02 09:00:00 UTC"),
        ("daemon", "what was due has not begun: nightly at 2026-03-02 09:01"),
    ]


def test_what_another_daemon_took_up_is_not_undone(journal, store, look):
    now = journal.clock.now()
    daemon = Standing(beat_at=now, coming={"nightly": now + MINUTE})
    journal.clock.advance(MINUTE)
    claim(store, journal)
    journal.clock.advance(HOUR)

    assert [what for _, what in told(look(daemon)) if "has not begun" in what] == []


def test_a_daemon_that_was_stopped_is_told_and_no_sign_of_death(journal, look):
    now = journal.clock.now()
    journal.clock.advance(HOUR)

    found = look(Standing(beat_at=now, ended_at=now))

    assert told(found) == [("daemon", "it was stopped at 2026-03-02 09:00: nothing runs by itself")]


def test_the_troubles_of_a_daemon_at_work_need_a_person(journal, look):
    troubles = ("reload: config.toml has problems", "notices: the mail server does not answer")
    found = look(Standing(beat_at=journal.clock.now(), troubles=troubles))

    assert told(found) == [("daemon", trouble) for trouble in troubles]


def test_homes_without_a_copy_need_a_person_by_the_age_that_the_hub_allows(journal, store, look):
    store.copies.assign("campus", {"ada": 0, "bob": 0})
    with journal.run("backup-run", "hub/campus") as entry:
        entry.note(Outcome.done("ada"), Outcome.done("bob"))
    store.copies.note_good("campus", ["ada", "bob"], journal.clock.now(), entry.run.id)
    journal.clock.advance(3 * HOUR)

    assert look(campus=4 * HOUR).backups[0].stale == ()
    found = look(campus=2 * HOUR)
    assert found.backups[0].stale == ("ada", "bob")
    assert "2 of 2 homes have no good copy young enough (ada, bob)" in str(told(found))


def test_what_a_daemon_at_work_has_not_begun_only_waits_its_turn(journal, look):
    now = journal.clock.now()

    assert look(Standing(beat_at=now, coming={"nightly": now - HOUR})).needs_a_person == ()
