"""Job files: every problem in every file at once, and the operator's file wins."""

import pytest

from courseops.errors import ConfigError
from courseops.jobfile import load_jobs
from courseops.resources import shipped

GOOD = 'description = "x"\naction = "backup"\nschedule = { cron = "30 2 * * mon-fri" }\n'


def problems_of(folder):
    with pytest.raises(ConfigError) as refusal:
        load_jobs(folder)
    return refusal.value.problems


def test_an_operators_file_overrides_a_shipped_one_of_the_same_name(tmp_path):
    (tmp_path / "nightly-backup.toml").write_text(GOOD)
    jobs = load_jobs(shipped("jobs"), tmp_path)
    assert jobs["nightly-backup"].schedule == "30 2 * * mon-fri"
    assert "usage-sample" in jobs


def test_every_problem_in_every_file_is_told_at_once(tmp_path):
    (tmp_path / "a.toml").write_text(GOOD.replace("backup", "reboot"))
    (tmp_path / "b.toml").write_text(GOOD + "hbus = ['x']\n")
    (tmp_path / "c.toml").write_text("[[")
    found = problems_of(tmp_path)
    assert [line.partition(":")[0] for line in found] == ["a.toml", "b.toml", "c.toml"]
    assert "did you mean hubs?" in found[1]


@pytest.mark.parametrize("weekday", ["1", "1-5", "mon,2", "0"])
def test_weekdays_by_number_are_refused_with_the_reason(tmp_path, weekday):
    (tmp_path / "a.toml").write_text(GOOD.replace("mon-fri", weekday))
    (problem,) = problems_of(tmp_path)
    assert "must name its weekdays" in problem


@pytest.mark.parametrize(
    "schedule",
    [
        "{}",
        '{ cron = "* * * * *", every_minutes = 5 }',
        '{ cron = "* * *" }',
        '{ cron = "99 2 * * *" }',
        '{ cron = "0 2 * * fri-wat" }',
        "{ every_minutes = 0 }",
    ],
)
def test_a_job_is_due_by_one_schedule_that_makes_sense(tmp_path, schedule):
    (tmp_path / "a.toml").write_text(f'description = "x"\naction = "backup"\nschedule = {schedule}')
    assert len(problems_of(tmp_path)) == 1
