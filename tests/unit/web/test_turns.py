"""A few read at a time, and nobody keeps the others from it."""

import threading

import pytest

from courseops.errors import LockedError, UnreachableError
from courseops.web.memory.turns import Turns


def test_nobody_has_more_than_two_turns_at_once():
    turns = Turns(at_once=9)
    with turns.turn("ada"), turns.turn("ada"):
        with pytest.raises(LockedError), turns.turn("ada"):
            pass
        with turns.turn("bob"):
            pass
    with turns.turn("ada"):
        pass


def test_who_finds_no_place_is_told_after_a_while_and_may_come_again():
    turns = Turns(at_once=1, patience_seconds=0.01)
    with turns.turn("ada"), pytest.raises(UnreachableError), turns.turn("bob"):
        pass
    for _ in range(3):
        with turns.turn("bob"):
            pass


def test_who_waits_gets_the_place_that_is_left():
    turns = Turns(at_once=1)
    had = threading.Event()

    def wait() -> None:
        with turns.turn("bob"):
            had.set()

    with turns.turn("ada"):
        waiting = threading.Thread(target=wait)
        waiting.start()
        assert not had.wait(0.05)
    waiting.join(30)
    assert had.is_set()
