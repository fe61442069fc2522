"""What was seen of one account is what was seen of all, picked out, in each kind of store."""

from datetime import timedelta

import pytest

from courseops.adapters.memory.people import MemoryAccountUsage
from courseops.adapters.memory.usage import MemoryUsage
from courseops.model.hub import HubUser
from courseops.model.usage.seen import HomeSize, Sample, Session
from tests.support.people import AT

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOTHING = ([], [], [])


@pytest.fixture
def accounts(store):
    usage = store.usage
    if isinstance(usage, MemoryUsage):
        return MemoryAccountUsage(usage)
    return store.account_usage


@pytest.fixture(autouse=True)
def full(store):
    for hub in ("campus", "lab"):
        for number, name in enumerate(("ada", "bob")):
            at = AT + number * HOUR
            named = {"hub": hub, "username": name}
            store.usage.add_sessions(
                [
                    Session(server="", started_at=at, last_seen_at=at + HOUR, **named),
                    Session(
                        server="two",
                        started_at=at + 2 * DAY,
                        last_seen_at=at + 2 * DAY + HOUR,
                        ended_at=at + 2 * DAY + 2 * HOUR,
                        **named,
                    ),
                ]
            )
            for day in range(4):
                size = HomeSize(at=at + day * DAY, size_bytes=10 + day, files=day, **named)
                store.usage.note_sizes([size])
        users = [HubUser(name=it, last_activity_at=AT + 3 * DAY) for it in ("ada", "bob", "cyd")]
        store.usage.add_sample(Sample(hub=hub, taken_at=AT + 3 * DAY, accounts=3), [], users)


def picked(store, hub, username, since, until):
    usage, account = store.usage, (hub, username)
    return tuple(
        [it for it in give(hub, since, until) if it.account == account]
        for give in (usage.sessions, usage.activities, usage.sizes)
    )


@pytest.mark.parametrize("username", ["ada", "bob", "cyd", "nobody"])
@pytest.mark.parametrize(
    ("since", "until"),
    [(-1, 9), (0, 0), (0.04, 1.5), (1.5, 2.5), (2.5, 9), (5, 9), (-9, -5)],
)
def test_it_is_what_all_is_for_one(store, accounts, username, since, until):
    window = AT + since * DAY, AT + until * DAY

    seen = accounts.of("campus", username, *window)

    found = (list(seen.sessions), list(seen.activities), list(seen.sizes))
    assert found == picked(store, "campus", username, *window)


def test_of_an_unknown_hub_there_is_nothing(accounts):
    seen = accounts.of("moon", "ada", AT, AT + DAY)

    assert (list(seen.sessions), list(seen.activities), list(seen.sizes)) == NOTHING
