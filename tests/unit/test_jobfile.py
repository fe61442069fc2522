"""Job files: every problem in every file at once, and the operator's file wins."""

import pytest

from courseops.errors import ConfigError
from courseops.jobfile import Known, load_jobs
from courseops.model.jobs.job import At, CatchUp, Severity
from courseops.resources import shipped
from courseops.wiring.jobs import ACTIONS

GOOD = 'description = "x"\naction = "backup"\nschedule = { cron = "30 2 * * mon-fri" }\n'
DRILL = GOOD.replace("backup", "backup-drill")
COLLECT = """
description = "x"
action = "assignment-collect"
schedule = { at = "due", after_minutes = 10 }
"""


def load(*folders, known=None):
    return load_jobs(*folders, actions=ACTIONS, known=known)


@pytest.fixture
def job(tmp_path):
    """Give the one job of a file."""

    def read(text):
        (tmp_path / "a.toml").write_text(text)
        return load(tmp_path)["a"]

    return read


@pytest.fixture
def problems(tmp_path):
    """Give what is wrong with a file, or with several by their names."""

    def read(text="", known=None, **files):
        for name, content in (files or {"a": text}).items():
            (tmp_path / f"{name}.toml").write_text(content)
        with pytest.raises(ConfigError) as refusal:
            load(tmp_path, known=known)
        return refusal.value.problems

    return read


def test_an_operators_file_overrides_a_shipped_one_of_the_same_name(tmp_path):
    (tmp_path / "nightly-backup.toml").write_text(GOOD)
    jobs = load(shipped("jobs"), tmp_path)
    assert jobs["nightly-backup"].schedule == "30 2 * * mon-fri"
    assert "usage-sample" in jobs


def test_a_file_says_all_that_can_be_said_of_a_job(job):
    found = job(
        """
        description = "x"
        action = "assignment-collect"
        schedule = { at = "due", after_minutes = 2.5 }
        enabled = false
        hubs = ["campus"]
        courses = ["py*"]
        options = { source = "homes", receipts = true, assignments = ["hw*"] }
        deadline_minutes = 90
        lock = "collecting"
        catch_up = "each"
        notify = { problem = ["mail"], warning = [] }
        """
    )
    assert (found.at, found.after_minutes, found.enabled) == (At.DUE, 2.5, False)
    assert (found.hubs, found.courses) == (("campus",), ("py*",))
    assert found.options == {"source": "homes", "receipts": True, "assignments": ("hw*",)}
    assert (found.deadline_minutes, found.lock) == (90, "collecting")
    assert found.catch_up is CatchUp.EACH
    assert found.notify == {Severity.PROBLEM: ("mail",), Severity.WARNING: ()}


def test_what_a_file_does_not_say_has_the_same_default_as_the_job_itself(job):
    found = job(COLLECT)
    assert (found.options, found.notify) == ({}, {})
    assert found.enabled
    assert found.catch_up is CatchUp.NEWEST


def test_every_problem_in_every_file_is_told_at_once(problems):
    found = problems(
        a=GOOD.replace("backup", "bakcup"),
        b=GOOD + "hbus = ['x']\ndeadline_minutes = 0\n",
        c="[[",
        d=COLLECT + 'options = { source = "nowhere", form = 1 }\ncatch_up = "some"',
    )
    assert [line.partition(":")[0] for line in found] == [
        *("a.toml", "b.toml", "b.toml", "c.toml"),
        *("d.toml", "d.toml", "d.toml"),
    ]
    assert "did you mean backup?" in found[0]
    assert any("did you mean hubs?" in line for line in found)
    assert any("options.form: is not a key" in line for line in found)


def test_an_action_that_is_nothing_like_any_other_comes_with_all_that_there_are(problems):
    (problem,) = problems(GOOD.replace("backup", "zzz"))
    assert "there are roster-sync, " in problem


@pytest.mark.parametrize("weekday", ["1", "1-5", "mon,2", "0"])
def test_weekdays_by_number_are_refused_with_the_reason(problems, weekday):
    (problem,) = problems(GOOD.replace("mon-fri", weekday))
    assert "must name its weekdays" in problem


@pytest.mark.parametrize(
    ("schedule", "why"),
    [
        ("{}", "exactly one of"),
        ('{ cron = "* * * * *", every_minutes = 5 }', "exactly one of"),
        ('{ cron = "* * * * *", at = "due" }', "exactly one of"),
        ('{ cron = "* * *" }', "five fields"),
        ('{ cron = "99 2 * * *" }', "bad minute"),
        ('{ cron = "0 2 * * fri-wat" }', "weekdays"),
        ('{ cron = "0 2 * * fri-mon" }', "bad day-of-week"),
        ('{ cron = "0 2 30 feb *" }', "bad day-of-month"),
        ("{ every_minutes = 0 }", "greater than or equal to 1"),
        ("{ every_minutes = 5, after_minutes = 5 }", "goes with at"),
        ('{ at = "due" }', "is for what is done to assignments"),
        ('{ at = "noon" }', "'release' or 'due'"),
    ],
)
def test_a_job_is_due_by_one_schedule_that_makes_sense(problems, schedule, why):
    text = f'description = "x"\naction = "backup"\nschedule = {schedule}'
    (problem,) = problems(text)
    assert why in problem


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ("{ whole_homes = true }", "did you mean whole_home?"),
        ('{ whole_home = "very" }', "options.whole_home: "),
        ("3", "options: "),
    ],
)
def test_options_are_checked_against_the_signature_of_the_action(problems, options, why):
    (problem,) = problems(f"{DRILL}options = {options}")
    assert why in problem


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("courses = ['x']", "courses: says nothing to backup, which is for each hub"),
        ("time_zone = 'Mars/North'", "no time zone"),
        ("notify = { disaster = [] }", "notify"),
        ("lock = 'a b'", "lock"),
        ("hubs = []", "hubs"),
    ],
)
def test_what_cannot_be_meant_is_a_problem(problems, more, why):
    (problem,) = problems(f"{GOOD}{more}")
    assert why in problem


def test_a_time_zone_goes_with_cron_and_with_nothing_else(problems):
    (problem,) = problems(f"{COLLECT}time_zone = 'Europe/Paris'")
    assert "time_zone goes with cron" in problem


def test_a_plain_name_that_the_site_does_not_have_is_a_slip_and_a_pattern_is_not(problems, job):
    known = Known(hubs=["campus"], courses=["py1"])
    text = f"{COLLECT}hubs = ['campus', 'no*', 'campsu']\ncourses = ['py1', 'bio?', 'bio']"
    assert problems(text, known) == (
        "a.toml: hubs: campsu is not in config.toml, which has these: campus",
        "a.toml: courses: bio is not in config.toml, which has these: py1",
    )
