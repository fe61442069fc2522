"""What every keeper of slots promises: in memory, on SQLite, on PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from threading import Barrier

import pytest

from courseops.adapters.memory.ambient import FixedClock
from courseops.adapters.store import open_store
from courseops.adapters.store.slots import SqlSlots
from courseops.errors import CourseOpsError
from courseops.model.jobs.slot import Slot, slot_of
from courseops.model.run import Ending, Run

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LEASE = timedelta(seconds=90)
HOUR = timedelta(hours=1)
NIGHTLY = Slot(due_at=MONDAY, job="nightly-backup")
DEADLINE = Slot(due_at=MONDAY, job="collect-at-deadline", about="python101/hw1/alice")


def run(run_id: str, *, at=MONDAY) -> Run:
    scope = "job/nightly-backup"
    return Run(id=run_id, action="backup-run", scope=scope, actor="daemon", started_at=at)


def claim(store, slot=NIGHTLY, *, by="ann", name="one", at=MONDAY) -> Run | None:
    return store.slots.claim(slot, run(name, at=at), by, at + LEASE)


def ids(runs) -> list[str]:
    return [found.id for found in runs]


def test_a_slot_that_is_claimed_is_a_run_that_everybody_sees(store):
    claimed = claim(store, DEADLINE)

    assert claimed == replace(
        run("one"), job=DEADLINE.job, due_at=DEADLINE.due_at, about=DEADLINE.about
    )
    assert store.runs.get("one") == claimed
    assert slot_of(claimed) == DEADLINE


def test_a_slot_is_claimed_by_one_and_by_nobody_else(store):
    assert claim(store, by="ann", name="one")
    assert claim(store, by="bob", name="two") is None
    assert claim(store, by="ann", name="three") is None
    assert ids(store.runs.recent()) == ["one"]


def test_what_else_is_due_at_that_moment_is_another_slot(store):
    others = [
        NIGHTLY,
        replace(NIGHTLY, job="weekly-check"),
        replace(NIGHTLY, about="campus"),
        replace(NIGHTLY, due_at=MONDAY + SECOND),
    ]
    claimed = [claim(store, slot, name=f"r{number}") for number, slot in enumerate(others)]
    assert all(claimed)


def test_of_many_who_claim_at_once_each_slot_is_had_by_one(store):
    slots = [replace(NIGHTLY, due_at=MONDAY + number * HOUR) for number in range(10)]
    together = Barrier(4)

    def claims(who: str) -> list[str]:
        together.wait()
        had = [claim(store, slot, by=who, name=f"{who}-{slot.key}") for slot in slots]
        return [it.id for it in had if it is not None]

    with ThreadPoolExecutor(4) as pool:
        had = list(chain.from_iterable(pool.map(claims, ["ann", "bob", "cyd", "dan"])))

    assert len(had) == len(slots)
    assert sorted(had) == sorted(ids(store.runs.recent(limit=100)))


def test_a_lease_that_ran_out_is_taken_over_as_the_same_run(store):
    first = claim(store, by="ann", name="one")
    later = MONDAY + LEASE + SECOND

    second = claim(store, by="bob", name="two", at=later)

    assert second == replace(first, attempt=2)
    assert store.runs.get("one") == second
    assert store.runs.get("two") is None
    assert claim(store, by="cyd", name="three", at=later) is None


def test_a_lease_holds_to_its_last_moment(store):
    claim(store, by="ann")
    assert claim(store, by="bob", name="two", at=MONDAY + LEASE) is None


def test_a_lease_that_is_renewed_holds_on(store):
    claim(store, by="ann")
    assert store.slots.renew("one", "ann", MONDAY + HOUR)
    assert claim(store, by="bob", name="two", at=MONDAY + LEASE + SECOND) is None
    assert claim(store, by="bob", name="two", at=MONDAY + HOUR + SECOND)


def test_whoever_lost_a_claim_is_told_so_and_changes_nothing(store):
    claim(store, by="ann")
    later = MONDAY + LEASE + SECOND
    claim(store, by="bob", at=later)

    assert not store.slots.renew("one", "ann", later + HOUR)
    assert not store.slots.finish("one", "ann", Ending.FAILED, later, "said too late")
    assert store.runs.get("one").ending is Ending.RUNNING
    assert store.slots.renew("one", "bob", later + LEASE)
    assert store.slots.finish("one", "bob", Ending.DONE, later + SECOND)
    ended = store.runs.get("one")
    assert (ended.ending, ended.ended_at, ended.error) == (Ending.DONE, later + SECOND, "")


def test_who_is_late_and_was_not_taken_over_goes_on(store):
    claim(store, by="ann")
    late = MONDAY + 2 * LEASE

    assert ids(store.slots.abandoned(late)) == ["one"]
    assert store.slots.renew("one", "ann", late + LEASE)
    assert store.slots.abandoned(late) == []
    assert store.slots.finish("one", "ann", Ending.INCOMPLETE, late, "two of nine failed")
    assert store.runs.get("one").error == "two of nine failed"


@pytest.mark.parametrize("ending", [it for it in Ending if it is not Ending.RUNNING])
def test_what_has_ended_is_never_claimed_again_nor_ended_otherwise(store, ending):
    claim(store, by="ann")
    assert store.slots.finish("one", "ann", ending, MONDAY + SECOND)

    assert claim(store, by="bob", name="two", at=MONDAY + HOUR) is None
    assert not store.slots.renew("one", "ann", MONDAY + HOUR)
    assert not store.slots.finish("one", "ann", Ending.FAILED, MONDAY + HOUR)
    assert store.slots.underway() == store.slots.abandoned(MONDAY + HOUR) == []
    assert store.runs.get("one").ending is ending


def test_what_was_ended_without_its_owner_is_over_for_the_owner_too(store):
    claim(store, by="ann")
    store.runs.end("one", Ending.INTERRUPTED, MONDAY + SECOND, "a person said so")

    assert not store.slots.renew("one", "ann", MONDAY + HOUR)
    assert not store.slots.finish("one", "ann", Ending.DONE, MONDAY + HOUR)
    assert store.runs.get("one").error == "a person said so"


def test_a_claim_of_a_run_that_nobody_knows_is_nobodys(store):
    assert not store.slots.renew("ghost", "ann", MONDAY)
    assert not store.slots.finish("ghost", "ann", Ending.DONE, MONDAY)


def test_no_slot_takes_the_run_of_another(store):
    claim(store)
    with pytest.raises(CourseOpsError):
        claim(store, DEADLINE, name="one")
    assert claim(store, DEADLINE, name="two")


def by_hand(name: str) -> Slot:
    return replace(NIGHTLY, by_hand=name)


def test_what_a_person_starts_is_claimed_too_but_was_never_due(store):
    claimed = claim(store, by_hand("one"), name="one")

    assert claimed.due_at is None
    assert slot_of(claimed).key == by_hand("one").key
    assert claim(store, slot_of(claimed), by="bob", at=MONDAY + SECOND) is None
    assert ids(store.slots.underway()) == ["one"]


def test_a_run_by_hand_takes_nothing_from_the_schedule(store):
    claim(store, by_hand("one"), name="one")

    assert store.slots.newest(["nightly-backup"]) == {}
    assert claim(store, NIGHTLY, name="two")
    assert claim(store, by_hand("three"), name="three", at=MONDAY + HOUR)
    assert ids(store.slots.newest(["nightly-backup"]).values()) == ["two"]
    assert store.slots.claimed("nightly-backup", MONDAY - HOUR) == {NIGHTLY.key}


def test_whoever_asked_first_for_a_run_to_be_stopped_is_remembered(store):
    claim(store)
    assert store.slots.cancelled_by("one") == ""

    assert store.slots.cancel("one", "ada")
    assert store.slots.cancel("one", "bea")
    assert store.slots.cancelled_by("one") == "ada"


def test_a_run_that_is_to_stop_is_to_stop_for_whoever_takes_it_over(store):
    claim(store, by="ann")
    store.slots.cancel("one", "ada")

    claim(store, by="bob", at=MONDAY + HOUR)
    assert store.slots.cancelled_by("one") == "ada"


def test_only_a_jobs_run_that_is_under_way_can_be_stopped(store):
    store.runs.start(run("a-commands"))
    claim(store)
    store.slots.finish("one", "ann", Ending.DONE, MONDAY)

    assert [store.slots.cancel(name, "ada") for name in ("a-commands", "one", "ghost")] == [
        False
    ] * 3
    assert [store.slots.cancelled_by(name) for name in ("a-commands", "one", "ghost")] == [""] * 3


def test_runs_under_way_and_abandoned_ones_come_oldest_first(store):
    store.runs.start(run("a-commands", at=MONDAY - HOUR))
    claim(store, replace(NIGHTLY, job="later"), name="later", at=MONDAY + SECOND)
    claim(store, replace(NIGHTLY, job="earlier"), name="earlier")
    claim(store, replace(NIGHTLY, job="ended"), name="ended")
    store.slots.finish("ended", "ann", Ending.DONE, MONDAY)

    assert ids(store.slots.underway()) == ["earlier", "later"]
    assert ids(store.slots.abandoned(MONDAY + LEASE)) == []
    assert ids(store.slots.abandoned(MONDAY + LEASE + SECOND)) == ["earlier"]
    assert ids(store.slots.abandoned(MONDAY + HOUR)) == ["earlier", "later"]


def test_the_newest_run_of_a_job_is_that_of_its_latest_slot(store):
    claim(store, replace(NIGHTLY, due_at=MONDAY + HOUR), name="late-slot")
    claim(store, NIGHTLY, name="early-slot-claimed-later", at=MONDAY + 2 * HOUR)
    claim(store, DEADLINE, name="same-moment")
    claim(store, replace(DEADLINE, about="python101/hw1/bob"), name="same-moment-later")

    found = store.slots.newest(["nightly-backup", "collect-at-deadline", "never-ran"])
    assert {job: it.id for job, it in found.items()} == {
        "nightly-backup": "late-slot",
        "collect-at-deadline": "same-moment-later",
    }
    assert store.slots.newest(["never-ran"]) == store.slots.newest([]) == {}


def test_the_slots_of_a_job_that_were_claimed_are_known_by_their_keys(store):
    early = replace(NIGHTLY, due_at=MONDAY - SECOND)
    late = replace(NIGHTLY, due_at=MONDAY + HOUR)
    for number, slot in enumerate([early, NIGHTLY, late, DEADLINE]):
        claim(store, slot, name=f"r{number}")
    store.slots.finish("r1", "ann", Ending.FAILED, MONDAY)

    assert store.slots.claimed("nightly-backup", MONDAY) == {NIGHTLY.key, late.key}
    assert store.slots.claimed("never-ran", MONDAY) == set()


def test_no_name_is_too_odd_for_a_slot(store):
    odd = Slot(due_at=MONDAY, job="caf\udce9", about="py/nul\0nul")
    assert claim(store, odd)
    assert claim(store, odd, name="two") is None
    assert len(store.slots.claimed(odd.job, MONDAY)) == 1


def test_a_job_is_known_from_when_it_was_first_heard_of(store):
    assert store.slots.known_since(["nightly-backup"], MONDAY) == {"nightly-backup": MONDAY}
    both = store.slots.known_since(["nightly-backup", "weekly-check"], MONDAY + HOUR)

    assert both == {"nightly-backup": MONDAY, "weekly-check": MONDAY + HOUR}
    assert store.slots.known_since(["weekly-check"], MONDAY) == {"weekly-check": MONDAY + HOUR}
    assert store.slots.known_since([], MONDAY) == {}


@pytest.mark.postgres
@pytest.mark.parametrize("fast", [HOUR, -HOUR])
def test_a_machine_whose_clock_is_wrong_takes_nothing_over_that_is_held(postgres, fast):
    now = datetime.now(UTC)
    with open_store(postgres.new_database()) as store:
        claim(store, by="ann", at=now)
        theirs = SqlSlots(store.slots._database, FixedClock(now + fast))

        again = run("two", at=now + fast)
        assert theirs.abandoned(now + fast) == []
        assert theirs.claim(NIGHTLY, again, "bob", now + fast + LEASE) is None


@pytest.mark.postgres
@pytest.mark.parametrize("fast", [HOUR, -HOUR])
def test_what_a_machine_with_a_wrong_clock_claims_holds_as_long_as_any_other(postgres, fast):
    now = datetime.now(UTC)
    with open_store(postgres.new_database()) as store:
        theirs = SqlSlots(store.slots._database, FixedClock(now + fast))
        assert theirs.claim(NIGHTLY, run("one", at=now + fast), "bob", now + fast + LEASE)
        for _ in range(2):
            assert store.slots.abandoned(now + LEASE / 2) == []
            assert ids(store.slots.abandoned(now + 2 * LEASE)) == ["one"]
            assert theirs.renew("one", "bob", now + fast + LEASE)
