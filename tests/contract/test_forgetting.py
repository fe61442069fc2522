"""Somebody's name goes out of the whole database at once, and what must stay is as it was."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, event, text

from courseops.adapters.store import open_store
from courseops.errors import CourseOpsError
from courseops.model.people.fate import Fate, Grounds, going, staying
from courseops.model.run import AuditRecord, Outcome, Phase, Run
from courseops.model.usage.seen import Window, hours
from tests.support.people import AT, COURSE, HUB, fill, naming, texts

OTHERS = ("adam", "ada.b", "nada")
GROUNDS = Grounds(departures=("offboard-apply", "offboard-erase"))
TOKEN = "p-0123456789"
EVIDENCE = {
    ("manifests", "learner"),
    ("manifests", "folder"),
    ("manifests", "place"),
    ("extensions", "learner"),
    ("gradings", "learner"),
}
PROOF = {("tombstones", "username"), ("tombstones", "volume"), ("snapshots", "tags")}
COPIES = {
    ("homes", "username"),
    ("shards", "username"),
    ("last_copies", "username"),
    ("drills", "username"),
    ("drills", "problem"),
    ("broken_versions", "username"),
    ("broken_versions", "path"),
    ("drills", "path"),
    ("stays", "path"),
    ("unread_paths", "path"),
}


@pytest.fixture
def store(database_url):
    with open_store(database_url) as opened:
        for number, username in enumerate(("ada", *OTHERS), start=1):
            fill(database_url, username, number)
        yield opened


@pytest.fixture
def forget(store):
    def forget(*records, username="ada", pseudonym=TOKEN):
        whom = replace(store.people.identify(HUB, username, (COURSE,)), volume="homes/ada")
        return store.people.forget(whom, GROUNDS, pseudonym, records)

    return forget


def traces(store, username="ada"):
    whom = replace(store.people.identify(HUB, username, (COURSE,)), volume="homes/ada")
    return store.people.traces(whom, GROUNDS)


def run(sql, url):
    engine = create_engine(url)
    with engine.begin() as connection:
        for each in sql:
            connection.execute(text(each))
    engine.dispose()


def without_copies(url):
    run(["DELETE FROM stays WHERE home = 1001", "DELETE FROM homes WHERE number = 1001"], url)


def test_afterwards_only_what_stays_names_them(forget, database_url):
    forget()

    assert naming(database_url, "ada") == EVIDENCE | PROOF | COPIES


def test_once_the_backups_hold_nothing_of_them_what_is_noted_of_these_goes(forget, database_url):
    without_copies(database_url)

    forget()

    assert naming(database_url, "ada") == EVIDENCE | PROOF


def test_nothing_of_anybody_else_changes(forget, database_url):
    before = {
        (table, column, each)
        for table, column, row, each in texts(database_url)
        if any(other in str(row) for other in OTHERS)
    }

    forget()

    assert before - {(t, c, each) for t, c, _, each in texts(database_url)} == set()


def test_a_plan_and_what_was_done_say_the_same(store, forget):
    planned = traces(store)

    assert forget() == planned
    assert {it.what for it in going(planned)} >= {"enrolments in courses", "their lines in plans"}
    assert all(it.why for it in staying(planned))


def test_the_second_time_there_is_nothing_to_do_and_the_same_stays(store, forget, database_url):
    left = staying(forget())
    everything = set(map(repr, texts(database_url)))

    # Who they were can only be told from what stayed.
    assert going(traces(store)) == ()
    assert staying(traces(store)) == left
    forget(pseudonym="p-another")
    assert set(map(repr, texts(database_url))) == everything


def test_hours_and_people_of_a_course_are_what_they_were(store, forget):
    window = Window(since=AT - timedelta(days=1), until=AT + timedelta(days=1))

    def counted():
        sessions = store.usage.sessions(HUB, window.since, window.until)
        members = {it.username for it in store.enrolments.memberships(COURSE)}
        period = {HUB: timedelta(minutes=5)}
        known = [it for it in sessions if it.username in members]
        return hours(known, window, period), len({it.username for it in known}), len(members)

    before = counted()
    forget()

    assert counted() == before
    assert before[1] == 4


def test_that_it_was_done_is_written_with_it_or_nothing_is(store, forget, database_url):
    record = AuditRecord(
        run_id="adam-run",
        at=AT,
        actor="dpo",
        phase=Phase.MADE,
        subject=TOKEN,
        change="forget",
    )
    before = set(map(repr, texts(database_url)))

    with pytest.raises(CourseOpsError):
        forget(replace(record, run_id="there is no such run"))
    assert set(map(repr, texts(database_url))) == before

    forget(record)
    assert record in store.runs.audit_of("adam-run")


def test_a_process_that_dies_on_the_way_has_changed_nothing(store, forget, database_url):
    before = set(map(repr, texts(database_url)))
    engine = store.people._database._engine
    said = []

    def die(_connection, _cursor, statement, *_):
        said.append(statement)
        if statement.startswith("UPDATE runs"):
            raise KeyboardInterrupt

    event.listen(engine, "before_cursor_execute", die)
    with pytest.raises(KeyboardInterrupt):
        forget()
    event.remove(engine, "before_cursor_execute", die)

    assert any(it.startswith("UPDATE accounts") for it in said)
    assert set(map(repr, texts(database_url))) == before
    forget()
    assert naming(database_url, "ada") == EVIDENCE | PROOF | COPIES


@pytest.mark.parametrize(
    ("action", "scope", "fate"),
    [
        ("roster-apply", "course/py", Fate.RENAMED),
        ("look", "hub/campus", Fate.RENAMED),
        ("restore-apply", "home/campus/ada", Fate.RENAMED),
        ("assignment-autograde", "course/py/hw1", Fate.STAYS),
        ("offboard-apply", "home/campus/ada", Fate.STAYS),
        ("offboard-erase", "hub/campus", Fate.STAYS),
        ("backup-run", "hub/campus", Fate.ERASED),
        ("backup-drill", "drill/campus", Fate.ERASED),
        ("roster-apply", "course/elsewhere", None),
        ("roster-apply", "course/python", None),
        ("backup-run", "hub/campus2", None),
    ],
)
def test_what_ran_is_evidence_or_a_by_product(store, forget, database_url, action, scope, fate):
    without_copies(database_url)
    named = {"id": "new", "action": action, "scope": scope, "actor": "grace"}
    store.runs.start(Run(started_at=AT, **named))
    outcomes = [Outcome.failed("ada", "ada has no room"), Outcome.done("adam", "as nada said")]
    store.runs.note("new", outcomes)
    made = {"at": AT, "actor": "grace", "phase": Phase.MADE, "change": "enrol"}
    audit = [
        AuditRecord(run_id="new", subject=it, detail=f"as {it}", **made) for it in ("ada", "eve")
    ]
    store.runs.audit(audit)

    forget()

    renamed = replace(outcomes[0], subject=TOKEN, reason=f"{TOKEN} has no room")
    now = {
        Fate.RENAMED: [renamed, outcomes[1]],
        Fate.ERASED: [outcomes[1]],
    }.get(fate, outcomes)
    assert store.runs.outcomes("new") == now
    changed = replace(audit[0], subject=TOKEN, detail=f"as {TOKEN}")
    now = {Fate.RENAMED: [changed, audit[1]], Fate.ERASED: [audit[1]]}.get(fate, audit)
    assert store.runs.audit_of("new") == now


def test_a_plan_lists_them_no_more_and_can_be_read(store, forget):
    document = (
        '{"changes": [{"username": "ada"}, {"username": "adam"}], "unmanaged": ["ada", "nada"], '
        '"before": [{"person": {"id": "id-ada", "username": "lovelace"}}], "course_id": "ada"}'
    )
    store.plans.keep("abc", "course/py", document, AT)
    store.plans.keep("def", "course/elsewhere", document, AT)
    store.plans.keep("ghi", "offboard/home/campus/ada", '{"partings": []}', AT)

    forget()

    assert store.plans.find("abc", "course/py").document == (
        f'{{"before": [], "changes": [{{"username": "adam"}}], "course_id": "{TOKEN}", '
        '"unmanaged": ["nada"]}'
    )
    assert store.plans.find("def", "course/elsewhere").document == document
    assert store.plans.find("ghi", "offboard/home/campus/ada") is None


def test_evidence_goes_too_once_somebody_says_that_nobody_can_dispute_it(store, database_url):
    without_copies(database_url)
    named = {"action": "assignment-autograde", "scope": "course/py/hw1", "actor": "grace"}
    store.runs.start(Run(id="new", started_at=AT, **named))
    store.runs.note("new", [Outcome.failed("ada", "ada's kernel died"), Outcome.done("adam")])
    whom = store.people.identify(HUB, "ada", (COURSE,))

    store.people.forget(
        replace(whom, volume="homes/ada"), replace(GROUNDS, keeps_evidence=False), TOKEN, ()
    )

    assert naming(database_url, "ada") == PROOF
    assert store.runs.outcomes("new")[0] == Outcome.failed(TOKEN, f"{TOKEN}'s kernel died")
    assert [it.subject for it in store.runs.outcomes("new")] == [TOKEN, "adam"]


def test_work_is_theirs_under_what_the_gradebook_calls_them_and_only_there(store, database_url):
    run(["UPDATE enrolments SET gradebook_id = '4711' WHERE username = 'ada'"], database_url)
    for scope in ("course/py/hw1", "hub/campus"):
        store.runs.start(Run(id=scope, started_at=AT, action="x", scope=scope, actor="grace"))
        store.runs.note(scope, [Outcome.done("4711")])

    found = {it.table: it for it in store.people.everything(
        store.people.identify(HUB, "ada", (COURSE,))
    )}  # fmt: skip

    assert [it["run_id"] for it in found["outcomes"].rows] == ["ada-run", "course/py/hw1"]
