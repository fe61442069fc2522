"""What every record of usage promises, asked of memory, SQLite and PostgreSQL."""

from datetime import UTC, datetime, timedelta

from courseops.model.hub import HubUser, RunningServer
from courseops.model.usage.seen import Activity, Sample, Session

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def server(username: str, *, started_at=NINE, name="") -> RunningServer:
    return RunningServer(username=username, server=name, started_at=started_at)


def sample_of(servers, *, at, hub="campus", **more) -> Sample:
    return Sample(hub=hub, taken_at=at, running=len(servers), **more)


def look(store, at, servers=(), users=(), **more) -> Sample:
    sample = sample_of(servers, at=at, **more)
    store.usage.add_sample(sample, servers, users)
    return sample


def test_samples_come_back_oldest_first_with_the_ones_that_failed(store):
    taken = [
        look(store, NINE, [server("ada")], [HubUser(name="ada")], accounts=1),
        look(store, NINE + 5 * MINUTE, ok=False),
        look(store, NINE + 10 * MINUTE, [server("ada"), server("bob")]),
    ]
    look(store, NINE, hub="other")

    assert store.usage.samples("campus", NINE, NINE + DAY) == taken
    assert store.usage.samples("campus", NINE + MINUTE, NINE + 5 * MINUTE) == taken[1:2]


def test_a_session_grows_with_each_sample_that_sees_it(store):
    for minutes in (1, 6, 11):
        look(store, NINE + minutes * MINUTE, [server("ada")])

    assert store.usage.sessions("campus", NINE, NINE + DAY) == [
        Session(
            hub="campus",
            username="ada",
            server="",
            started_at=NINE,
            last_seen_at=NINE + 11 * MINUTE,
        )
    ]


def test_a_restart_and_a_second_server_are_sessions_of_their_own(store):
    again = NINE + 30 * MINUTE
    look(store, NINE + MINUTE, [server("ada"), server("ada", name="gpu")])
    look(store, again + MINUTE, [server("ada", started_at=again), server("bob", started_at=again)])

    found = store.usage.sessions("campus", NINE, NINE + DAY)
    assert sorted((s.username, s.server, s.started_at) for s in found) == [
        ("ada", "", NINE),
        ("ada", "", again),
        ("ada", "gpu", NINE),
        ("bob", "", again),
    ]


def test_a_sample_that_arrives_late_never_shortens_a_session(store):
    look(store, NINE + 10 * MINUTE, [server("ada")])
    look(store, NINE + 5 * MINUTE, [server("ada")])

    (session,) = store.usage.sessions("campus", NINE, NINE + DAY)
    assert session.last_seen_at == NINE + 10 * MINUTE


def test_only_sessions_with_a_moment_in_the_time_are_given(store):
    look(store, NINE + 10 * MINUTE, [server("ada")])

    def found(since, until):
        return len(store.usage.sessions("campus", NINE + since * MINUTE, NINE + until * MINUTE))

    assert found(-10, -1) == 0
    assert found(-10, 0) == 1
    assert found(5, 6) == 1
    assert found(10, 20) == 1
    assert found(11, 20) == 0


def test_the_last_activity_of_each_day_is_kept(store):
    for at in (NINE, NINE + 30 * MINUTE, NINE + DAY):
        users = [HubUser(name="ada", last_activity_at=at), HubUser(name="never")]
        look(store, at + MINUTE, users=users, accounts=2)
    look(store, NINE + DAY + 2 * MINUTE, users=[HubUser(name="ada", last_activity_at=NINE)])

    assert store.usage.activities("campus", NINE, NINE + 2 * DAY) == [
        Activity(hub="campus", username="ada", active_at=NINE + 30 * MINUTE),
        Activity(hub="campus", username="ada", active_at=NINE + DAY),
    ]
    assert store.usage.activities("campus", NINE + DAY, NINE + DAY) != []
    assert store.usage.activities("other", NINE, NINE + DAY) == []


def test_it_is_known_when_the_accounts_were_last_read(store):
    assert store.usage.accounts_read_at("campus") is None
    look(store, NINE, accounts=0)
    look(store, NINE + MINUTE)
    look(store, NINE + 2 * MINUTE, hub="other", accounts=4)

    assert store.usage.accounts_read_at("campus") == NINE
