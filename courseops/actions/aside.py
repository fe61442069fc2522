"""Do one thing while another one waits for somebody: a hub takes long to list its accounts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Aside(Generic[Value]):
    """
    `work`, done meanwhile in a thread of its own.

    Nobody waits for it who does not ask for the result: whoever presses Ctrl-C is not kept by a
    directory that does not answer.
    """

    def __init__(self, work: Callable[[], Value]) -> None:
        self._work = work
        self._outcome: Future[Value] = Future()
        # What is logged there belongs to the same run.
        run = copy_context().run
        threading.Thread(target=run, args=(self._do,), daemon=True).start()

    def result(self) -> Value:
        """Wait for the work and give what it gave; whatever it raised is raised here."""
        return self._outcome.result()

    def _do(self) -> None:
        try:
            self._outcome.set_result(self._work())
        except BaseException as error:
            self._outcome.set_exception(error)
