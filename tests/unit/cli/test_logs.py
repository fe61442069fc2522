"""Logs: one JSON document a line where nobody watches, quiet unless asked, the run's id in each."""

import json
import logging
import os
import pty
import sys
import threading

import pytest
import structlog

from courseops import events
from courseops.adapters.secrets import from_environment
from courseops.cli.logs import configure_logs, hear_libraries

SECRET = 'hunter2 "quoted"\\'


@pytest.fixture(autouse=True)
def restore_defaults(monkeypatch):
    monkeypatch.setattr(events, "_everywhere", {})
    monkeypatch.setattr(events, "_secrets", set())
    monkeypatch.setattr(logging.root, "handlers", list(logging.root.handlers))
    events.log.cache_clear()
    yield
    events.log.cache_clear()
    structlog.reset_defaults()


def logged(capsys):
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_each_line_of_a_run_names_the_action_and_the_run(journal, capsys):
    configure_logs(verbose=True)
    with journal.run("roster-apply", "course/py") as entry:
        structlog.get_logger().info("in between")
    lines = logged(capsys)
    assert [line["event"] for line in lines] == ["run started", "in between", "run ended"]
    assert {line["action"] for line in lines} == {"roster-apply"}
    assert {line["run"] for line in lines} == {entry.run.id}


def test_nothing_is_logged_unless_asked(journal, capsys):
    configure_logs(verbose=False)
    with journal.run("roster-apply", "course/py"):
        pass
    assert logged(capsys) == []


def test_a_jobs_run_is_on_each_line_of_its_process_whichever_thread_says_it(journal, capsys):
    configure_logs(verbose=True)
    events.say_everywhere(run="of-the-job", job="nightly-backup", action="backup")
    with journal.run("backup-run", "hub/campus") as entry:
        thread = threading.Thread(target=lambda: events.log().info("in a thread"))
        thread.start()
        thread.join()
    inner, threaded, _ = logged(capsys)
    assert (inner["run"], inner["within"]) == (entry.run.id, "of-the-job")
    assert (threaded["run"], threaded["action"]) == ("of-the-job", "backup")
    assert "within" not in threaded
    assert inner["job"] == threaded["job"] == "nightly-backup"


def test_a_secret_that_was_fetched_is_on_no_line_wherever_somebody_puts_it(capsys):
    configure_logs(verbose=True)
    secret = from_environment("TOKEN", {"TOKEN": SECRET})
    say = events.log().info
    say(f"it is {secret}", action="x", url=f"https://x/{secret}", deep={"list": [secret]})
    try:
        raise ValueError(secret)
    except ValueError:
        events.log().exception("failed", action="x")
    said = capsys.readouterr().err
    assert "ValueError" in said
    assert len([json.loads(line) for line in said.splitlines()]) == 2
    for spelled in (SECRET, json.dumps(SECRET)[1:-1], repr(SECRET), "hunter2"):
        assert spelled not in said


def test_what_libraries_warn_of_is_said_as_we_say_things(capsys):
    configure_logs(verbose=False)
    hear_libraries()
    hear_libraries()
    logging.getLogger("httpx").warning("missed by %s", "a minute")
    logging.getLogger("httpx").info("GET https://example.org/hooks/secret")
    (line,) = logged(capsys)
    assert (line["action"], line["library"]) == ("library", "httpx")
    assert (line["event"], line["level"]) == ("missed by a minute", "warning")


def test_on_a_terminal_it_is_text_that_gives_no_orders_and_shows_no_variables(monkeypatch):
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as terminal, os.fdopen(ours, "rb", 0) as screen:
        monkeypatch.setattr(sys, "stderr", terminal)
        configure_logs(verbose=True)
        password_in_a_variable = "unfetched"
        try:
            raise ValueError(password_in_a_variable[:2])
        except ValueError:
            events.log().exception("failed", action="x", file="evil\x1b[2Jname")
        terminal.flush()
        shown = screen.read(1 << 16).decode()
    assert "failed" in shown
    assert "ValueError: un" in shown
    assert "\x1b[2J" not in shown
    assert "unfetched" not in shown
