"""Do one thing while another one waits for somebody: a hub takes long to list its accounts."""

from __future__ import annotations

import threading
from collections.abc import Callable
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
        self._outcome: list[Value] = []
        self._error: BaseException | None = None
        # What is logged there belongs to the same run.
        run = copy_context().run
        self._thread = threading.Thread(target=run, args=(self._do,), daemon=True)
        self._thread.start()

    def result(self) -> Value:
        """Wait for the work and give what it gave; whatever it raised is raised here."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._outcome[0]

    def _do(self) -> None:
        try:
            self._outcome.append(self._work())
        except BaseException as error:
            self._error = error
