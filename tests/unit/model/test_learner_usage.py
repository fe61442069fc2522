"""One person's weeks: hours add up, a night between two weeks is cut, gaps are said."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from courseops.model.usage.learner import AccountSeen, count_learner
from courseops.model.usage.seen import Activity, Sample, Session, Window

PARIS = ZoneInfo("Europe/Paris")
MONDAY = datetime(2026, 3, 2, 0, 0, tzinfo=PARIS)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def session(since, length, **more):
    named = {"hub": "campus", "username": "ada", "server": ""}
    return Session(started_at=since, last_seen_at=since + length, **named | more)


def active(at):
    return Activity(hub="campus", username="ada", active_at=at)


def samples(since, until, *, but=()):
    count = (until - since) // (5 * MINUTE)
    taken = (since + 5 * MINUTE * it for it in range(count + 1))
    return [Sample(hub="campus", taken_at=at) for at in taken if at not in but]


def counted(sessions=(), activities=(), *, since=MONDAY, until=MONDAY + 14 * DAY, seen=None):
    found = AccountSeen(sessions=sessions, activities=activities, sizes=())
    watched = samples(since, until) if seen is None else seen
    return count_learner(found, watched, Window(since=since, until=until), PARIS)


def test_weeks_add_up_to_the_whole():
    made = counted(
        [
            session(MONDAY + 10 * HOUR, 2 * HOUR),
            session(MONDAY + 7 * DAY + 10 * HOUR, HOUR),
            session(MONDAY + 9 * DAY, HOUR),
        ]
    )

    assert [(it.monday, it.sessions, it.days) for it in made.weeks] == [
        (date(2026, 3, 2), 1, 1),
        (date(2026, 3, 9), 2, 2),
    ]
    # Half a sampling period is added to each: nobody saw its very end.
    assert made.hours == 4 + 3 * 2.5 / 60
    assert round(sum(it.hours for it in made.weeks), 9) == round(made.hours, 9)
    assert (made.sessions, made.days_active) == (3, 3)


def test_a_night_from_sunday_to_monday_is_of_both_weeks():
    made = counted([session(MONDAY + 7 * DAY - HOUR, 2 * HOUR)])

    assert [round(it.hours, 2) for it in made.weeks] == [1.0, 1.04]
    assert [it.sessions for it in made.weeks] == [1, 0]
    assert [it.days for it in made.weeks] == [1, 1]


def test_activity_without_a_server_that_was_seen_is_a_day_too():
    made = counted(activities=[active(MONDAY + 3 * DAY)])

    assert (made.days_active, made.hours, made.sessions) == (1, 0.0, 0)
    assert made.last_active_at == MONDAY + 3 * DAY


def test_who_was_never_there_has_weeks_of_nothing():
    made = counted()

    assert made.last_active_at is None
    assert {it.hours for it in made.weeks} == {0.0}
    assert made.observed_percent == 100.0


def test_an_end_that_the_hub_told_is_taken_to_the_second():
    end = MONDAY + HOUR
    assert counted([session(MONDAY, 30 * MINUTE, ended_at=end)]).hours == 1.0


def test_a_week_in_which_clocks_change_has_its_own_length():
    since = datetime(2026, 3, 23, tzinfo=PARIS)
    until = datetime(2026, 3, 30, tzinfo=PARIS)
    whole = session(since.astimezone(UTC) - DAY, 9 * DAY)

    made = counted([whole], since=since, until=until)

    assert made.weeks[0].hours == made.hours == 7 * 24 - 1


def test_what_nobody_watched_is_said():
    seen = [it for it in samples(MONDAY, MONDAY + 14 * DAY) if it.taken_at < MONDAY + 7 * DAY]

    assert 49.9 < counted(seen=seen).observed_percent < 50.1
