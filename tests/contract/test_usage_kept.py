"""What outlasts the samples: sizes of homes, starts, figures, gaps; in memory and databases."""

from datetime import UTC, date, datetime, timedelta
from math import inf
from zoneinfo import ZoneInfo

from courseops.model.hub import HubUser, RunningServer
from courseops.model.usage.observation import Gap
from courseops.model.usage.rollup import Span, SpanFigures
from courseops.model.usage.seen import HomeSize, Sample, Session, Window
from courseops.model.usage.starts import StartCounts, StartHour

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def size(username: str, at: datetime, size_bytes: int, *, files=1, hub="campus") -> HomeSize:
    return HomeSize(hub=hub, username=username, at=at, size_bytes=size_bytes, files=files)


def session(username="ada", *, minutes=10, hub="campus", **more) -> Session:
    settings = {"server": "", "started_at": NINE, "last_seen_at": NINE + minutes * MINUTE}
    return Session(hub=hub, username=username, **{**settings, **more})


def test_a_size_that_is_as_before_is_not_noted_again(store):
    first, other = size("ada", NINE, 100), size("bob", NINE, 7)
    store.usage.note_sizes([first, other])
    store.usage.note_sizes([size("ada", NINE + DAY, 100)])
    grown = size("ada", NINE + 2 * DAY, 120, files=3)
    store.usage.note_sizes([grown, size("bob", NINE + 2 * DAY, 7)])
    back = size("ada", NINE + 3 * DAY, 100)
    store.usage.note_sizes([back, size("ada", NINE, 5, hub="lab")])

    assert store.usage.sizes("campus", NINE, NINE + 9 * DAY) == [first, other, grown, back]


def test_sizes_begin_with_what_stood_at_the_beginning(store):
    sizes = [size("ada", NINE + day * DAY, 100 + day) for day in range(4)]
    for it in sizes:
        store.usage.note_sizes([it])

    assert store.usage.sizes("campus", NINE + 1.5 * DAY, NINE + 2.5 * DAY) == sizes[1:3]
    assert store.usage.sizes("campus", NINE + 2 * DAY, NINE + 2 * DAY) == sizes[2:3]
    assert store.usage.sizes("campus", NINE - DAY, NINE - MINUTE) == []


def test_starts_of_an_hour_add_up(store):
    store.usage.add_starts("campus", NINE + MINUTE, StartCounts(started=2, waits={1.0: 1, inf: 1}))
    store.usage.add_starts("campus", NINE + 59 * MINUTE, StartCounts(started=1, waits={2.5: 1}))
    store.usage.add_starts("campus", NINE + HOUR, StartCounts(failed=1))
    store.usage.add_starts("lab", NINE, StartCounts(started=9))

    nine = StartCounts(started=3, waits={1.0: 1, 2.5: 1, inf: 1})
    ten = StartCounts(failed=1)
    assert store.usage.starts("campus", NINE, NINE + HOUR) == [
        StartHour(hub="campus", at=NINE, counts=nine),
        StartHour(hub="campus", at=NINE + HOUR, counts=ten),
    ]
    assert store.usage.starts("campus", NINE + MINUTE, NINE + HOUR)[0].counts == ten


def figures(course_id="", *, day=2, span=Span.DAY, **changes) -> SpanFigures:
    settings = {
        "hub": "campus",
        "people": 30,
        "active": 12,
        "sessions": 15,
        "hours": 21.5,
        "peak": 9,
        "peak_at": NINE + MINUTE,
        "hourly_peaks": (*[0] * 9, 9, *[0] * 14),
        "observed": 0.979,
        "homes": 28,
        "storage_bytes": 10**12,
    }
    first_day = date(2026, 3, day)
    return SpanFigures(course_id=course_id, span=span, first_day=first_day, **settings | changes)


def test_figures_are_kept_by_span_hub_and_course(store):
    bare = figures("py", people=None, peak_at=None, homes=None, storage_bytes=None)
    kept = [figures(), bare, figures(day=3)]
    others = [figures(span=Span.WEEK), figures(hub="lab"), figures(day=20)]
    store.usage.keep_figures([*reversed(kept), *others], {})

    assert store.usage.figures("campus", Span.DAY, date(2026, 3, 1), date(2026, 3, 3)) == kept
    assert store.usage.figures("campus", Span.DAY, date(2026, 3, 3), date(2026, 3, 3)) == kept[2:]
    assert (
        store.usage.figures("campus", Span.WEEK, date(2026, 3, 2), date(2026, 3, 2)) == others[:1]
    )


def test_figures_that_are_counted_again_replace_the_old(store):
    for active in (12, 13):
        store.usage.keep_figures([figures(active=active)], {})

    assert store.usage.figures("campus", Span.DAY, date.min, date.max) == [figures(active=13)]


def test_gaps_that_touch_are_one_and_are_cut_to_what_is_asked(store):
    def gap(since, until):
        return Gap(since=NINE + since * HOUR, until=NINE + until * HOUR)

    store.usage.keep_figures([], {"campus": [gap(0, 2), gap(4, 5)], "lab": [gap(0, 9)]})
    store.usage.keep_figures([], {"campus": [gap(2, 3), gap(4, 5)]})

    assert store.usage.gaps("campus", NINE - DAY, NINE + DAY) == [gap(0, 3), gap(4, 5)]
    assert store.usage.gaps("campus", NINE + HOUR, NINE + 2 * HOUR) == [gap(1, 2)]
    assert store.usage.gaps("campus", NINE + 3 * HOUR, NINE + 4 * HOUR) == []


def test_a_bookmark_stays_where_it_was_put_last(store):
    assert store.usage.bookmark("campus", "events") == ""
    for text in ("12", "34"):
        store.usage.put_bookmark("campus", "events", text)
    store.usage.put_bookmark("lab", "events", "56")

    assert store.usage.bookmark("campus", "events") == "34"


def test_an_end_that_is_known_stays_known(store):
    ended = NINE + 12 * MINUTE
    store.usage.add_sessions([session(minutes=10)])
    store.usage.add_sessions([session(minutes=10, ended_at=ended)])
    store.usage.add_sessions([session(minutes=8), session("bob", hub="lab")])

    assert store.usage.sessions("campus", NINE, NINE + DAY) == [session(minutes=10, ended_at=ended)]


def test_an_end_that_comes_with_an_earlier_sight_is_taken_and_the_sight_is_not(store):
    store.usage.add_sessions([session(minutes=10)])
    store.usage.add_sessions([session(minutes=0, ended_at=NINE + 9 * MINUTE)])

    (found,) = store.usage.sessions("campus", NINE, NINE + DAY)
    assert found == session(minutes=10, ended_at=NINE + 9 * MINUTE)


def test_the_days_of_activities_are_those_of_the_schools_clocks(store):
    # Half past midnight in Auckland is still yesterday in Greenwich.
    auckland = ZoneInfo("Pacific/Auckland")
    for hour in (13, 36):
        at = datetime(2026, 3, 2, tzinfo=auckland) + hour * HOUR
        user = HubUser(name="ada", last_activity_at=at)
        store.usage.add_sample(Sample(hub="campus", taken_at=at), [], [user], auckland)

    found = store.usage.activities("campus", NINE - 2 * DAY, NINE + 2 * DAY)
    assert [it.active_at.astimezone(auckland).day for it in found] == [2, 3]


def test_whoever_is_forgotten_has_no_name_and_what_they_used_stays(store):
    for name in ("ada", "bob"):
        server = RunningServer(username=name, server="", started_at=NINE)
        user = HubUser(name=name, last_activity_at=NINE)
        store.usage.add_sample(
            Sample(hub="campus", taken_at=NINE + MINUTE * len(name) + (name == "bob") * MINUTE),
            [server],
            [user],
        )
        store.usage.note_sizes([size(name, NINE, 3)])
    store.usage.forget("campus", "ada")
    store.usage.forget("campus", "nobody-of-this-name")

    everywhere = [
        store.usage.sessions("campus", NINE, NINE + DAY),
        store.usage.activities("campus", NINE, NINE + DAY),
        store.usage.sizes("campus", NINE, NINE + DAY),
    ]
    for found in everywhere:
        names = {it.username for it in found}
        assert len(names) == 2
        assert "bob" in names
        assert all(name == "bob" or name.startswith("?") for name in names)
    assert len({it.username for found in everywhere for it in found}) == 2


def test_it_is_known_from_when_to_when_each_hub_was_looked_at(store):
    assert store.usage.watched() == {}
    for hub, minutes in (("campus", 0), ("lab", 3), ("campus", 5), ("campus", 10)):
        look = Sample(hub=hub, taken_at=NINE + minutes * MINUTE, ok=bool(minutes))
        store.usage.add_sample(look, [], [])

    assert store.usage.watched() == {
        "campus": Window(since=NINE, until=NINE + 10 * MINUTE),
        "lab": Window(since=NINE + 3 * MINUTE, until=NINE + 3 * MINUTE),
    }
