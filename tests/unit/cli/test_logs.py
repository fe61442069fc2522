"""Logs: one JSON document a line where nobody watches, quiet unless asked, the run's id in each."""

import json

import pytest
import structlog

from courseops.cli.logs import configure_logs


@pytest.fixture(autouse=True)
def restore_defaults():
    yield
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
