"""Who looked at whom is on record, in each kind of store, and does not pile up."""

from dataclasses import replace
from datetime import timedelta

import pytest

from courseops.actions.looking import LOOK, note_look
from courseops.model.run import Ending, Phase
from tests.support.journal import memory_journal

SCOPE = "course/py"
WHAT = "usage of learners"
HOUR = timedelta(hours=1)


@pytest.fixture
def journal(store):
    return replace(memory_journal(), runs=store.runs, actor="grace")


def looks(journal, scope=SCOPE):
    runs = journal.runs.recent(action=LOOK, scope=scope, limit=100)
    return [it for run in reversed(runs) for it in journal.runs.audit_of(run.id)]


def test_a_look_says_who_looked_at_what_of_whom_and_when(journal):
    note_look(journal, SCOPE, WHAT, ["ada", "bob"], detail="as HTML")

    assert [(it.actor, it.subject, it.change, it.detail) for it in looks(journal)] == [
        ("grace", "ada", "looked at usage of learners", "as HTML"),
        ("grace", "bob", "looked at usage of learners", "as HTML"),
    ]
    assert {it.at for it in looks(journal)} == {journal.clock.now()}
    assert {it.phase for it in looks(journal)} == {Phase.MADE}


def test_a_look_at_everybody_is_about_the_whole(journal):
    note_look(journal, SCOPE, WHAT)

    assert [it.subject for it in looks(journal)] == [SCOPE]


def test_the_looks_of_a_day_are_one_run_that_is_over(journal):
    for hour in range(15):
        note_look(journal, SCOPE, WHAT, [f"learner{hour}"])
        journal.clock.advance(HOUR)
    note_look(journal, SCOPE, WHAT, ["ada"])

    runs = journal.runs.recent(action=LOOK, scope=SCOPE)
    assert len(runs) == 2  # the clock began at nine in the morning
    assert {run.ending for run in runs} == {Ending.DONE}
    assert all(run.ended_at is not None for run in runs)


def test_the_same_look_is_written_once_an_hour(journal):
    for _ in range(8):
        note_look(journal, SCOPE, WHAT, ["ada"])
        journal.clock.advance(HOUR / 4)

    assert len(looks(journal)) == 2


def test_another_person_another_subject_or_another_thing_is_another_look(journal):
    note_look(journal, SCOPE, WHAT, ["ada"])
    note_look(journal, SCOPE, WHAT, ["bob"])
    note_look(journal, SCOPE, "the roster", ["ada"])
    note_look(replace(journal, actor="linus"), SCOPE, WHAT, ["ada"])
    note_look(journal, "hub/campus", WHAT, ["ada"])

    assert len(looks(journal)) == 4
    assert len(looks(journal, "hub/campus")) == 1


def test_whoever_looks_waits_for_nobody_at_work(journal):
    with journal.locks.hold(SCOPE):
        note_look(journal, SCOPE, WHAT, ["ada"])

    assert len(looks(journal)) == 1
