"""A hub's event log: what each release writes, what else may be in it, what logrotate does."""

import json
import os
from datetime import UTC, datetime, timedelta

import pytest

from courseops.adapters.hub import event_log
from courseops.adapters.hub.event_log import HubEventLog, event_in
from courseops.errors import CourseOpsError

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = NINE + timedelta(days=1)
NEW_KIND = "https://schema.jupyter.org/jupyterhub/events/server-action"


def line(minute=0, username="ada", action="start", **changes) -> str:
    said = {
        "__timestamp__": (NINE + timedelta(minutes=minute)).isoformat() + "Z",
        "__schema__": NEW_KIND,
        "__schema_version__": "1",
        "action": action,
        "username": username,
        "servername": "",
    }
    return json.dumps(said | changes) + "\n"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "events.log"


@pytest.fixture
def log(path):
    return HubEventLog(path)


def names(read):
    return [event.username for event in read.events]


@pytest.mark.parametrize(
    ("schema", "time"),
    [
        (NEW_KIND, "2026-03-02T09:00:00+00:00Z"),
        ("hub.jupyter.org/server-action", "2026-03-02T09:00:00Z"),
        (NEW_KIND, "2026-03-02T09:00:00+00:00"),
    ],
)
def test_what_each_release_writes_is_read(schema, time):
    event = event_in(line(__schema__=schema, __timestamp__=time, servername="gpu").encode())

    assert (event.username, event.server, event.at, event.is_start) == ("ada", "gpu", NINE, True)


@pytest.mark.parametrize(
    "said",
    [
        "no JSON",
        "[]",
        "7",
        "null",
        "[" * 50_000,
        '{"__schema__": "x"}',
        line(action="explode"),
        line(__schema__="https://schema.jupyter.org/other"),
        line(__timestamp__="yesterday"),
        line(__timestamp__=None),
        line().replace("username", "user"),
    ],
)
def test_whatever_else_is_in_the_log_is_passed_over(path, log, said):
    path.write_text(said.rstrip("\n") + "\n" + line(1))

    assert names(log.read("", LATER)) == ["ada"]


def test_only_what_is_new_is_read(path, log):
    path.write_text(line(0, "ada"))
    first = log.read("", LATER)
    with path.open("a") as file:
        file.write(line(1, "bob"))

    second = log.read(first.bookmark, LATER)
    assert names(second) == ["bob"]
    assert log.read(second.bookmark, LATER).events == ()


def test_a_line_that_is_still_being_written_is_left_for_the_next_time(path, log):
    whole = line(1, "bob")
    path.write_text(line(0, "ada") + whole[:20])
    first = log.read("", LATER)
    path.write_text(line(0, "ada") + whole)

    assert names(first) == ["ada"]
    assert names(log.read(first.bookmark, LATER)) == ["bob"]


def test_what_happened_after_the_moment_asked_for_is_left_for_the_next_time(path, log):
    path.write_text(line(0, "ada") + line(5, "bob"))

    first = log.read("", NINE + timedelta(minutes=1))
    assert names(first) == ["ada"]
    assert names(log.read(first.bookmark, LATER)) == ["bob"]


def test_a_log_that_was_turned_over_is_read_to_its_end_first(path, log):
    path.write_text(line(0, "ada"))
    first = log.read("", LATER)
    with path.open("a") as file:
        file.write(line(1, "bob"))
    path.rename(path.with_name("events.log.1"))
    path.write_text(line(2, "cyd"))

    second = log.read(first.bookmark, LATER)
    third = log.read(second.bookmark, LATER)
    assert (names(second), names(third)) == (["bob"], ["cyd"])
    assert log.read(third.bookmark, LATER).events == ()


def test_a_log_whose_old_file_is_gone_is_read_from_the_new_one(path, log):
    path.write_text(line(0, "ada"))
    first = log.read("", LATER)
    # Another file takes its place before it goes, or the new one could get the old one's inode.
    (new := path.with_name("new")).write_text(line(2, "cyd"))
    new.replace(path)

    assert names(log.read(first.bookmark, LATER)) == ["cyd"]


def test_a_log_that_was_cut_short_is_read_from_its_beginning(path, log):
    path.write_text(line(0, "ada") + line(1, "bob"))
    first = log.read("", LATER)
    path.write_text(line(2, "cyd"))

    assert names(log.read(first.bookmark, LATER)) == ["cyd"]


def test_a_long_log_is_read_a_piece_at_a_time(path, log, monkeypatch):
    monkeypatch.setattr(event_log, "MOST_BYTES", 1)
    path.write_text(line(0, "ada") + line(1, "bob"))

    first = log.read("", LATER)
    assert names(first) == ["ada"]
    assert names(log.read(first.bookmark, LATER)) == ["bob"]


def test_a_line_without_end_does_not_stop_what_follows(path, log):
    path.write_text("x" * 250_000 + "\n" + line(1, "bob"))

    assert names(log.read("", LATER)) == ["bob"]


def test_a_file_name_may_look_like_a_pattern(tmp_path):
    path = tmp_path / "a[b]*.log"
    path.write_text(line(0, "ada"))
    log = HubEventLog(path)
    first = log.read("", LATER)
    path.rename(tmp_path / "a[b]*.log.1")
    path.write_text(line(1, "bob"))

    assert names(log.read(first.bookmark, LATER)) == ["bob"]


def test_a_log_that_cannot_be_read_is_said_and_what_to_do(log, path):
    with pytest.raises(CourseOpsError, match="cannot be read: No such file") as missing:
        log.read("", LATER)
    os.mkfifo(path)
    with pytest.raises(CourseOpsError, match="is no plain file"):
        log.read("", LATER)

    assert "c.EventLogger.handlers" in missing.value.hint
