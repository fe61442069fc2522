"""Who sees which runs: what a run was on decides."""

from dataclasses import replace
from datetime import UTC, datetime

from courseops.model.jobs.alert import alert_of
from courseops.model.jobs.glance import Glance, narrowed
from courseops.model.rights import Rights
from courseops.model.run import Run
from courseops.model.sight import Sight, sight_of

NOW = datetime(2026, 3, 2, tzinfo=UTC)
JOBS = {
    "job/ours": ["python101"],
    "job/shared": ["campus", "far"],
    "job/theirs": ["far"],
    "job/house": ["site"],
}


def seen_by(rights: Rights, *, alone: bool = False) -> Sight:
    return sight_of(rights, "campus", ["python101", "stats"], JOBS, alone=alone)


def run(scope: str, job: str = "") -> Run:
    return Run(id=scope, action="act", scope=scope, actor="ada", started_at=NOW, job=job)


def test_a_course_is_no_other_whose_name_begins_alike():
    teacher = seen_by(Rights(teaches=frozenset({"python101"})))
    assert teacher.sees(run("course/python101"))
    assert teacher.sees(run("course/python101/hw1"))
    assert not teacher.sees(run("course/python1012"))
    assert not teacher.sees(run("course/python1012/hw1"))
    assert not teacher.sees(run("course/stats"))


def test_an_operator_sees_all_of_a_job_only_if_it_is_for_nobody_else():
    operator = seen_by(Rights(operates=True))
    assert operator.sees_all_of(run("job/ours", "ours"))
    assert operator.sees(run("job/shared", "shared"))
    assert not operator.sees_all_of(run("job/shared", "shared"))
    assert not operator.sees(run("job/theirs", "theirs"))
    assert not operator.sees(run("job/house", "house"))


def test_the_operator_of_the_only_hub_sees_what_is_the_sites():
    operator = seen_by(Rights(operates=True), alone=True)
    for scope in ("site", "job/house", "job/long-gone", "pseudonyms"):
        job = scope.removeprefix("job/") if scope.startswith("job/") else ""
        assert operator.sees_all_of(run(scope, job))


def test_a_glance_is_narrowed_to_what_may_be_seen():
    here, there = run("hub/campus"), run("hub/far")
    alert = replace(alert_of("k", "hub/campus", "away", "", NOW), run_id="here")
    of_both = replace(alert, scope="mail", met=("job/a hub/campus", "job/a hub/far"))
    known = Glance(
        newest=(here, there),
        unsettled=(there,),
        failed={},
        claimed={"ours": NOW, "theirs": NOW},
        known={"ours": NOW, "theirs": NOW},
        alerts=(alert, of_both, replace(alert, scope="hub/far")),
        copies={},
    )
    seen = narrowed(known, seen_by(Rights(operates=True)))
    assert (seen.newest, seen.unsettled, seen.alerts) == ((here,), (), (alert,))
    assert seen.claimed.keys() == seen.known.keys() == {"ours"}
    all_of_it = narrowed(known, seen_by(Rights(operates=True), alone=True))
    assert len(all_of_it.alerts) == 3
