"""Housekeeping goes through everything, whatever fails, and says what it let go of."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from courseops.actions.housekeeping import HousekeepingPorts, keep_house
from courseops.actions.people.forgetting import FORGET
from courseops.actions.people.pseudonyms import Pseudonyms
from courseops.adapters.memory.people import MemoryPseudonymKeys
from courseops.adapters.sheds import StateFolders
from courseops.adapters.store import open_store_in
from courseops.errors import CourseOpsError
from courseops.model.keeping import LEAST, Spans
from courseops.model.people.pseudonym import Terms
from courseops.model.run import Ending, Outcome, Phase, Run

DAY = timedelta(days=1)
SPANS = Spans(uneventful=30 * DAY, runs=90 * DAY, logs=30 * DAY, usage=90 * DAY)


@pytest.fixture
def store(tmp_path):
    with open_store_in(tmp_path) as opened:
        yield opened


@pytest.fixture
def house(journal, store):
    return replace(journal, runs=store.runs)


@pytest.fixture
def ports(store, tmp_path):
    sheds = StateFolders(tmp_path)
    return HousekeepingPorts(
        attic=store.attic, sheds=sheds, courses=("py",), keep_figures=lambda: "0 counted"
    )


def reasons(done):
    return {outcome.subject: outcome.reason for outcome in done.outcomes}


def test_a_year_of_backups_comes_down_to_what_is_young_or_went_wrong(house, ports, store):
    for day in range(365):
        with house.run("backup-run", "hub/campus") as entry:
            entry.note(*(Outcome.done(name) for name in ("ada", "bob")))
            if day % 100 == 0:
                entry.note(Outcome.failed("eve", "unreadable"))
        house.clock.advance(DAY)

    done = reasons(keep_house(ports, house, SPANS))

    # Of the four that went wrong, the newest that did stays whole.
    assert done["outcomes"] == f"{2 * 334} rows dropped"
    assert done["runs without event"] == "331 rows dropped"
    assert done["runs"] == "3 rows dropped"
    left = store.runs.recent(action="backup-run", limit=1000)
    assert len(left) == 31
    assert [run.ending for run in left].count(Ending.INCOMPLETE) == 1


def test_the_second_time_there_is_nothing_to_let_go_of(house, ports):
    for _ in range(9):
        with house.run("backup-run", "hub/campus"):
            house.clock.advance(20 * DAY)
    assert reasons(keep_house(ports, house, SPANS))["runs without event"] == "7 rows dropped"

    again = reasons(keep_house(ports, house, SPANS))

    assert {it.partition(" ")[0] for it in again.values()} == {"0"}


def test_a_run_whose_process_died_long_ago_is_settled_and_one_at_work_is_not(house, ports, store):
    for scope in ("course/dead", "course/alive"):
        start = {"actor": "ada", "started_at": house.clock.now()}
        store.runs.start(Run(id=scope, action="roster-apply", scope=scope, **start))
    house.clock.advance(3 * DAY)

    with house.locks.hold("course/alive"):
        done = reasons(keep_house(ports, house, SPANS))

    assert done["runs left open"] == "1 settled"
    assert store.runs.get("course/dead").ending is Ending.INTERRUPTED
    assert store.runs.get("course/alive").ending is Ending.RUNNING


def test_the_trouble_of_one_place_never_stops_the_others(house, ports, tmp_path):
    class Stuck(StateFolders):
        def clear_logs(self, before):  # noqa: ARG002 -- the port's signature
            raise CourseOpsError("cannot remove run1.jsonl", hint="let courseops write there")

    stuck = Stuck(tmp_path)
    done = keep_house(replace(ports, sheds=stuck), house, SPANS)

    failed = [it for it in done.outcomes if it.reason == "cannot remove run1.jsonl"]
    assert [(it.subject, it.mend) for it in failed] == [("logs", "let courseops write there")]
    assert "locks" in reasons(done), "what comes after it is done"
    assert house.runs.get(done.run_id).ending is Ending.INCOMPLETE


@pytest.mark.parametrize("span", ["uneventful", "runs"])
def test_what_jobs_look_back_on_is_never_let_go_of(house, ports, span):
    with pytest.raises(CourseOpsError, match="15 days at least"):
        keep_house(ports, house, replace(SPANS, **{span: LEAST - DAY}))
    assert house.runs.recent() == []


def test_keys_of_pseudonyms_go_with_what_they_were_for_but_never_that_of_this_term(house, ports):
    keys = MemoryPseudonymKeys(house.clock)
    names = Pseudonyms(keys=keys, terms=Terms(begins=((1, 1),), zone=UTC))
    ports = replace(ports, pseudonyms=names)
    for _ in range(3):
        names.of("campus", ["ada"], house.clock.now())
        house.clock.advance(365 * DAY)
    assert reasons(keep_house(ports, house, SPANS))["keys of pseudonyms"] == "3 destroyed"

    now = names.terms.of(house.clock.now())
    names.of("campus", ["ada"], house.clock.now())
    house.clock.advance(200 * DAY)
    keys.key("2020-01-01")

    assert reasons(keep_house(ports, house, SPANS))["keys of pseudonyms"] == "0 destroyed"
    assert [it.term for it in keys.known()] == ["2020-01-01", now]


def test_that_somebody_was_forgotten_stays_on_record_for_good(house, ports, store):
    for _ in range(3):
        with house.run(FORGET, "hub/campus") as entry:
            entry.audit(Phase.MADE, ["p-0123456789"], "forget them", "sessions: 12")
        house.clock.advance(1000 * DAY)

    keep_house(ports, house, SPANS)

    kept = store.runs.recent(action=FORGET, limit=10)
    assert [len(store.runs.audit_of(run.id)) for run in kept] == [1, 1, 1]
