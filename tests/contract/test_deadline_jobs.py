"""A deadline's snapshot, into a real repository: of whom it was due, on time or not at all."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest

from courseops.adapters.memory.ambient import SilentProgress
from courseops.config import load_config
from courseops.config.writing import config_text
from courseops.errors import RefusedError
from courseops.model.roster import Enrolment, Person, Role
from courseops.problems import as_toml
from courseops.wiring import Site
from courseops.wiring.jobs import job_action, jobs_of
from courseops.wiring.times import open_times
from tests.support.backup import PASSWORD, make_home, restic_at

pytestmark = pytest.mark.restic

HOUR = timedelta(hours=1)


@pytest.fixture
def write_site(tmp_path, empty_restic):
    """Open a site with two learners at home, and a course of theirs that only has a calendar."""
    shutil.copytree(empty_restic, tmp_path / "backup")
    homes = tmp_path / "homes"
    homes.mkdir()
    for who in ("ada", "bob"):
        make_home(homes, who, {"hw1.ipynb": "{}"})
    for name, content in {"token": "x", "password": PASSWORD}.items():
        (tmp_path / name).write_text(content)
        (tmp_path / name).chmod(0o600)
    opened = []

    def write(**calendar):
        backup = {"repository": "backup", "password": {"file": "password"}}
        hub = {
            "url": "http://127.0.0.1:1",
            "token": {"file": "token"},
            "homes": f"{homes}/{{username}}",
            "backup": backup,
        }
        text = config_text({}, {"campus": hub}, {"py": {"hub": "campus"}})
        dates = "".join(f"{key} = {as_toml(it)}\n" for key, it in calendar.items())
        config = tmp_path / "config.toml"
        config.write_text(f"{text}\n[courses.py.assignments.hw1]\n{dates}")
        site = Site(load_config(config), actor="tests", progress=SilentProgress())
        people = [
            Enrolment(person=Person(id=who, username=who), role=Role.LEARNER)
            for who in ("ada", "bob")
        ]
        site.store.enrolments.enrol("py", people, datetime.now(UTC) - HOUR)
        opened.append(site)
        return site

    yield write
    for site in opened:
        site.close()


def run(site, slot):
    places, act = job_action(site, jobs_of(site)["deadline-snapshot"], slot.about, slot.due_at)
    return [act(place) for place in places]


def due(site):
    job = jobs_of(site)["deadline-snapshot"]
    now = datetime.now(UTC)
    return list(open_times(site).between(job, now - 48 * HOUR, now + 48 * HOUR))


def homes_in_snapshots(folder):
    there = restic_at(folder, repository=str(folder / "backup"))
    found = sorted(there.snapshots(), key=lambda it: it.taken_at)
    return [sorted(path.rpartition("/")[2] for path in it.paths) for it in found]


def test_the_class_is_kept_at_the_deadline_and_who_has_longer_at_their_own(write_site, tmp_path):
    now = datetime.now(UTC)
    second = timedelta(seconds=1)
    site = write_site(due_at=now - 2 * second, extensions={"bob": now - second})
    of_class, of_bob = due(site)
    assert [of_class.about, of_bob.about] == ["py/hw1", "py/hw1/bob"]

    assert run(site, of_class) == ["2 well"]
    assert run(site, of_bob) == ["1 well"]

    assert homes_in_snapshots(tmp_path) == [["ada", "bob"], ["bob"]]


def test_a_deadline_that_passed_long_ago_gets_no_snapshot_and_says_so(write_site, tmp_path):
    site = write_site(due_at=datetime.now(UTC) - HOUR)
    (of_class,) = due(site)
    with pytest.raises(RefusedError, match="passed 60 minutes ago, without a snapshot"):
        run(site, of_class)
    assert homes_in_snapshots(tmp_path) == []


def test_an_extension_that_was_moved_gives_the_old_moment_nothing_to_do(write_site, tmp_path):
    now = datetime.now(UTC)
    (_, before) = due(write_site(due_at=now - HOUR, extensions={"bob": now}))
    site = write_site(due_at=now - HOUR, extensions={"bob": now + HOUR})
    assert run(site, before) == ["it was moved to another time"]
    assert homes_in_snapshots(tmp_path) == []
