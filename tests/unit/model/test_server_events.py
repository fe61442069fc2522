"""A hub's own log makes sessions exact, and adds those that no sample saw."""

from datetime import UTC, datetime, timedelta

from courseops.model.usage.events import ServerEvent, corrected
from courseops.model.usage.seen import Session

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def at(minute: float) -> datetime:
    return NINE + timedelta(minutes=minute)


def session(started, seen, *, ended=None, username="ada", server=""):
    return Session(
        hub="campus",
        username=username,
        server=server,
        started_at=at(started),
        last_seen_at=at(seen),
        ended_at=None if ended is None else at(ended),
    )


def event(minute, kind, *, username="ada", server=""):
    return ServerEvent(username=username, server=server, at=at(minute), is_start=kind == "start")


def test_a_stop_gives_the_last_session_before_it_its_exact_end():
    known = [session(0, 15), session(20, 30)]
    events = [event(0.2, "start"), event(17, "stop"), event(20.2, "start"), event(33, "stop")]

    assert corrected("campus", known, events) == [
        session(0, 17, ended=17),
        session(20, 33, ended=33),
    ]


def test_a_session_between_two_samples_is_added():
    found = corrected("campus", [session(30, 40)], [event(1, "start"), event(3, "stop")])

    assert found == [session(1, 3, ended=3)]


def test_a_short_session_just_before_one_that_was_seen_is_a_session_of_its_own():
    known = [session(4, 20)]
    events = [event(1, "start"), event(3, "stop"), event(4.2, "start")]

    assert corrected("campus", known, events) == [session(1, 3, ended=3)]


def test_a_start_after_a_server_ended_by_itself_is_not_taken_for_its_start():
    # It ended with its machine after 9:05; the log knows of no stop.
    known = [session(0, 5)]
    events = [event(0.2, "start"), event(8, "start"), event(9, "stop")]

    assert corrected("campus", known, events) == [session(8, 9, ended=9)]


def test_a_stop_is_not_that_of_a_server_which_was_seen_later():
    assert corrected("campus", [session(0, 20)], [event(10, "stop")]) == []


def test_a_stop_of_which_no_start_is_known_changes_nothing():
    assert corrected("campus", [session(20, 30)], [event(10, "stop")]) == []


def test_servers_of_other_names_and_people_are_apart():
    known = [session(0, 10, server="gpu"), session(0, 10, username="bob"), session(0, 10)]

    found = corrected("campus", known, [event(12, "stop", server="gpu")])
    assert found == [session(0, 12, ended=12, server="gpu")]


def test_to_read_the_same_again_changes_nothing():
    events = [event(1, "start"), event(3, "stop"), event(4, "start"), event(9, "stop")]
    first = corrected("campus", [], events)

    assert corrected("campus", first, events) == []
