"""What is old goes from our record, and what others rest on stays, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from courseops.adapters.store import open_store
from courseops.model.hub import HubUser, RunningServer
from courseops.model.jobs.alert import Alert
from courseops.model.jobs.job import Severity
from courseops.model.jobs.slot import Slot
from courseops.model.run import AuditRecord, Ending, Outcome, Phase, Run
from courseops.model.usage.seen import Sample

LONG_AGO = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
BEFORE = LONG_AGO + 30 * DAY
RECENT = BEFORE + DAY
HW1 = "course/py/hw1"


@pytest.fixture
def store(database_url):
    with open_store(database_url) as opened:
        yield opened


@pytest.fixture
def leave(store):
    """Leave a run as it ended, with its outcomes and audit records."""

    def leave(run_id, *outcomes, at=LONG_AGO, ending=Ending.DONE, changed=False, **more):
        named = {"action": "roster-apply", "scope": "course/py", "actor": "ada", **more}
        store.runs.start(Run(id=run_id, started_at=at, **named))
        store.runs.note(run_id, outcomes)
        if changed:
            note = {"actor": "ada", "phase": Phase.MADE, "subject": "eve", "change": "enrol"}
            store.runs.audit([AuditRecord(run_id=run_id, at=at, **note)])
        if ending is not Ending.RUNNING:
            store.runs.end(run_id, ending, at)

    return leave


def ids(store):
    return {run.id for run in store.runs.recent(limit=1000)}


def drop_runs(store, *, sparing=(), courses=()):
    return store.attic.drop_runs(BEFORE, sparing=sparing, courses=courses)


def test_a_run_that_changed_nothing_goes_and_the_newest_of_its_kind_stays(store, leave):
    leave("old")
    leave("older")
    leave("newest")
    leave("elsewhere", scope="course/r")
    leave("another action", action="backup-run")

    assert store.attic.drop_uneventful(BEFORE) == 2
    assert ids(store) == {"newest", "elsewhere", "another action"}


@pytest.mark.parametrize(
    "eventful",
    [
        {"changed": True},
        {"ending": Ending.FAILED},
        {"ending": Ending.INCOMPLETE},
        {"ending": Ending.REFUSED},
        {"at": RECENT},
    ],
)
def test_a_run_of_which_there_is_something_to_say_stays_for_longer(store, leave, eventful):
    leave("eventful", **eventful)
    leave("newest", at=RECENT + DAY, ending=eventful.get("ending", Ending.DONE))

    assert store.attic.drop_uneventful(BEFORE) == 0
    assert "eventful" in ids(store)


def test_a_run_goes_with_its_outcomes_and_audit_records(store, leave):
    leave("old", Outcome.failed("eve", "gone"), ending=Ending.INCOMPLETE, changed=True)
    leave("newest", at=RECENT, ending=Ending.INCOMPLETE)

    assert drop_runs(store) == 1
    assert ids(store) == {"newest"}
    assert (store.runs.outcomes("old"), store.runs.audit_of("old")) == ([], [])


@pytest.mark.parametrize("ending", [Ending.HELD, Ending.RUNNING])
def test_what_waits_or_has_not_ended_never_goes(store, leave, ending):
    leave("open", ending=ending, changed=True)
    leave("newest", at=RECENT, ending=ending)

    assert (store.attic.drop_uneventful(BEFORE), drop_runs(store)) == (0, 0)
    assert "open" in ids(store)


def test_the_last_that_ended_well_stays_whatever_became_of_later_ones(store, leave):
    leave("well", changed=True)
    leave("badly", ending=Ending.FAILED, at=RECENT)

    assert drop_runs(store) == 0
    assert ids(store) == {"well", "badly"}


def test_who_was_erased_is_on_record_for_good(store, leave):
    for run_id in ("one", "two"):
        leave(run_id, action="offboard-erase", scope="hub/campus", changed=True)
        leave(f"other {run_id}", action="drill", scope="hub/campus", changed=True)

    assert drop_runs(store, sparing=("offboard-erase",)) == 1
    assert ids(store) == {"one", "two", "other two"}


def test_the_latest_slot_of_a_job_stays_though_it_ran_by_hand_since(store):
    def claim(run_id, slot):
        run = Run(id=run_id, action="a", scope="job/n", actor="d", started_at=LONG_AGO)
        store.slots.claim(slot, run, "me", LONG_AGO + DAY)
        store.slots.finish(run_id, "me", Ending.DONE, LONG_AGO)

    claim("first", Slot(job="n", due_at=LONG_AGO - DAY))
    claim("latest", Slot(job="n", due_at=LONG_AGO))
    claim("hand", Slot(job="n", due_at=LONG_AGO, by_hand="hand"))

    assert store.attic.drop_uneventful(BEFORE) == 1
    assert ids(store) == {"latest", "hand"}
    assert store.slots.claimed("n", LONG_AGO) == {"2026-03-02T09:00:00+00:00"}


def test_what_went_well_is_forgotten_and_what_failed_is_not(store, leave):
    leave("old", Outcome.done("ada"), Outcome.failed("eve", "x"), ending=Ending.INCOMPLETE)
    leave("again", Outcome.done("ada"), Outcome.done("eve"))
    leave("newest", Outcome.done("ada"), Outcome.done("eve"))
    leave("late", Outcome.done("ada"), at=RECENT, ending=Ending.INCOMPLETE)

    assert store.attic.drop_outcomes(BEFORE) == 3
    assert store.runs.outcomes("old") == [Outcome.failed("eve", "x")]
    assert store.runs.outcomes("again") == []
    assert len(store.runs.outcomes("newest")) == 2


def test_the_newest_word_on_anybody_stays_with_its_run_as_long_as_there_is_the_course(store, leave):
    grade = {"action": "assignment-autograde", "scope": HW1}
    leave("first", Outcome.done("ada"), Outcome.skipped("eve", "none"), **grade)
    leave("second", Outcome.done("ada"), **grade)
    leave("third", Outcome.done("ada"), at=RECENT, **grade)

    store.attic.drop_outcomes(BEFORE)
    assert drop_runs(store, courses=("py",)) == 1
    assert store.runs.latest_outcomes("assignment-autograde", HW1) == {
        "ada": Outcome.done("ada"),
        "eve": Outcome.skipped("eve", "none"),
    }

    assert drop_runs(store, courses=("p%", "other")) == 1
    assert ids(store) == {"third"}


def test_a_plan_goes_when_no_run_carries_it_out(store, leave):
    leave("run", plan="used")
    for fingerprint, at in (("used", LONG_AGO), ("unused", LONG_AGO), ("young", RECENT)):
        store.plans.keep(fingerprint, "course/py", "{}", at)

    assert store.attic.drop_plans(BEFORE) == 1
    left = [it for it in ("used", "unused", "young") if store.plans.find(it, "course/py")]
    assert left == ["used", "young"]


def test_what_was_seen_on_hubs_goes_and_a_session_that_lasted_stays(store):
    for at in (LONG_AGO, RECENT):
        server = RunningServer(username=f"ada{at.month}", server="", started_at=LONG_AGO)
        user = HubUser(name="ada", last_activity_at=at)
        store.usage.add_sample(Sample(hub="campus", taken_at=at), [server], [user])

    assert store.attic.drop_usage(BEFORE) == 3
    window = ("campus", LONG_AGO - DAY, RECENT + DAY)
    assert [it.taken_at for it in store.usage.samples(*window)] == [RECENT]
    assert [it.username for it in store.usage.sessions(*window)] == ["ada4"]
    assert [it.active_at for it in store.usage.activities(*window)] == [RECENT]


def test_alerts_go_when_they_have_long_been_over(store):
    alert = Alert(
        key="open",
        severity=Severity.PROBLEM,
        job="n",
        scope="hub/campus",
        what="is away",
        mend="",
        run_id="r",
        since=LONG_AGO,
        seen_at=LONG_AGO,
    )
    over = [replace(alert, key=str(at), cleared_at=at) for at in (LONG_AGO, RECENT)]
    store.alerts.keep([alert, *over])

    assert store.attic.drop_alerts(BEFORE) == 1
    assert {it.key for it in store.alerts.open()} == {"open", str(RECENT)}


def test_more_than_one_statement_can_take_goes(store, leave):
    outcomes = [Outcome.done(f"learner{number}") for number in range(1200)]
    leave("old", *outcomes)
    leave("newest", *outcomes)

    assert store.attic.drop_outcomes(BEFORE) == 1200
