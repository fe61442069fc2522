"""The job `usage-sample` also takes in what a hub counted and wrote down, if it is told to."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from courseops.adapters.memory.ambient import SilentProgress
from courseops.adapters.memory.hub import MemoryHub
from courseops.config import load_config
from courseops.config.writing import config_text
from courseops.errors import CourseOpsError, MissingScopeError
from courseops.model.usage.starts import StartCounts
from courseops.wiring import Site
from courseops.wiring.jobs import job_action, jobs_of

HOUR = timedelta(hours=1)


@pytest.fixture
def hub() -> MemoryHub:
    return MemoryHub("campus")


@pytest.fixture
def log(tmp_path):
    return tmp_path / "events.log"


@pytest.fixture
def site(tmp_path, hub, log, monkeypatch):
    monkeypatch.setattr(Site, "hub", lambda _site, _name: hub)
    secret = tmp_path / "campus.token"
    secret.touch(mode=0o600)
    secret.write_text("x")
    section = {"url": "https://hub.example.org", "token": {"file": str(secret)}}
    extras = {"event_log": str(log), "metrics": True}
    config = tmp_path / "config.toml"
    config.write_text(config_text({}, {"campus": section | extras}, {}))
    opened = Site(load_config(config), actor="tests", progress=SilentProgress())
    yield opened
    opened.close()


def sample(site) -> None:
    _, act = job_action(site, jobs_of(site)["usage-sample"])
    act("campus")


def event(at, action):
    schema = "https://schema.jupyter.org/jupyterhub/events/server-action"
    said = {"__schema__": schema, "__timestamp__": f"{at.isoformat()}Z", "action": action}
    return json.dumps({**said, "username": "ada", "servername": ""}) + "\n"


def test_starts_and_the_log_are_taken_in_along_with_a_sample(site, hub, log):
    now = datetime.now(UTC)
    log.write_text(event(now - HOUR, "start") + event(now - HOUR / 2, "stop"))
    sample(site)
    hub.counted = StartCounts(started=1, failed=2, waits={5.0: 1})
    sample(site)

    usage = site.store.usage
    (session,) = usage.sessions("campus", now - 2 * HOUR, now)
    assert session.ended_at - session.started_at == HOUR / 2
    (hour,) = usage.starts("campus", now - HOUR, now + HOUR)
    assert hour.counts == hub.counted


def test_a_sample_is_kept_and_each_extra_taken_in_though_the_other_fails(site, hub, log):
    now = datetime.now(UTC)
    hub.missing = ("read:metrics",)
    log.write_text(event(now - HOUR, "start"))

    with pytest.raises(MissingScopeError, match="read:metrics"):
        sample(site)
    assert len(site.store.usage.samples("campus", now - HOUR, now + HOUR)) == 1
    assert len(site.store.usage.sessions("campus", now - 2 * HOUR, now)) == 1

    hub.missing = ()
    log.unlink()
    with pytest.raises(CourseOpsError, match="event log"):
        sample(site)
