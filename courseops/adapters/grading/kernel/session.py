"""One notebook's process: reads a cell, runs it as ipykernel would, answers, reads the next.

It runs in the learner's reach. What it answers is checked on our side; that it is the answer
at all is shown by a random word that came with the cell and is kept out of sight.
https://github.com/ipython/ipykernel/blob/main/ipykernel/ipkernel.py (do_execute)
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from math import isfinite
from types import ModuleType
from typing import Any, NoReturn

from ipykernel.jsonutil import json_clean
from jupyter_client.jsonutil import json_default

from .frames import HEAD, HUNG_UP, OTHER_KERNEL, TOO_MUCH_OUTPUT, frame_limit, parse
from .guarding import Guard
from .sealing import opaque
from .streams import NAMES, Buffers, Stream
from .transcript import Transcript

_LIMIT_BYTES = 64 << 20


def run_notebook(workshop: Any, descriptors: list[int], key: list[str]) -> NoReturn:
    """
    Serve the cells of one notebook on the first descriptor; reports go to the second.

    `key` holds the word that our side knows reports of tests by; it is taken out of the list.
    """
    line = socket.socket(fileno=descriptors[0])
    line.setblocking(False)
    modules = _make_new()
    session = _Session(workshop, line, Guard(workshop.shell, workshop.secret, descriptors[1], key))
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    os.register_at_fork(after_in_child=partial(_leave_alone, descriptors))
    check = session.prepare(modules, loop)
    loop.run_until_complete(session.serve(check))
    os._exit(0)


def _make_new() -> list[ModuleType]:
    """
    Have nothing random in common with the notebooks forked before and after.

    Give our modules, which can no longer be imported.
    """
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    tempfile.tempdir = None
    tempfile._name_sequence = None  # type: ignore[attr-defined]
    # Nothing is imported from here any more; who wants to find us shall look for us.
    ours = __name__.partition(".")[0]
    names = [it for it in sys.modules if it.partition(".")[0] == ours]
    modules = [sys.modules.pop(name) for name in names]
    null = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(null, standard)
    return modules


def _leave_alone(descriptors: list[int]) -> None:
    """Keep what a learner's code forks away from our sockets."""
    for descriptor in descriptors:
        with suppress(OSError):
            os.close(descriptor)


class _Session:
    def __init__(self, workshop: Any, line: socket.socket, guard: Guard) -> None:
        self._workshop, self._shell, self._line = workshop, workshop.shell, line
        self._guard = guard
        self._transcript = Transcript(too_much=_end_of_output, elsewhere=self._elsewhere)
        self._buffers = Buffers(opaque(self._transcript.write), too_much=_end_of_output)
        self._exit = os._exit
        self._signal = signal.signal
        self._nonce = ""
        workshop.kernel.wanted = opaque(self._elsewhere)
        workshop.messages.sink = opaque(self._transcript.take)

    def prepare(self, modules: list[ModuleType], loop: asyncio.AbstractEventLoop) -> Any:
        """
        Put the streams in place; from here on, what is written belongs to the notebook.

        Give a function that tells our side if anything of the machinery was replaced.
        """
        null = os.open(os.devnull, os.O_WRONLY)
        self._buffers.watch()
        sys.stdout, sys.stderr = (Stream(self._buffers, name, null=null) for name in NAMES)
        for name, at in (("stdout", 1), ("stderr", 2)):
            setattr(sys, f"__{name}__", open(at, "w", closefd=False))  # noqa: SIM115
        ours = (self, self._buffers, self._transcript, self._guard, self._workshop.secret)
        return self._guard.arm((*ours, self._workshop, self._workshop.kernel), modules, loop)

    async def serve(self, check: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        while True:
            head = await self._receive(loop, HEAD.size)
            (length,) = HEAD.unpack(head)
            if length > _LIMIT_BYTES:
                self._exit(HUNG_UP)
            body = await self._receive(loop, length)
            # Learners' tasks may have run until now.
            check()
            asked = parse(body)
            # As in a stock kernel each cell is a task of its own, whose context its tasks keep.
            answer = await loop.create_task(self._run(asked, check))
            check()
            await loop.sock_sendall(self._line, answer)

    async def _receive(self, loop: asyncio.AbstractEventLoop, size_bytes: int) -> bytes:
        parts = bytearray()
        while len(parts) < size_bytes:
            part = await loop.sock_recv(self._line, size_bytes - len(parts))
            if not part:
                self._exit(HUNG_UP)
            parts += part
        return bytes(parts)

    # -- one cell --------------------------------------------------------------------------

    async def _run(self, asked: dict[str, Any], check: Callable[[], None]) -> bytes:
        trusted, source = bool(asked["trusted"]), asked["source"]
        self._nonce, number, budget = asked["nonce"], asked["number"], asked["budget_bytes"]
        self._guard.before(number, trusted=trusted)
        parent = {"header": {"msg_id": number, "msg_type": "execute_request"}, "msg_id": number}
        self._workshop.messages.current = number
        self._transcript.open(budget)
        self._buffers.open(number, budget)
        self._shell.set_parent(parent)
        result, error = await self._run_uninterrupted(source, trusted=trusted)
        self._signal(signal.SIGINT, signal.SIG_IGN)
        check()
        self._buffers.flush()
        outputs = self._transcript.close()
        reply = self._reply(result, error)
        self._guard.after(result, trusted=trusted)
        if reply and all(it.get("ename") != reply["ename"] for it in outputs):
            # So does nbgrader, which trusts the reply more than what was displayed.
            outputs.append({"output_type": "error", **reply})
        answer = {
            "nonce": self._nonce,
            "outputs": outputs,
            "execution_count": self._shell.execution_count - 1,
        }
        return self._pack(answer, budget)

    async def _run_uninterrupted(self, source: str, *, trusted: bool) -> tuple[Any, Any]:
        try:
            with self._workshop.no_input():
                self._signal(signal.SIGINT, signal.default_int_handler)
                return await self._guard.watch(self._execute(source), trusted=trusted), None
        except (KeyboardInterrupt, asyncio.CancelledError) as error:
            return None, error
        except BaseException as error:
            # What breaks the shell itself is the cell's error: it has patched something.
            return None, error

    async def _execute(self, source: str) -> Any:
        shell, trouble = self._shell, None
        try:
            code = shell.transform_cell(source)
        except Exception:
            code, trouble = source, sys.exc_info()
        if not shell.should_run_async(
            source, transformed_cell=code, preprocessing_exc_tuple=trouble
        ):
            return shell.run_cell(source, store_history=True, silent=False)
        future = asyncio.ensure_future(
            shell.run_cell_async(
                source,
                store_history=True,
                silent=False,
                transformed_cell=code,
                preprocessing_exc_tuple=trouble,
            )
        )
        self._signal(signal.SIGINT, self._cancel(future))
        result = None
        try:
            result = await future
        finally:
            shell.events.trigger("post_execute")
            shell.events.trigger("post_run_cell", result)
        return result

    @staticmethod
    def _cancel(future: asyncio.Future[Any]) -> Callable[..., None]:
        loop = asyncio.get_running_loop()

        def cancel(*_: object) -> None:
            loop.call_soon_threadsafe(future.cancel)

        return cancel

    def _reply(self, result: Any, error: BaseException | None) -> dict[str, Any] | None:
        """Say what the reply of a stock kernel would have said of an error."""
        shell = self._shell
        failed_display = getattr(shell, "_last_traceback_during_displayhook", False)
        if result is not None:
            error = result.error_before_exec or result.error_in_exec
        if error is None and result is not None and not failed_display:
            return None
        shown = shell._last_traceback or [
            "ERROR: An error occurred while showtraceback was disabled"
        ]
        try:
            text = str(error)
        except BaseException:
            text = "<its str() failed>"
        return {"ename": type(error).__name__, "evalue": text, "traceback": list(map(str, shown))}

    # -- answers ---------------------------------------------------------------------------

    def _pack(self, answer: dict[str, Any], budget_bytes: int) -> bytes:
        dumps = partial(json.dumps, allow_nan=False, default=_spell)
        try:
            body = dumps(answer).encode()
        except (TypeError, ValueError):
            body = dumps(_without_nan(json_clean(answer))).encode()  # type: ignore[no-untyped-call]
        if len(body) > frame_limit(budget_bytes):
            _end_of_output()
        return HEAD.pack(len(body)) + body

    def _elsewhere(self, why: str) -> None:
        """End this process: a stock kernel must run the notebook, from its start."""
        body = json.dumps({"nonce": self._nonce, "needs_stock": why}).encode()
        with suppress(OSError):
            self._line.setblocking(True)
            self._line.sendall(HEAD.pack(len(body)) + body)
        self._exit(OTHER_KERNEL)


def _end_of_output() -> None:
    os._exit(TOO_MUCH_OUTPUT)


def _spell(value: Any) -> Any:
    try:
        return json_default(value)
    except TypeError:
        return str(value)


def _without_nan(value: Any) -> Any:
    if isinstance(value, float) and not isfinite(value):
        return repr(value)
    if isinstance(value, dict):
        return {str(name): _without_nan(it) for name, it in value.items()}
    if isinstance(value, list):
        return [_without_nan(it) for it in value]
    return value
