"""A limit to the whole of a conversation, where a library bounds each answer alone.

Who sends a byte now and then keeps within the limit of each answer, and would be listened to for
ever; so would a name that nobody resolves.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def within(seconds: float, act: Callable[[], T]) -> T:
    """
    Do something that waits for others, and turn away from it after so many seconds.

    It is not stopped then: it goes on by itself until the others end it, or the process ends.

    Raises:
        TimeoutError: it is not done yet.
    """
    answer: Future[T] = Future()

    def run() -> None:
        try:
            answer.set_result(act())
        except BaseException as error:
            answer.set_exception(error)

    Thread(target=run, name="notice", daemon=True).start()
    return answer.result(seconds)
