"""Collecting adds and never replaces; each learner's own deadline decides what counts."""

from dataclasses import replace

import pytest

from courseops.actions.assignments.collecting import collect_assignment
from courseops.actions.assignments.extending import extend_deadline
from courseops.actions.assignments.manifests import list_manifests
from courseops.adapters.memory.gradebook import MemoryGradebook
from courseops.errors import CourseOpsError, RefusedError
from courseops.model.assignments.candidate import Bounds, Source, Trouble
from courseops.model.assignments.deadline import Ground, Terms
from courseops.model.assignments.manifest import State
from courseops.model.roster import Enrolment, Person
from courseops.model.run import Status
from tests.support.collecting import (
    COURSE,
    DAY,
    DUE,
    MINUTE,
    NAME,
    NOTEBOOK,
    Bench,
    candidate,
)


@pytest.fixture
def bench():
    return Bench()


def collect(bench, journal, *, students=(), at=None, **changes):
    return collect_assignment(bench.ports(**changes), journal, NAME, students=students, at=at)


def hand_in(bench, learner, at, content=b"one", **changes):
    bench.source.put(NAME, candidate(learner, at, **changes), {"hw1.ipynb": content})


def shown(bench, learner):
    return bench.archive.submitted[NAME, learner][1]["hw1.ipynb"]


def kinds(done):
    return {it.subject: it.kind for it in done.outcomes}


def test_the_last_in_time_counts_and_late_ones_are_kept_and_marked(bench, journal):
    hand_in(bench, "ada", DUE - DAY, b"early")
    hand_in(bench, "ada", DUE - MINUTE, b"last")
    hand_in(bench, "ada", DUE + MINUTE, b"late")
    hand_in(bench, "bob", DUE + 2 * MINUTE, b"late too")

    done = collect(bench, journal)

    assert shown(bench, "ada") == b"last"
    assert shown(bench, "bob") == b"late too"
    works = {it.learner: it for it in done.submissions}
    assert (works["ada"].late_seconds, works["ada"].kept) == (0, 2)
    assert (works["bob"].late_seconds, works["bob"].kept) == (120, 1)
    assert {it.subject: it.reason for it in done.outcomes}["bob"] == "late by 0:02:00"


def test_a_second_collection_takes_nothing_twice_and_adds_what_is_new(bench, journal):
    hand_in(bench, "ada", DUE - DAY)
    hand_in(bench, "bob", DUE - DAY)
    assert kinds(collect(bench, journal)) == {"ada": "collected", "bob": "collected"}

    hand_in(bench, "ada", DUE - MINUTE, b"two")
    again = collect(bench, journal)

    assert kinds(again) == {"ada": "updated", "bob": "unchanged"}
    assert shown(bench, "ada") == b"two"
    assert len(bench.archive.folders(NAME, "ada")) == 2
    assert kinds(collect(bench, journal)) == {"ada": "unchanged", "bob": "unchanged"}


def test_the_same_content_is_not_kept_twice_unless_it_was_there_earlier(bench, journal):
    hand_in(bench, "ada", DUE + DAY)
    collect(bench, journal)
    hand_in(bench, "ada", DUE + 2 * DAY)
    collect(bench, journal)
    assert len(bench.archive.folders(NAME, "ada")) == 1

    hand_in(bench, "ada", DUE - DAY)
    done = collect(bench, journal)

    assert len(bench.archive.folders(NAME, "ada")) == 2
    assert done.submissions[0].late_seconds == 0


def test_an_extension_a_newcomers_time_and_a_grace_each_count(bench, journal):
    for learner in ("ada", "bob", "cyd", "dan"):
        hand_in(bench, learner, DUE + 2 * DAY)
    bench.record.extend(COURSE, NAME, "ada", DUE + 3 * DAY, DUE)
    bench.granted["bob"] = 3 * DAY
    newcomer = Enrolment(person=Person(id="3", username="cyd"))
    bench.enrolments.enrol(COURSE, [newcomer], DUE - DAY)

    terms = Terms(released_at=DUE - 2 * DAY, late_registration=7 * DAY)
    done = collect(bench, journal, terms=terms)

    grounds = {it.learner: (it.ground, it.late_seconds > 0) for it in done.submissions}
    assert grounds == {
        "ada": (Ground.EXTENSION, False),
        "bob": (Ground.EXTENSION, False),
        "cyd": (Ground.LATE_REGISTRATION, False),
        "dan": (Ground.ASSIGNMENT, True),
    }
    generous = collect(bench, journal, terms=replace(terms, grace=2 * DAY))
    assert not any(it.late_seconds for it in generous.submissions)


def test_an_extension_that_comes_later_makes_the_late_work_count(bench, journal):
    hand_in(bench, "ada", DUE - DAY, b"half")
    hand_in(bench, "ada", DUE + DAY, b"whole")
    collect(bench, journal)
    assert shown(bench, "ada") == b"half"

    bench.record.extend(COURSE, NAME, "ada", DUE + 2 * DAY, DUE)
    assert kinds(collect(bench, journal)) == {"ada": "updated"}
    assert shown(bench, "ada") == b"whole"


def test_work_that_changed_after_the_time_it_claims_counts_from_the_change(bench, journal):
    hand_in(bench, "ada", DUE - DAY, witnessed_at=DUE + DAY)

    (work,) = collect(bench, journal).submissions
    assert (work.submitted_at, work.remarks) == (DUE + DAY, ("clock",))

    other = Bench(source=bench.source)
    (work,) = collect(other, journal, by_claim=True).submissions
    assert (work.submitted_at, work.remarks) == (DUE - DAY, ("clock",))


def test_what_was_there_at_a_moment_can_be_asked_for(bench, journal):
    hand_in(bench, "ada", DUE - 2 * DAY, b"then")
    hand_in(bench, "ada", DUE - MINUTE, b"now")
    collect(bench, journal, at=DUE - DAY)
    assert shown(bench, "ada") == b"then"


def test_one_learners_trouble_stops_nobody(bench, journal):
    hand_in(bench, "ada", DUE - DAY)
    hand_in(bench, "bob", DUE - DAY, trouble=Trouble(kind="link", reason="a link", mend="none"))
    hand_in(bench, "..", DUE - DAY)
    hand_in(bench, "cyd", DUE - DAY, b"x" * 100)

    done = collect(bench, journal, bounds=Bounds(file_bytes=99))

    assert kinds(done) == {
        "..": "invalid-name",
        "ada": "collected",
        "bob": "link",
        "cyd": "too-big",
    }
    failed = [it for it in done.outcomes if it.status is Status.FAILED]
    assert all(it.reason and it.mend for it in failed)
    assert ("hw1", "bob") not in bench.archive.submitted
    assert list(bench.archive.folders(NAME, "cyd")) == []


@pytest.mark.parametrize(("times", "kind"), [(1, "collected"), (2, "changing")])
def test_what_changes_while_it_is_copied_is_tried_once_more(bench, journal, times, kind):
    hand_in(bench, "ada", DUE - DAY)
    bench.source.changing = times
    assert kinds(collect(bench, journal)) == {"ada": kind}


def test_what_lay_in_submitted_and_was_not_ours_is_kept_before_it_is_replaced(bench, journal):
    theirs = candidate("ada", DUE - 2 * DAY, source=Source.SUBMITTED, place="submitted")
    bench.submitted.put(NAME, theirs, {"hw1.ipynb": b"mended by a teacher"})
    hand_in(bench, "ada", DUE - DAY, b"newer")

    assert kinds(collect(bench, journal)) == {"ada": "collected"}

    assert shown(bench, "ada") == b"newer"
    kept = bench.archive.kept[NAME, "ada"].values()
    assert {it.contents["hw1.ipynb"] for it in kept} == {b"mended by a teacher", b"newer"}


def test_what_nbgrader_collected_itself_counts_and_stays_where_it_is(bench, journal):
    theirs = candidate("ada", DUE - DAY, source=Source.SUBMITTED, place="submitted")
    bench.submitted.put(NAME, theirs, NOTEBOOK)
    bench.source.put(NAME, candidate("ada", DUE - DAY), NOTEBOOK)

    assert kinds(collect(bench, journal)) == {"ada": "collected"}
    assert bench.archive.submitted[NAME, "ada"][1] == {}  # acknowledged, not written


def test_a_run_that_died_before_its_record_is_finished_by_the_next(bench, journal):
    hand_in(bench, "ada", DUE - DAY)
    collect(bench, journal)

    bench.record = type(bench.record)()
    done = collect(bench, journal)

    assert kinds(done) == {"ada": "unchanged"}
    assert len(bench.archive.folders(NAME, "ada")) == 1
    assert len(bench.record.collected(COURSE, NAME)) == 1


def test_a_learner_who_submits_without_end_fills_no_disk(bench, journal):
    for number in range(30):
        hand_in(bench, "ada", DUE + number * MINUTE, str(number).encode())
    (work,) = collect(bench, journal, late_kept=3).submissions
    assert work.kept == 4


def test_only_the_students_named_are_collected(bench, journal):
    hand_in(bench, "ada", DUE - DAY)
    hand_in(bench, "bob", DUE - DAY)
    assert kinds(collect(bench, journal, students=["bob"])) == {"bob": "collected"}


def test_each_collection_leaves_outcomes_and_audit_records(bench, journal):
    hand_in(bench, "ada", DUE - DAY)
    done = collect(bench, journal)
    assert [it.subject for it in journal.runs.outcomes(done.run_id)] == ["ada"]
    assert [it.phase for it in journal.runs.audit_of(done.run_id)] == ["intended", "made"]


def test_every_manifest_is_proved_and_what_is_wrong_is_named(bench, journal):
    for learner in ("ada", "bob", "cyd", "dan", "eve", "fay"):
        hand_in(bench, learner, DUE - DAY, learner.encode())
    collect(bench, journal)
    ports, kept = bench.ports(), bench.archive.kept

    def only(learner):
        return next(iter(kept[NAME, learner].values()))

    only("bob").contents["hw1.ipynb"] = b"better"
    only("cyd").contents.clear()
    only("dan").signature = only("ada").signature
    kept[NAME, "eve"].clear()
    only("fay").manifest, only("fay").signature = only("ada").manifest, only("ada").signature

    found = list_manifests(ports, NAME, verify=True)

    assert {it.learner: it.state for it in found.submissions} == {
        "ada": State.OK,
        "bob": State.ALTERED,
        "cyd": State.MISSING,
        "dan": State.UNSIGNED,
        "eve": State.MISSING,
        "fay": State.ALTERED,
    }
    assert found.wrong == 5
    quick = {it.learner: it.state for it in list_manifests(ports, NAME).submissions}
    assert quick["bob"] is State.OK


def test_what_an_earlier_key_signed_stays_proved(bench, journal):
    hand_in(bench, "ada", DUE - DAY)
    collect(bench, journal)
    bench.signer.earlier, bench.signer.key = [bench.signer.key], "new"
    assert list_manifests(bench.ports(), NAME, verify=True).wrong == 0
    bench.signer.earlier = []
    assert list_manifests(bench.ports(), NAME, verify=True).wrong == 1


def extend(bench, journal, until, learner="ada", **changes):
    gradebook = MemoryGradebook()
    gradebook.put_students([Person(id="1", username="ada")])
    told = []

    def grant(*args):
        told.append(args)
        return True

    done = extend_deadline(
        bench.ports(**changes), gradebook, journal, NAME, learner, until, grant=grant
    )
    assert told == [(NAME, "ada", until)]
    return done


def test_an_extension_is_kept_told_to_the_gradebook_and_audited(bench, journal):
    done = extend(bench, journal, DUE + DAY)

    assert (done.before, done.until, done.in_gradebook) == (DUE, DUE + DAY, True)
    assert bench.record.extensions(COURSE, NAME) == {"ada": DUE + DAY}
    assert [it.phase for it in journal.runs.audit_of(done.run_id)] == ["intended", "made"]
    assert extend(bench, journal, DUE + 2 * DAY).before == DUE + DAY


def test_an_extension_is_never_earlier_and_never_for_a_stranger(bench, journal):
    with pytest.raises(RefusedError, match="already"):
        extend(bench, journal, DUE)
    with pytest.raises(CourseOpsError, match="nobody called zoe"):
        extend(bench, journal, DUE + DAY, learner="zoe")
    bench.course.due_at = None
    with pytest.raises(CourseOpsError, match="no deadline"):
        extend(bench, journal, DUE + DAY)
