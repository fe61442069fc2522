"""`courseops report usage`: times as people write them, a file or the terminal."""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from courseops.actions.looking import LOOK
from courseops.adapters.store import open_store
from courseops.cli.main import cli
from courseops.model.hub import RunningServer
from courseops.model.roster import Enrolment, Person
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
LEARNERS = ("ada", "bob", "cyd", "dan", "eve", "fay")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site whose hub ran six servers from noon to one o'clock, and is gone now."""
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    with open_store(f"sqlite:///{tmp_path}/state/courseops.sqlite") as store:
        servers = [RunningServer(username=it, server="", started_at=NOON) for it in LEARNERS]
        people = [Enrolment(person=Person(id=it, username=it)) for it in (*LEARNERS, "gus")]
        store.enrolments.enrol("python101", people, NOON)
        for step in range(13):
            at = NOON + step * timedelta(minutes=5)
            store.usage.add_sample(Sample(hub="campus", taken_at=at, running=6), servers, [])
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
    assert "6 of 6" in done.stdout


def test_json_is_one_document_with_its_schema(site):
    document = usage_from(site, "2026-03-02", "2026-03-02")

    assert document["schema"] == "courseops/usage-report"
    assert document["figures"]["sessions"] == 6


def test_a_day_is_meant_whole_and_in_the_schools_zone(site):
    document = usage_from(site, "2026-03-02", "2026-03-02")

    assert document["since"] == "2026-03-02T00:00:00+01:00"
    assert document["until"].startswith("2026-03-02T23:59:59")


def test_a_time_may_name_its_own_zone(site):
    during = usage_from(site, "2026-03-02T12:30:00+00:00", "2026-03-02T14:00")

    assert during["since"] == "2026-03-02T13:30:00+01:00"
    assert during["figures"]["hours"] == pytest.approx(3)


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


DAY = ("--since", "2026-03-02", "--until", "2026-03-02")


def test_counts_of_a_course_name_nobody_and_hide_the_few(site):
    done = report(site, "python101", *DAY)

    assert "1–6 of 7" in done.stdout
    assert "gus" not in done.stdout


def test_names_are_for_one_course_and_leave_a_record(site):
    done = report(site, "python101", "--names", *DAY)

    assert "6 of 7" in done.stdout
    assert "NOT STARTED (Python for beginners)\n  gus\n" in done.stdout
    with open_store(f"sqlite:///{site}/state/courseops.sqlite") as store:
        (look,) = store.runs.recent(action=LOOK)
        assert [it.subject for it in store.runs.audit_of(look.id)] == ["course/python101"]
    for about in ([], ["campus"]):
        assert report(site, *about, "--names").exit_code == 2


def test_the_report_speaks_the_sites_language_or_another(site):
    assert "active accounts" in report(site, *DAY).stdout
    french = report(site, *DAY, "--language", "fr").stdout
    assert french.startswith("École du Lac: Tous les hubs")
    assert "comptes actifs" in french
    config = site / "config.toml"
    config.write_text(CONFIG.replace("[site]", '[site]\nlanguage = "fr"'), encoding="utf-8")
    assert report(site, *DAY).stdout == french


def test_what_is_needed_next_is_for_whoever_is_expected(site):
    text = report(site, "--next", "60", "--server-memory", "1", *DAY).stdout

    assert "for 60 who work as in this time" in text
    assert "73\u202fGB" in text


def test_a_pdf_needs_a_file(site):
    assert report(site, "--format", "pdf").exit_code == 2


def test_a_pdf_is_written(site):
    done = report(site, *DAY, "--output", str(site / "r.pdf"))

    assert done.exit_code == 0, done.output
    assert (site / "r.pdf").read_bytes().startswith(b"%PDF-")


def test_without_weasyprint_it_is_said_how_to_install_it(site, monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    refused = report(site, "--output", str(site / "r.pdf")).exception

    assert "a PDF needs WeasyPrint" in str(refused)
    assert "pip install 'courseops[pdf]'" in refused.hint
    assert not (site / "r.pdf").exists()
