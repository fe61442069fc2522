"""Our end of the sockets to the processes that run learners' code; all they say is hostile.

A frame has a bound before a byte of it is kept, what it says is checked for its shape, and
answers to a cell must repeat a random word that came with the cell. Nothing is unpickled.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from time import monotonic
from typing import Any

from courseops.adapters.grading.kernel.frames import (
    HEAD,
    FrameError,
    Message,
    pack,
    parse,
    send,
)
from courseops.adapters.grading.kernels import Output

_PART_BYTES = 1 << 18
_SEND_SECONDS = 10.0


class WireError(Exception):
    """The other end said something that it may not say, or did not listen."""


class Line:
    """One socket: sends messages, and hands out those that came, as far as they are whole."""

    def __init__(self, end: socket.socket, *, limit_bytes: int) -> None:
        self._end = end
        self._limit_bytes = limit_bytes
        self._buffer = bytearray()
        self.is_open = True
        self.read_something = False
        end.settimeout(_SEND_SECONDS)
        self._ready = select.poll()
        self._ready.register(end.fileno(), select.POLLIN)

    def fileno(self) -> int:
        """Give the descriptor to wait on."""
        return self._end.fileno()

    def limit(self, limit_bytes: int) -> None:
        """Allow frames of this size from now on."""
        self._limit_bytes = limit_bytes

    def send(self, message: Message, *, descriptors: Sequence[int] = ()) -> None:
        """
        Send a message.

        Raises:
            WireError: the other end is gone, or did not take it within ten seconds.
        """
        try:
            send(self._end, message, descriptors=descriptors)
        except OSError as error:
            raise WireError(f"it does not listen: {error}") from error

    def send_bytes(self, content: bytes) -> None:
        """
        Send bytes that a message has announced.

        Raises:
            WireError: the other end is gone, or did not take them within ten seconds.
        """
        try:
            self._end.sendall(content)
        except OSError as error:
            raise WireError(f"it does not listen: {error}") from error

    def read(self) -> None:
        """Take what is there, without waiting; at the end `is_open` turns false."""
        self.read_something = False
        # A socket with a timeout would wait for it, whatever flags recv is given.
        if not self._ready.poll(0):
            return
        try:
            part = self._end.recv(_PART_BYTES)
        except OSError:
            part = b""
        self._buffer += part
        self.is_open = self.read_something = bool(part)

    def next(self) -> Message | None:
        """
        Give the next whole message of what was read, or None.

        Raises:
            WireError: it is too long, or no message.
        """
        if len(self._buffer) < HEAD.size:
            return None
        (length,) = HEAD.unpack_from(self._buffer)
        if length > self._limit_bytes:
            raise WireError(f"it announced {length} bytes")
        if len(self._buffer) < HEAD.size + length:
            return None
        body = bytes(self._buffer[HEAD.size : HEAD.size + length])
        del self._buffer[: HEAD.size + length]
        try:
            return parse(body)
        except FrameError as error:
            raise WireError(f"it said {error}") from error

    def hang_up(self) -> None:
        """Say that nothing more will be said; what the other end says can still be read."""
        with suppress(OSError):
            self._end.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Let go of the socket."""
        self.is_open = False
        self._end.close()


def wait_for(lines: Sequence[Line], until: float | None) -> None:
    """Read from each line that has something, once one has; at `until` (monotonic) give up."""
    poll = select.poll()
    by_fileno = {line.fileno(): line for line in lines if line.is_open}
    for fileno in by_fileno:
        poll.register(fileno, select.POLLIN)
    left = None if until is None else max(0.0, until - monotonic()) * 1000
    for fileno, _ in poll.poll(left):
        by_fileno[fileno].read()


def expect(line: Line, seconds: float) -> Message | None:
    """
    Wait for the next message; None when the other end is gone, or did not say anything.

    Raises:
        WireError: what came is no message.
    """
    until = monotonic() + seconds
    while True:
        told = line.next()
        if told is not None or not line.is_open or monotonic() > until:
            return told
        wait_for([line], until)


def check_outputs(told: object, *, limit_bytes: int) -> tuple[Output, ...]:
    """
    Check that these are outputs as nbformat 4 spells them, and together not over the limit.

    Raises:
        WireError: they are not.
    """
    if not isinstance(told, list):
        raise WireError("its outputs are no list")
    outputs = tuple(_check_output(it) for it in told)
    if sum(len(pack(it)) for it in outputs) > limit_bytes:
        raise WireError(f"its outputs hold more than {limit_bytes} bytes")
    return outputs


def _check_output(told: object) -> Output:
    kind = told.get("output_type") if isinstance(told, dict) else None
    check = _FIELDS.get(kind) if isinstance(kind, str) else None
    if check is None or not isinstance(told, dict) or set(told) != {"output_type", *check}:
        raise WireError(f"it made an output of a kind {str(kind)[:40]!r} with the wrong fields")
    for name, is_right in check.items():
        if not is_right(told[name]):
            raise WireError(f"its output {kind!r} has a wrong {name!r}")
    return {name: mend_text(value) for name, value in told.items()}


def mend_text(value: Any) -> Any:
    """Replace halves of surrogate pairs, which no file in UTF-8 could hold."""
    if isinstance(value, str):
        return (
            value
            if value.isascii()
            else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        )
    if isinstance(value, list):
        return [mend_text(it) for it in value]
    if isinstance(value, dict):
        return {mend_text(name): mend_text(it) for name, it in value.items()}
    return value


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_name(value: object) -> bool:
    return value in ("stdout", "stderr")


def _is_table(value: object) -> bool:
    return isinstance(value, dict)


def _is_bundle(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(it, str) or _is_json_kind(kind) for kind, it in value.items()
    )


def _is_json_kind(kind: str) -> bool:
    return kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )


def _is_count(value: object) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0)


def _is_lines(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(it, str) for it in value)


_FIELDS: Mapping[str, Mapping[str, Callable[[object], bool]]] = {
    "stream": {"name": _is_name, "text": _is_text},
    "display_data": {"data": _is_bundle, "metadata": _is_table},
    "execute_result": {"data": _is_bundle, "metadata": _is_table, "execution_count": _is_count},
    "error": {"ename": _is_text, "evalue": _is_text, "traceback": _is_lines},
}


def check_count(told: object) -> int | None:
    """
    Check that this may be a cell's number.

    Raises:
        WireError: it may not.
    """
    if not _is_count(told):
        raise WireError("its execution count is no number")
    assert told is None or isinstance(told, int)
    return told
