"""The log is loaded and set up when something is first said to it, and not before."""

import subprocess
import sys

import pytest
import structlog

from courseops import events


@pytest.fixture(autouse=True)
def settings(monkeypatch):
    """No settings, and nothing loaded; both are the process's own."""
    monkeypatch.setattr(events, "_settings", [])
    events.log.cache_clear()
    structlog.reset_defaults()
    yield
    events.log.cache_clear()
    structlog.reset_defaults()


def test_the_log_is_set_up_once_and_only_when_it_is_needed():
    done = []
    events.set_up_when_needed(lambda: done.append("set up"))
    assert done == []

    events.log()
    events.log()
    assert done == ["set up"]


def test_the_newest_settings_hold_from_the_next_word_on():
    done = []
    events.set_up_when_needed(lambda: done.append("one"))
    events.log()
    events.set_up_when_needed(lambda: done.append("two"))
    events.log()
    assert done == ["one", "two"]


def test_what_is_said_goes_where_the_settings_say():
    said = structlog.testing.LogCapture()
    events.set_up_when_needed(lambda: structlog.configure(processors=[said]))
    events.log().info("run started", run="one")
    assert said.entries == [{"event": "run started", "run": "one", "log_level": "info"}]


def test_whoever_says_nothing_does_not_pay_for_the_log():
    look = (
        "import sys; from courseops.events import set_up_when_needed; "
        "set_up_when_needed(lambda: None); sys.exit('structlog' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", look], check=True, timeout=60)
