"""What a real hub of each release tells of usage: activity, starts, its event log."""

from datetime import UTC, datetime, timedelta

import pytest

from courseops.actions.usage.correcting import count_starts, read_event_log
from courseops.actions.usage.sampling import take_usage_sample
from courseops.adapters.hub.event_log import HubEventLog
from courseops.adapters.memory.ambient import FixedClock
from courseops.adapters.memory.usage import MemoryUsage
from courseops.demo.visitor import Visitor
from courseops.errors import MissingScopeError, UnreachableError
from courseops.model.hub import HubUser
from tests.support.hubs import EVENT_LOG, METER, PROGRAMS, client_of
from tests.support.journal import memory_journal

RELEASES = [
    pytest.param(release, marks=[pytest.mark.hub, pytest.mark.xdist_group(f"hub-{release}")])
    for release in PROGRAMS
]


@pytest.fixture(params=RELEASES)
def local(request, start_hub):
    return start_hub(request.param)


def at_work(local, username, hub):
    """Let somebody come and go; give when the hub's list had the server in between."""
    with Visitor(local.url, username, local.password) as visitor:
        visitor.log_in()
        visitor.start_server()
        servers = [it for it in hub.running_servers() if it.username == username]
        visitor.stop_server()
    return servers


def test_active_users_are_those_since_a_moment_and_all_accounts_are_counted(local, fresh):
    hub = client_of(local)
    ada, *quiet = fresh("ada"), *(fresh("quiet") for _ in range(3))
    hub.create_users(quiet)
    began = datetime.now(UTC) - timedelta(seconds=2)
    with Visitor(local.url, ada, local.password) as visitor:
        visitor.log_in()

    found = hub.active_users(began)
    everybody = hub.users()
    assert found.accounts == len(everybody)
    # Whoever was active is there; others may be, as in a hub that cannot sort.
    assert {it.name for it in everybody if (it.last_activity_at or began) > began} <= {
        it.name for it in found.users
    }
    assert ada in {it.name for it in found.users}
    assert {it.name for it in hub.active_users(None).users} == {it.name for it in everybody}


def test_a_stopped_hub_tells_neither(world):
    hub = world.stopped()
    for ask in (lambda: hub.active_users(None), hub.start_counts):
        with pytest.raises(UnreachableError):
            ask()


def test_starts_are_counted_with_how_long_they_took(local, fresh):
    hub, usage = client_of(local, METER), MemoryUsage()
    count_starts(hub, usage, memory_journal())
    at_work(local, fresh("ada"), hub)
    at_work(local, fresh("bob"), hub)

    new = count_starts(hub, usage, memory_journal(FixedClock(datetime.now(UTC))))
    assert (new.started, new.failed, sum(new.waits.values())) == (2, 0, 2)
    assert 0 < new.percentile_seconds(95) < 120
    (hour,) = usage.starts(hub.name, datetime.now(UTC) - timedelta(hours=2), datetime.now(UTC))
    assert hour.counts == new


def test_a_token_without_the_scope_for_it_may_not_read_starts(local):
    with pytest.raises(MissingScopeError, match="read:metrics"):
        client_of(local).start_counts()


def test_the_hubs_own_log_makes_a_session_exact_and_adds_one_that_no_sample_saw(local, fresh):
    hub, usage, log = client_of(local), MemoryUsage(), HubEventLog(local.folder / EVENT_LOG)
    ada, bob = fresh("ada"), fresh("bob")
    at_work(local, bob, hub)
    with Visitor(local.url, ada, local.password) as visitor:
        visitor.log_in()
        visitor.start_server()
        took_at = datetime.now(UTC)
        take_usage_sample(hub, usage, memory_journal(FixedClock(took_at)))
        visitor.stop_server()
    over_at = datetime.now(UTC)

    in_a_while = memory_journal(FixedClock(over_at + timedelta(minutes=5)))
    read_event_log(hub.name, log, usage, in_a_while)
    whole = (hub.name, took_at - timedelta(hours=1), over_at + timedelta(hours=1))
    mine = {it.username: it for it in usage.sessions(*whole) if it.username in (ada, bob)}
    assert took_at < mine[ada].ended_at <= over_at
    assert mine[bob].started_at < mine[bob].ended_at <= took_at
    assert len([it for it in usage.sessions(*whole) if it.username in (ada, bob)]) == 2
    assert read_event_log(hub.name, log, usage, in_a_while) == 0


@pytest.mark.hub
@pytest.mark.parametrize("release", ["6", "5"])
def test_a_hub_that_sorts_is_asked_for_no_more_than_is_new(start_hub, release, fresh):
    local = start_hub(release)
    hub = client_of(local)
    hub.create_users([fresh("quiet") for _ in range(210)])

    found = hub.active_users(datetime.now(UTC) + timedelta(hours=1))
    assert len(found.users) <= 200
    assert found.accounts > 210
    assert all(isinstance(it, HubUser) for it in found.users)
