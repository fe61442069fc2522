"""One run of a job works on many courses, and asks each hub for its lists once."""

import pytest

from courseops.adapters.memory.ambient import SilentProgress
from courseops.adapters.memory.hub import MemoryHub
from courseops.config import CourseSection, load_config
from courseops.config.writing import config_text
from courseops.wiring import Site
from courseops.wiring.jobs import job_action, jobs_of


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


def test_each_run_reads_the_hub_anew(site, hub):
    sync(site)
    hub.members["nbgrader-one"].discard("ada")

    sync(site)

    assert hub.members["nbgrader-one"] == {"ada", "bob"}
    assert hub.readings == 2
