"""What every store promises, asked of the one in memory, of SQLite and of PostgreSQL."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from courseops.errors import CourseOpsError
from courseops.model.assignments.candidate import Source
from courseops.model.assignments.graded import GradedWork, ResourceUse
from courseops.model.assignments.manifest import Collected
from courseops.model.roster import Enrolment, Membership, Person, Role
from courseops.model.rosters.plan import KeptPlan
from courseops.model.run import AuditRecord, Ending, Outcome, Phase, Run, Status

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def run(run_id: str, *, action="roster-apply", scope="course/python101", at=MONDAY) -> Run:
    return Run(id=run_id, action=action, scope=scope, actor="ada", started_at=at, plan="f00")


def enrolment(person_id: str, username: str, **more: str) -> Enrolment:
    person = Person(id=person_id, username=username, given_name="Zoë", email="z@example.org")
    return Enrolment(person=person, **more)


def test_a_started_run_can_be_found_as_it_was_given(store):
    store.runs.start(run("one"))

    assert store.runs.get("one") == run("one")
    assert store.runs.get("two") is None


def test_a_moment_comes_back_in_utc_to_the_microsecond(store):
    elsewhere = timezone(timedelta(hours=5, minutes=45))
    at = datetime(2026, 3, 2, 14, 45, 0, 123456, tzinfo=elsewhere)
    store.runs.start(run("one", at=at))

    found = store.runs.get("one")
    assert found.started_at == datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)
    assert found.started_at.utcoffset() is not None


def test_the_first_ending_of_a_run_stands(store):
    store.runs.start(run("one"))
    store.runs.end("one", Ending.FAILED, MONDAY + HOUR, "the hub was away")
    store.runs.end("one", Ending.DONE, MONDAY + 2 * HOUR)

    found = store.runs.get("one")
    assert (found.ending, found.ended_at) == (Ending.FAILED, MONDAY + HOUR)
    assert found.error == "the hub was away"


def test_the_same_run_cannot_start_twice(store):
    store.runs.start(run("one"))
    with pytest.raises(CourseOpsError):
        store.runs.start(run("one"))


def test_nothing_is_written_to_a_run_that_never_started(store):
    with pytest.raises(CourseOpsError):
        store.runs.end("ghost", Ending.DONE, MONDAY)
    with pytest.raises(CourseOpsError):
        store.runs.note("ghost", [Outcome.done("ada")])
    with pytest.raises(CourseOpsError):
        store.runs.audit([record("ghost", "ada")])


def test_recent_runs_come_newest_first_and_can_be_narrowed(store):
    store.runs.start(run("old", at=MONDAY))
    store.runs.start(run("new", at=MONDAY + HOUR))
    store.runs.start(run("same-moment", at=MONDAY + HOUR))
    store.runs.start(run("backup", action="backup-run", scope="hub/campus", at=MONDAY - HOUR))

    assert ids(store.runs.recent()) == ["same-moment", "new", "old", "backup"]
    assert ids(store.runs.recent(limit=2)) == ["same-moment", "new"]
    assert ids(store.runs.recent(action="backup-run")) == ["backup"]
    assert ids(store.runs.recent(scope="course/python101", limit=1)) == ["same-moment"]
    assert ids(store.runs.recent(action="backup-run", scope="course/python101")) == []


def test_recent_runs_can_be_narrowed_to_those_that_ended_so(store):
    for number, ending in enumerate([Ending.DONE, Ending.FAILED, Ending.INCOMPLETE]):
        store.runs.start(run(f"r{number}", at=MONDAY + number * HOUR))
        store.runs.end(f"r{number}", ending, MONDAY + 5 * HOUR)
    store.runs.start(run("open", at=MONDAY + 4 * HOUR))

    good = {Ending.DONE, Ending.INCOMPLETE}
    assert ids(store.runs.recent(endings=good)) == ["r2", "r0"]
    assert ids(store.runs.recent(endings=good, limit=1)) == ["r2"]
    assert ids(store.runs.recent(endings={Ending.RUNNING})) == ["open"]


def test_recent_runs_can_be_narrowed_to_some_scopes_and_what_is_below_them(store):
    scopes = ["course/py", "course/py/hw1", "course/Py/hw1", "course/pyx", "hub/campus", "hub/c%"]
    for number, scope in enumerate(scopes):
        store.runs.start(run(str(number), scope=scope, at=MONDAY + number * HOUR))

    assert ids(store.runs.recent(among={"course/py", "course/py/"})) == ["1", "0"]
    assert ids(store.runs.recent(among={"course/py/", "hub/campus"})) == ["4", "1"]
    assert ids(store.runs.recent(among={"course/"}, limit=2)) == ["3", "2"]
    assert ids(store.runs.recent(among={"course/_y/", "hub/%"})) == []
    assert ids(store.runs.recent(among=())) == []


def test_recent_runs_can_be_leafed_through(store):
    for number in range(3):
        store.runs.start(run(str(number), at=MONDAY + number * HOUR))

    assert ids(store.runs.recent(before=MONDAY + 2 * HOUR)) == ["1", "0"]
    assert ids(store.runs.recent(before=MONDAY)) == []


def test_outcomes_are_counted_by_how_they_ended(store):
    for run_id in ("one", "two", "none"):
        store.runs.start(run(run_id))
    store.runs.note("one", [Outcome.done("ada"), Outcome.done("bob"), Outcome.failed("cyd", "no")])
    store.runs.note("two", [Outcome.skipped("ada", "there already")])

    assert store.runs.tallies({"one", "two", "none"}) == {
        "one": {Status.DONE: 2, Status.FAILED: 1},
        "two": {Status.SKIPPED: 1},
    }
    assert store.runs.tallies({"two"}).keys() == {"two"}
    assert store.runs.tallies(()) == {}


def test_the_newest_word_on_somebody_is_given_by_scope(store):
    for run_id, scope in (("one", "a"), ("two", "a"), ("three", "b"), ("four", "c")):
        store.runs.start(run(run_id, action="grade", scope=scope))
        store.runs.note(run_id, [Outcome.done("ada", run_id), Outcome.done("bob")])
    store.runs.start(run("other", action="release", scope="a"))
    store.runs.note("other", [Outcome.done("ada", "other")])

    found = store.runs.latest_of("ada", "grade", ["a", "b", "d"])
    assert found == {"a": Outcome.done("ada", "two"), "b": Outcome.done("ada", "three")}
    assert store.runs.latest_of("zoe", "grade", ["a"]) == {}


def test_an_account_has_its_open_enrolments_in_the_courses_that_are_asked_for(store):
    ada, bob = enrolment("1", "ada"), enrolment("2", "bob")
    for course in ("py", "stats", "art"):
        store.enrolments.enrol(course, [ada, bob], MONDAY)
    store.enrolments.drop("stats", ["1"], MONDAY + HOUR)

    assert store.enrolments.enrolled_in("ada", ["py", "stats"]) == {"py": ada}
    assert store.enrolments.enrolled_in("bob", ["stats"]) == {"stats": bob}
    assert store.enrolments.enrolled_in("zoe", ["py"]) == {}


def ids(runs: list[Run]) -> list[str]:
    return [found.id for found in runs]


def test_outcomes_come_back_whole_and_in_order(store):
    noted = [
        Outcome.failed("zoë", "no such account", kind="missing", mend="create it"),
        Outcome.done("ada"),
        Outcome.skipped("bob", "already there"),
    ]
    store.runs.start(run("one"))
    store.runs.start(run("two"))
    store.runs.note("one", noted[:1])
    store.runs.note("two", [Outcome.done("cyd")])
    store.runs.note("one", noted[1:])
    store.runs.note("one", [])

    assert store.runs.outcomes("one") == noted
    assert store.runs.outcomes("none") == []


def test_no_name_is_too_odd_to_be_noted(store):
    store.runs.start(run("one"))
    store.runs.note("one", [Outcome.done("caf\udce9.ipynb"), Outcome.done("nul\0nul")])

    assert len(store.runs.outcomes("one")) == 2


def record(run_id: str, subject: str, phase: Phase = Phase.INTENDED) -> AuditRecord:
    return AuditRecord(
        run_id=run_id,
        at=MONDAY,
        actor="ada",
        phase=phase,
        subject=subject,
        change="enrol in python101",
        detail="section 2",
    )


def test_audit_records_are_appended_in_order(store):
    written = [record("one", "bob"), record("one", "ada"), record("one", "bob", Phase.MADE)]
    store.runs.start(run("one"))
    store.runs.start(run("two"))
    store.runs.audit(written[:2])
    store.runs.audit([record("two", "cyd")])
    store.runs.audit(written[2:])
    store.runs.audit([])

    assert store.runs.audit_of("one") == written


def test_the_latest_outcome_of_each_subject_is_the_one_noted_last(store):
    for number, reason in enumerate(["first", "second"]):
        store.runs.start(run(reason, action="backup-run", scope="hub/campus"))
        store.runs.note(reason, [Outcome.done("ada", reason)])
        if not number:
            store.runs.note(reason, [Outcome.failed("bob", reason)])
    store.runs.start(run("elsewhere", action="backup-run", scope="hub/other"))
    store.runs.note("elsewhere", [Outcome.failed("ada", "elsewhere")])

    latest = store.runs.latest_outcomes("backup-run", "hub/campus")
    assert latest == {"ada": Outcome.done("ada", "second"), "bob": Outcome.failed("bob", "first")}


def test_the_latest_failures_are_those_that_nothing_newer_has_mended(store):
    for number, reason in enumerate(["first", "second"]):
        store.runs.start(run(reason, action="backup-run", scope="hub/campus"))
        store.runs.note(reason, [Outcome.done("ada") if number else Outcome.failed("ada", "no")])
        store.runs.note(reason, [Outcome.failed("bob", reason, kind="k", mend="m")])
    store.runs.start(run("other", action="backup-run", scope="hub/other"))
    store.runs.note("other", [Outcome.failed("cyd", "other")])
    store.runs.start(run("well", action="backup-run", scope="hub/well"))
    store.runs.note("well", [Outcome.done("ada")])

    scopes = ["hub/campus", "hub/well", "hub/nowhere"]
    bob = Outcome.failed("bob", "second", kind="k", mend="m")
    assert store.runs.latest_failures("backup-run", scopes) == {"hub/campus": {"bob": bob}}
    assert store.runs.latest_failures("backup-run", []) == {}
    assert store.runs.latest_failures("roster-apply", scopes) == {}


def test_who_has_the_newer_of_two_things_is_named(store):
    for run_id, action, *done in (
        ("g1", "grade", "ada", "bob", "cyd"),
        ("f1", "feedback", "ada", "bob", "eve"),
        ("g2", "grade", "bob"),
    ):
        store.runs.start(run(run_id, action=action, scope="course/py/hw1"))
        store.runs.note(run_id, [Outcome.done(who) for who in done])
    store.runs.start(run("f2", action="feedback", scope="course/py/hw1"))
    store.runs.note("f2", [Outcome.failed("cyd", "no"), Outcome.skipped("ada", "same")])

    scopes = ["course/py/hw1", "course/py/hw2"]
    assert store.runs.up_to_date("feedback", "grade", scopes) == {"course/py/hw1": {"ada", "eve"}}
    assert store.runs.up_to_date("feedback", "grade", []) == {}


def test_what_happens_to_a_course_changes_its_version(store):
    def version():
        return store.runs.version("course/py")

    seen = [version()]
    store.runs.start(run("r1", scope="course/py/hw1"))
    seen.append(version())
    store.runs.note("r1", [Outcome.done("ada")])
    seen.append(version())
    store.runs.end("r1", Ending.DONE, MONDAY)
    seen.append(version())
    store.runs.start(run("r2", scope="course/py"))
    seen.append(version())
    assert len(set(seen)) == len(seen)

    store.runs.start(run("r3", scope="course/python"))
    store.runs.start(run("r4", scope="course/py", action="look"))
    assert version() == seen[-1]


def test_a_plan_is_as_old_as_when_it_was_last_kept(store):
    document = '{"changes": ["zoë"]}'
    store.plans.keep("f00", "course/python101", "{}", MONDAY)
    store.plans.keep("f00", "course/python101", document, MONDAY + HOUR)

    kept = KeptPlan(document=document, kept_at=MONDAY + HOUR)
    assert store.plans.find("f00", "course/python101") == kept
    assert store.plans.find("f00", "course/other") is None


def test_a_run_can_learn_its_plan_later(store):
    store.runs.start(replace(run("one"), plan=""))
    store.runs.name_plan("one", "f00")
    assert store.runs.get("one").plan == "f00"


def test_a_held_run_is_settled_once(store):
    store.runs.start(run("one"))
    store.runs.start(run("other", scope="course/other"))
    assert not store.runs.settle("one", Ending.DONE, MONDAY)
    for name in ("one", "other"):
        store.runs.end(name, Ending.HELD, MONDAY)
    assert {held.id for held in store.runs.held()} == {"one", "other"}
    assert [held.id for held in store.runs.held("course/other")] == ["other"]

    assert store.runs.settle("one", Ending.REFUSED, MONDAY + HOUR, "rejected by ada")
    assert not store.runs.settle("one", Ending.DONE, MONDAY)
    found = store.runs.get("one")
    assert (found.ending, found.error) == (Ending.REFUSED, "rejected by ada")
    assert [held.id for held in store.runs.held()] == ["other"]


def test_who_left_a_course_is_known_as_they_were_last(store):
    for number, section in enumerate(["1", "2"]):
        ada = enrolment("7", "ada", section=section)
        store.enrolments.enrol("python101", [ada, enrolment("5", "bob")], MONDAY)
        store.enrolments.drop("python101", ["7"], MONDAY + (number + 1) * HOUR)
    assert store.enrolments.ended("python101") == [enrolment("7", "ada", section="2")]
    store.enrolments.enrol("python101", [enrolment("7", "ada")], MONDAY + 3 * HOUR)
    assert store.enrolments.ended("python101") == []


def test_what_other_programs_call_somebody_is_kept(store):
    ada = enrolment("7", "ada")
    ada = replace(ada, person=replace(ada.person, gradebook_id="s42", lms_id="1138"))
    store.enrolments.enrol("python101", [ada], MONDAY)
    assert store.enrolments.active("python101") == [ada]


def test_an_enrolment_is_listed_with_all_we_know_of_the_person(store):
    ada = enrolment("7", "ada", role=Role.ASSISTANT, section="2")
    store.enrolments.enrol("python101", [ada], MONDAY)
    store.enrolments.enrol("python101", [enrolment("5", "bob")], MONDAY)
    store.enrolments.enrol("stats101", [enrolment("7", "ada")], MONDAY)

    assert store.enrolments.active("python101") == [enrolment("5", "bob"), ada]


def test_enrolling_again_brings_the_open_enrolment_up_to_date(store):
    store.enrolments.enrol("python101", [enrolment("7", "ada")], MONDAY)
    renamed = enrolment("7", "lovelace", section="3")
    store.enrolments.enrol("python101", [renamed], MONDAY + HOUR)

    assert store.enrolments.active("python101") == [renamed]


def test_a_drop_ends_the_enrolment_and_coming_back_opens_another(store):
    store.enrolments.enrol("python101", [enrolment("7", "ada")], MONDAY)
    store.enrolments.drop("python101", ["7"], MONDAY + HOUR)
    store.enrolments.drop("python101", ["nobody"], MONDAY + HOUR)
    assert store.enrolments.active("python101") == []

    store.enrolments.enrol("python101", [enrolment("7", "ada", section="2")], MONDAY + 2 * HOUR)
    assert store.enrolments.active("python101") == [enrolment("7", "ada", section="2")]


def test_every_period_of_everyone_is_remembered(store):
    store.enrolments.enrol("python101", [enrolment("7", "ada", role=Role.ASSISTANT)], MONDAY)
    store.enrolments.enrol("stats101", [enrolment("7", "ada")], MONDAY)
    store.enrolments.drop("python101", ["7"], MONDAY + HOUR)
    store.enrolments.enrol("python101", [enrolment("7", "ada")], MONDAY + 2 * HOUR)

    assert store.enrolments.memberships("python101") == [
        Membership(username="ada", role=Role.ASSISTANT, started_at=MONDAY, ended_at=MONDAY + HOUR),
        Membership(username="ada", role=Role.LEARNER, started_at=MONDAY + 2 * HOUR),
    ]


def test_the_newest_run_of_each_action_and_scope_is_found_behind_any_number_of_others(store):
    for number in range(300):
        at = MONDAY + number * HOUR
        store.runs.start(run(f"r{number}", scope=f"course/{number % 3}", at=at))
    newest = store.record.glance("backup-run", {}).newest
    assert [found.id for found in newest] == ["r299", "r298", "r297"]


def test_whoever_had_a_name_in_some_courses_is_found(store):
    store.enrolments.enrol("python101", [enrolment("7", "ada"), enrolment("5", "bob")], MONDAY)
    store.enrolments.drop("python101", ["7"], MONDAY)
    store.enrolments.enrol("stats101", [enrolment("9", "ada")], MONDAY)
    store.enrolments.enrol("elsewhere", [enrolment("11", "ada")], MONDAY)

    found = store.enrolments.people_called({"ada", "nobody"}, {"python101", "stats101"})
    assert {person.id for person in found} == {"7", "9"}
    assert store.enrolments.people_called(set(), {"python101"}) == []


def test_a_run_says_how_far_it_is(store):
    store.runs.start(run("one"))
    store.runs.expect("one", 3)
    store.runs.note("one", [Outcome.done("alice"), Outcome.done("bob")])
    store.runs.note("one", [])

    found = store.runs.get("one")
    assert (found.total, found.finished) == (3, 2)


def test_the_newest_digest_of_each_grade_is_kept(store):
    def work(learner: str, digest: str) -> GradedWork:
        use = ResourceUse(wall_seconds=1.5, cpu_seconds=0.5, memory_bytes=5_000_000_000)
        return GradedWork(learner=learner, digest=digest, use=use)

    store.gradings.keep("python101", "ps1", [work("alice", "a1"), work("bob", "b1")], MONDAY)
    store.gradings.keep("python101", "ps1", [work("alice", "a2")], MONDAY + HOUR)
    store.gradings.keep("python101", "ps2", [work("alice", "other")], MONDAY)
    store.gradings.keep("python101", "ps1", [], MONDAY)

    assert store.gradings.digests("python101", "ps1") == {"alice": "a2", "bob": "b1"}
    assert store.gradings.digests("python102", "ps1") == {}


def collected(learner: str, folder: str, **changes) -> Collected:
    values = {
        "learner": learner,
        "folder": folder,
        "source": Source.EXCHANGE,
        "place": f"{learner}+hw1+père\udcff",
        "stamp": "5",
        "digest": "d",
        "submitted_at": MONDAY,
        "collected_at": MONDAY + HOUR,
        "fingerprint": "f",
        "remarks": ("clock",),
    }
    return Collected(**{**values, **changes})


def test_what_was_collected_is_listed_and_never_changed(store):
    ada, bob = collected("ada", "two"), collected("bob", "one", place="x")
    early = collected("ada", "one", submitted_at=MONDAY - HOUR, remarks=(), place="y")
    store.collections.add("python101", "hw1", [bob, ada])
    store.collections.add("python101", "hw1", [early, replace(bob, fingerprint="other")])
    store.collections.add("python101", "hw2", [bob])

    found = store.collections.collected("python101", "hw1")

    assert [(it.learner, it.folder) for it in found] == [
        ("ada", "one"),
        ("ada", "two"),
        ("bob", "one"),
    ]
    assert (found[0], found[2]) == (early, bob)
    assert store.collections.collected("other", "hw1") == []
    of_ada = store.collections.collected_of("python101", "ada")
    assert of_ada == {"hw1": [it for it in found if it.learner == "ada"]}
    of_bob = store.collections.collected_of("python101", "bob")
    assert of_bob == {"hw1": [bob], "hw2": [bob]}
    assert store.collections.collected_of("other", "ada") == {}
    store.collections.add("python101", "hw1", [])


def test_the_newest_extension_stands(store):
    store.collections.extend("python101", "hw1", "ada", MONDAY, MONDAY)
    store.collections.extend("python101", "hw1", "ada", MONDAY + HOUR, MONDAY)
    store.collections.extend("python101", "hw1", "bob", MONDAY, MONDAY)

    assert store.collections.extensions("python101", "hw1") == {
        "ada": MONDAY + HOUR,
        "bob": MONDAY,
    }
    assert store.collections.extensions("python101", "hw2") == {}


def of_job(run_id, job, ending, at):
    return replace(run(run_id, at=at), job=job, ending=ending, ended_at=at + HOUR)


def test_the_newest_good_run_of_each_job_is_known_whatever_else_ran(store):
    store.runs.start(of_job("1", "backup", Ending.DONE, MONDAY))
    store.runs.start(of_job("2", "backup", Ending.DONE, MONDAY + HOUR))
    store.runs.start(of_job("3", "backup", Ending.FAILED, MONDAY + 2 * HOUR))
    store.runs.start(of_job("4", "sync", Ending.HELD, MONDAY))
    store.runs.start(replace(run("by-hand"), ending=Ending.DONE, ended_at=MONDAY))
    store.runs.start(replace(run("underway"), job="drill"))

    assert store.runs.last_good() == {"backup": MONDAY + 2 * HOUR}
