"""What the configuration says of telling people: which ways, when, and how a job's places read."""

from datetime import time

import pytest

from courseops.actions.jobs.claiming import claim_by_hand
from courseops.actions.jobs.running import carry_out
from courseops.adapters.memory.ambient import SilentProgress
from courseops.adapters.memory.hub import MemoryHub
from courseops.adapters.notices.apprise import AppriseNotifier
from courseops.config import load_config
from courseops.config.writing import config_text
from courseops.errors import ConfigError
from courseops.wiring import Site
from courseops.wiring.daemon import job_ports
from courseops.wiring.jobs import job_action, jobs_of
from courseops.wiring.notices import looks_at_notices, ways_to_tell
from courseops.wiring.telling import Telling, tell_people

URL = "json://127.0.0.1:1/secret"


def site_of(folder, **notices):
    (folder / "pager.url").touch(mode=0o600)
    (folder / "pager.url").write_text(URL)
    config = folder / "config.toml"
    config.write_text(config_text({"name": "École", "notices": notices}, {}, {}))
    return Site(load_config(config), actor="tester", progress=SilentProgress())


def test_each_way_has_its_name_and_apprise_as_many_as_are_wanted(tmp_path):
    apprise = {name: {"file": "pager.url"} for name in ("pager", "chat")}
    site = site_of(tmp_path, webhook={"url": "https://chat.example.org/x"}, apprise=apprise)
    ways = ways_to_tell(site)
    assert tuple(ways) == site.config.site.notices.ways == ("webhook", "pager", "chat")
    assert isinstance(ways["pager"], AppriseNotifier)
    assert set(looks_at_notices(site)) == {"notices/webhook", "notices/pager", "notices/chat"}
    (found,) = looks_at_notices(site)["notices/pager"]()
    assert "secret" not in repr(found)


@pytest.mark.parametrize(
    ("notices", "complaint"),
    [
        ({"quiet_hours": "22-7"}, r"notices.quiet_hours: must be two times of day"),
        ({"quiet_hours": "25:00-07:00"}, "notices.quiet_hours: hour must be in"),
        ({"quiet_hours": "07:00-07:00"}, "must begin and end at different times"),
        ({"reminder_days": ["1"]}, "notices.reminder_days"),
        ({"apprise": {"mail": {"file": "pager.url"}}}, "a way called mail"),
        ({"apprise": {"pager": URL}}, "notices.apprise.pager"),
    ],
)
def test_what_makes_no_sense_is_said(tmp_path, notices, complaint):
    with pytest.raises(ConfigError) as said:
        site_of(tmp_path, **notices)
    assert complaint in " ".join(said.value.problems)


def test_the_hours_and_days_are_those_of_the_configuration(tmp_path):
    site = site_of(tmp_path, quiet_hours="20:30-07:00", reminder_days=["fri"])
    peace = Telling(site)._peace
    assert peace.hours == (time(20, 30), time(7))
    assert peace.reminder_days == {"fri"}
    assert peace.zone == site.time_zone


def test_the_daemons_trouble_reaches_people_once_and_is_over_once(tmp_path, hook):
    site = site_of(tmp_path, webhook={"url": f"http://127.0.0.1:{hook.port}/x"})
    telling = Telling(site)
    for _ in range(2):
        telling.tell("daemon on host", {"reload": "jobs/x.toml: action: is missing"})
    telling.tell("daemon on host", {})
    began, ended = hook.told()
    assert "daemon on host" in began
    assert "reload: jobs/x.toml: action: is missing" in began
    assert "over" in ended
    site.close()


@pytest.fixture
def school(tmp_path, hook, monkeypatch):
    """Give a site with a course of six people, and a web address for notices."""
    hub = MemoryHub("campus")
    monkeypatch.setattr(Site, "hub", lambda _site, _name: hub)
    (tmp_path / "campus.token").touch(mode=0o600)
    hubs = {"campus": {"url": "https://hub.example.org", "token": {"file": "campus.token"}}}
    courses = {"one": {"hub": "campus", "roster": {"csv": "one.csv"}}}
    notices = {"webhook": {"url": f"http://127.0.0.1:{hook.port}/x"}}
    config = tmp_path / "config.toml"
    config.write_text(config_text({"notices": notices}, hubs, courses))
    site = Site(load_config(config), actor="tester", progress=SilentProgress())
    yield site
    site.close()


def sync(site, *people):
    """Have the job run, as the daemon does, on a class list of these people."""
    rows = [f"{name},{name}@univ.example" for name in people]
    (site.config.path.parent / "one.csv").write_text("\n".join(["username,email", *rows, ""]))
    job = jobs_of(site)["roster-sync"]
    ports = job_ports(site)
    carry_out(ports, claim_by_hand(ports, job, "tester"), lambda: job_action(site, job))
    tell_people(Telling(site))


def test_a_plan_that_a_job_finds_held_is_one_message_with_all_of_it(school, hook):
    everybody = ("ada", "bob", "cid", "dan", "eve", "flo")
    sync(school, *everybody)
    assert hook.posted == []
    for _ in range(2):
        sync(school, "ada")
    ((_, document),) = hook.posted
    (held,) = school.store.runs.held()
    (matter,) = document["matters"]
    assert "drop bob (hub group nbgrader-one)" in matter["changes"]
    assert f"courseops job approve {held.id}" in document["text"]

    # The list is mended: the plan waits no longer, and nothing is wrong.
    sync(school, *everybody)
    assert school.store.runs.held() == []
    assert school.store.alerts.open() == []


def test_without_any_way_nothing_fails(tmp_path):
    site = site_of(tmp_path)
    tell_people(Telling(site))
    site.close()
