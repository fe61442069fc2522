"""`courseops report usage`: times as people write them, a file or the terminal."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from courseops.adapters.store import open_store
from courseops.cli.main import cli
from courseops.model.hub import RunningServer
from courseops.model.usage.seen import Sample

CONFIG = """
[site]
name = "École du Lac"
time_zone = "Europe/Paris"

[hubs.campus]
url = "http://127.0.0.1:1"
token = { file = "campus.token" }

[courses.python101]
hub = "campus"
title = "Python for beginners"
"""
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site whose hub ran one server from noon to one o'clock, and is gone now."""
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    with open_store(f"sqlite:///{tmp_path}/state/courseops.sqlite") as store:
        server = RunningServer(username="ada", server="", started_at=NOON)
        for step in range(13):
            at = NOON + step * timedelta(minutes=5)
            store.usage.add_sample(Sample(hub="campus", taken_at=at, running=1), [server], [])
    return tmp_path


def report(site: Path, *args: str):
    config = ["--config", str(site / "config.toml")]
    return CliRunner().invoke(cli, ["report", "usage", *args, *config])


def usage_from(site: Path, since: str, until: str) -> dict:
    return json.loads(report(site, "--json", "--since", since, "--until", until).stdout)


def test_prints_text_unless_told_otherwise(site):
    done = report(site, "--since", "2026-03-02", "--until", "2026-03-02")

    assert done.exit_code == 0
    assert done.stdout.startswith("École du Lac: All hubs")
    assert "1 of 1" in done.stdout


def test_json_is_one_document_with_its_schema(site):
    document = usage_from(site, "2026-03-02", "2026-03-02")

    assert document["schema"] == "courseops/usage-report"
    assert document["figures"]["sessions"] == 1


def test_a_day_is_meant_whole_and_in_the_schools_zone(site):
    document = usage_from(site, "2026-03-02", "2026-03-02")

    assert document["since"] == "2026-03-02T00:00:00+01:00"
    assert document["until"].startswith("2026-03-02T23:59:59")


def test_a_time_may_name_its_own_zone(site):
    during = usage_from(site, "2026-03-02T12:30:00+00:00", "2026-03-02T14:00")

    assert during["since"] == "2026-03-02T13:30:00+01:00"
    assert during["figures"]["hours"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("name", "start"), [("r.html", "<!doctype html>"), ("r.csv", "kind,id"), ("r.json", "{")]
)
def test_a_file_is_written_as_its_ending_says(site, name, start):
    done = report(site, "campus", "--output", str(site / name))

    assert (done.exit_code, done.stdout) == (0, "")
    assert (site / name).read_text(encoding="utf-8").lstrip().startswith(start)


def test_a_report_can_speak_of_one_course(site):
    assert report(site, "python101").stdout.startswith("École du Lac: Python for beginners")


def test_a_name_that_is_neither_hub_nor_course_is_refused(site):
    assert "no course called nowhere" in str(report(site, "nowhere").exception)


@pytest.mark.parametrize(
    "wrong", [["--since", "soon"], ["--since", "2026-03-02", "--until", "2026-03-01"]]
)
def test_a_time_that_makes_no_sense_is_wrong_usage(site, wrong):
    assert report(site, *wrong).exit_code == 2


def test_a_hub_that_does_not_answer_the_sample_job_is_counted_as_unseen(site):
    (site / "campus.token").write_text("secret\n")
    (site / "campus.token").chmod(0o600)
    config = ["--config", str(site / "config.toml")]
    done = CliRunner().invoke(cli, ["job", "run", "usage-sample", *config], standalone_mode=False)

    assert done.return_value == 3
    assert "did not answer 1 of 1 times" in report(site).stdout
