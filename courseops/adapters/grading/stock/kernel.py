"""One stock Jupyter kernel that runs: wait for it, run cells on it as nbclient does.

The rules are those of `nbclient.NotebookClient.async_execute_cell`:
https://nbclient.readthedocs.io
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from courseops.adapters.grading.kernels import CellEnd, CellToRun, KernelDiedError
from courseops.adapters.grading.kernelspecs import InstalledKernel
from courseops.adapters.grading.stock.conversation import Channel, Conversation, Message, odd
from courseops.adapters.grading.stock.launching import Ended, Launched
from courseops.adapters.grading.stock.recording import OddMessageError, Recording
from courseops.adapters.grading.stock.zmtp import PeerGoneError

T = TypeVar("T")

# nbclient's `iopub_timeout`.
_LAST_OUTPUT_SECONDS = 4.0
_INTERRUPT_SECONDS = 5.0
_LOOK_SECONDS = 0.25
_CONNECT_SECONDS = 0.01
# The subscription may reach the kernel after its first answer went out: ask again then.
_ASK_AGAIN_SECONDS = 0.1


class StockKernel:
    """One stock kernel that runs; what its learner's code sends is never trusted."""

    def __init__(
        self,
        kernel: InstalledKernel,
        program: Launched,
        conversation: Conversation,
        *,
        deadline: float,
    ) -> None:
        self._kernel, self._program, self._conversation = kernel, program, conversation
        self._deadline = deadline
        self._recording = Recording(conversation.session, conversation.tell)
        self._language_info: Message = {}

    @property
    def language_info(self) -> Mapping[str, Any]:
        """Give what the kernel says of its language."""
        return self._language_info

    @property
    def widgets(self) -> Mapping[str, Any]:
        """Give what nbclient writes into the notebook's metadata as `widgets`; {} for none."""
        try:
            return self._recording.widgets
        except OddMessageError as error:
            raise odd(f"sent {error}") from error

    def wait_until_ready(self, timeout_seconds: float) -> None:
        """
        Wait until the kernel answers, and until we hear what it says to all.

        Raises:
            KernelDiedError: it ended, or did not answer in time.
        """
        limit = time.monotonic() + timeout_seconds
        while not self._conversation.try_to_open():
            self._look(ready_by=limit)
            self._hear(time.monotonic() + _CONNECT_SECONDS)
        asked, answered, heard = set(), False, False
        ask_at = 0.0
        while not (answered and heard):
            self._look(ready_by=limit)
            if time.monotonic() >= ask_at:
                asked.add(self._ask("kernel_info_request", {}))
                # One that has not answered at all is still busy with starting.
                ask_at = time.monotonic() + (_ASK_AGAIN_SECONDS if answered else _LOOK_SECONDS)
            for channel, message in self._hear(min(limit, ask_at)):
                if message["parent_header"].get("msg_id") not in asked:
                    continue
                if channel == "iopub":
                    heard = heard or message["content"].get("execution_state") == "idle"
                elif message["msg_type"] == "kernel_info_reply":
                    answered = True
                    self._language_info = _language_info(message["content"])

    def execute(self, cell: CellToRun, *, timeout_seconds: float | None) -> CellEnd:
        """
        Run one cell as nbclient does, and collect its outputs.

        Raises:
            KernelDiedError: the kernel is gone, or was ended: it would not be interrupted, said
                too much, or nothing that makes sense.
        """
        self._recording.begin()
        request = {
            "code": cell.source,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        run = _Run(self._ask("execute_request", request), timeout_seconds)
        while not run.is_over:
            self._follow(run)
        if not run.timed_out:
            self._checked(partial(self._recording.note_failure, run.reply or {}))
        return CellEnd(
            outputs=self._checked(self._recording.outputs),
            earlier=self._checked(self._recording.updated),
            execution_count=self._recording.execution_count,
            timed_out=run.timed_out,
        )

    def _follow(self, run: _Run) -> None:
        for channel, message in self._hear(run.limit):
            if message["parent_header"].get("msg_id") != run.id:
                continue
            if channel == "iopub" and not run.is_idle:
                run.is_idle = self._checked(partial(self._recording.take, message))
            elif channel == "shell" and message["msg_type"] == "execute_reply":
                run.note_reply(message["content"])
        if run.is_over:
            return
        self._look()
        if time.monotonic() < run.limit:
            return
        if run.timed_out:
            raise KernelDiedError("it could not be interrupted", kind="timeout")
        if run.reply is not None:
            raise KernelDiedError("it did not say the end of its output", kind="timeout")
        run.note_interrupt()
        self._interrupt()

    def _interrupt(self) -> None:
        if self._kernel.interrupt_mode == "message":
            self._ask("interrupt_request", {}, channel="control")
        else:
            self._program.interrupt()

    def _ask(self, kind: str, content: Message, *, channel: Channel = "shell") -> str:
        try:
            return self._conversation.ask(kind, content, channel=channel)
        except PeerGoneError as error:
            raise self._gone() from error

    def _hear(self, until: float) -> list[tuple[Channel, Message]]:
        until = min(until, self._deadline, time.monotonic() + _LOOK_SECONDS)
        try:
            return list(self._conversation.hear(until=until))
        except PeerGoneError as error:
            raise self._gone() from error

    def _checked(self, act: Callable[[], T]) -> T:
        try:
            return act()
        except OddMessageError as error:
            raise odd(f"sent {error}") from error
        except PeerGoneError as error:
            raise self._gone() from error

    def _look(self, *, ready_by: float | None = None) -> None:
        ended = self._program.poll()
        if ended is not None:
            raise self._died(ended)
        if time.monotonic() >= self._deadline:
            raise KernelDiedError("the submission's time is used up", kind="timeout")
        if ready_by is not None and time.monotonic() >= ready_by:
            raise self._with_last_words("the kernel did not answer when it was started", "timeout")

    def _gone(self) -> KernelDiedError:
        """Say why a socket was closed: mostly because the program ends just now."""
        limit = time.monotonic() + _LAST_OUTPUT_SECONDS
        while (ended := self._program.poll()) is None and time.monotonic() < limit:
            time.sleep(_CONNECT_SECONDS)
        return odd("closed its sockets") if ended is None else self._died(ended)

    def _died(self, ended: Ended) -> KernelDiedError:
        if self._language_info:
            return KernelDiedError(f"the kernel is gone: {ended.how}", kind=ended.kind)
        return self._with_last_words(f"the kernel did not start: {ended.how}", ended.kind)

    def _with_last_words(self, message: str, kind: str) -> KernelDiedError:
        words = self._program.last_words()
        return KernelDiedError(f"{message}; it said: {words}" if words else message, kind=kind)


class _Run:
    """One cell that runs; `limit` is until when something must happen."""

    def __init__(self, id_: str, timeout_seconds: float | None) -> None:
        self.id = id_
        self.limit = math.inf if timeout_seconds is None else time.monotonic() + timeout_seconds
        self.reply: Message | None = None
        self.is_idle = self.timed_out = False

    @property
    def is_over(self) -> bool:
        return self.is_idle and (self.timed_out or self.reply is not None)

    def note_reply(self, reply: Message) -> None:
        if not self.timed_out:
            self.reply, self.limit = reply, time.monotonic() + _LAST_OUTPUT_SECONDS

    def note_interrupt(self) -> None:
        self.timed_out, self.limit = True, time.monotonic() + _INTERRUPT_SECONDS


def _language_info(reply: Message) -> Message:
    info = reply.get("language_info")
    if not isinstance(info, dict) or not isinstance(info.get("name"), str):
        raise odd("does not say what its language is")
    return info
