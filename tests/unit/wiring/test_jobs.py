"""One run of a job works on many courses, and asks each hub for its lists once."""

from datetime import timedelta

import pytest

from courseops.adapters.memory.ambient import SilentProgress
from courseops.adapters.memory.hub import MemoryHub
from courseops.config import CourseSection, load_config
from courseops.config.writing import config_text
from courseops.errors import ConfigError
from courseops.resources import shipped
from courseops.wiring import Site
from courseops.wiring.checks import checks
from courseops.wiring.jobs import job_action, jobs_in_use, jobs_of, places_of


class Counted(MemoryHub):
    """A hub that counts how often its accounts are listed."""

    readings = 0

    def users(self):
        self.readings += 1
        return super().users()


@pytest.fixture
def hub() -> Counted:
    return Counted("campus")


@pytest.fixture
def site(tmp_path, hub, monkeypatch):
    monkeypatch.setattr(Site, "hub", lambda _site, _name: hub)
    secret = tmp_path / "campus.token"
    secret.touch(mode=0o600)
    secret.write_text("x")
    for course, people in {"one": "ada bob", "two": "ada cid"}.items():
        rows = "".join(f"{name},{name}@univ.example\n" for name in people.split())
        (tmp_path / f"{course}.csv").write_text(f"username,email\n{rows}")
    section = {"url": "https://hub.example.org", "token": {"file": str(secret)}}
    courses = {c: {"hub": "campus", "roster": {"csv": f"{c}.csv"}} for c in ("one", "two")}
    config = tmp_path / "config.toml"
    config.write_text(config_text({}, {"campus": section}, courses))
    opened = Site(load_config(config), actor="tests", progress=SilentProgress())
    yield opened
    opened.close()


@pytest.fixture
def own_job(site, tmp_path):
    """Write a job of the operator's own over a shipped one of some action."""
    folder = tmp_path / "jobs"
    folder.mkdir()
    site.config = site.config.model_copy(update={"jobs": folder})

    def write(name, **keys):
        lines = [f"{key} = {value}" for key, value in keys.items()]
        text = (shipped("jobs") / f"{name}.toml").read_text()
        (folder / f"{name}.toml").write_text("\n".join([text, *lines]))

    return write


def sync(site: Site) -> None:
    places, act = job_action(site, jobs_of(site)["roster-sync"])
    for place in places:
        act(place)


def test_the_courses_of_one_run_share_one_reading_of_their_hub(site, hub):
    sync(site)

    assert hub.members == {"nbgrader-one": {"ada", "bob"}, "nbgrader-two": {"ada", "cid"}}
    assert hub.readings == 1


def test_only_courses_with_a_calendar_are_released_by_themselves(site):
    job = jobs_of(site)["release-on-time"]
    assert job_action(site, job)[0] == []
    moment = "2026-03-02T08:00+01:00"
    site.config = site.config.model_copy(
        update={
            "courses": {
                key: CourseSection(
                    hub="campus", folder="course", assignments={"hw1": {key: moment}}
                )
                for key in ("release_at", "due_at")
            }
        }
    )

    assert job_action(site, job)[0] == ["release_at"]


def test_jobs_for_which_the_site_has_nothing_do_not_run_by_themselves(site):
    in_use = set(jobs_in_use(site, jobs_of(site)))
    assert in_use == {"roster-sync", "usage-sample", "weekly-usage-report", "housekeeping"}
    assert {"nightly-backup", "release-on-time"} <= set(jobs_of(site))


def test_a_job_that_is_switched_off_does_not_run_by_itself(own_job, site):
    own_job("roster-sync", enabled="false")
    assert "roster-sync" not in jobs_in_use(site, jobs_of(site))
    assert "roster-sync" in jobs_of(site)


def test_a_job_on_courses_is_for_those_on_the_hubs_that_it_names(own_job, site):
    own_job("roster-sync", hubs='["camp*"]', courses='["t*"]')
    assert places_of(site, jobs_of(site)["roster-sync"]) == ["two"]
    own_job("roster-sync", hubs='["other*"]')
    assert places_of(site, jobs_of(site)["roster-sync"]) == []


def test_doctor_warns_of_a_job_of_ones_own_that_is_for_nothing_here(own_job, site):
    own_job("roster-sync", hubs='["other*"]')
    (check,) = [it for it in checks(site) if it.subject == "jobs"]
    assert [it.subject for it in check.look()] == ["jobs", "job/roster-sync"]


def test_a_plain_name_that_config_toml_does_not_have_is_refused(own_job, site):
    own_job("roster-sync", courses='["tow"]')
    with pytest.raises(ConfigError) as refusal:
        jobs_of(site)
    assert refusal.value.problems == (
        "roster-sync.toml: courses: tow is not in config.toml, which has these: one, two",
    )


def test_a_run_for_what_fell_due_is_for_that_course_alone(site):
    job = jobs_of(site)["release-on-time"]
    assert job_action(site, job, "two/hw1")[0] == ["two"]


def test_a_weekly_report_is_written_for_the_days_up_to_last_midnight(site):
    places, act = job_action(site, jobs_of(site)["weekly-usage-report"])
    (said,) = [act(place) for place in places]
    (page,) = (site.state / "reports").iterdir()
    assert said == f"wrote {page}"
    today = site.journal.clock.now().astimezone(site.time_zone).date()
    assert page.name == f"usage-campus-{today - timedelta(days=7)}.html"
    assert "<html" in page.read_text()


def test_each_run_reads_the_hub_anew(site, hub):
    sync(site)
    hub.members["nbgrader-one"].discard("ada")

    sync(site)

    assert hub.members["nbgrader-one"] == {"ada", "bob"}
    assert hub.readings == 2
