"""Speak ZMTP 3.0 over a Unix socket with a peer that may lie: whatever it sends, memory is bounded.

Only what a Jupyter client needs: DEALER and SUB, no security mechanism. libzmq itself cannot
be used here: `ZMQ_MAXMSGSIZE` bounds one frame and `ZMQ_RCVHWM` counts whole messages, so a peer
that sends frame after frame of one message that never ends fills our memory without limit.
https://rfc.zeromq.org/spec/23/
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from typing import Literal

_GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
_MORE, _LONG, _COMMAND = 1, 2, 4
_FRAMES = 512
_COMMAND_BYTES = 4096
_AT_ONCE = 1 << 18


class BrokenPeerError(Exception):
    """The peer said what the protocol does not allow, or more than it may."""


class TooLongError(BrokenPeerError):
    """One message is longer than it may be."""


class PeerGoneError(Exception):
    """The peer closed its end."""


class Peer:
    """One connection to one of a kernel's sockets; it never blocks."""

    def __init__(
        self, connection: socket.socket, kind: Literal["DEALER", "SUB"], *, message_bytes: int
    ) -> None:
        connection.setblocking(False)
        self._connection = connection
        self._message_bytes = message_bytes
        self._incoming, self._outgoing = bytearray(), bytearray()
        # libzmq hangs up on a message that comes before it has sent its own READY.
        self._held = bytearray()
        self._frames: list[bytes] = []
        self._size = 0
        self._is_greeted = self._is_ready = False
        ready = b"\x05READY\x0bSocket-Type" + len(kind).to_bytes(4, "big") + kind.encode()
        self._outgoing += _GREETING + _frame(ready, _COMMAND)
        if kind == "SUB":
            self._held += _frame(b"\x01", 0)  # to everything

    @property
    def wants_to_send(self) -> bool:
        """Say whether `flush` has something to do once the peer takes more."""
        return bool(self._outgoing)

    @property
    def waiting_bytes(self) -> int:
        """Say how much of what was sent the peer has not taken yet."""
        return len(self._outgoing) + len(self._held)

    def fileno(self) -> int:
        """Give the descriptor, to be waited for."""
        return self._connection.fileno()

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def send(self, frames: Sequence[bytes]) -> None:
        """Queue one message; what the peer does not take yet goes out with the next `flush`."""
        queue = self._outgoing if self._is_ready else self._held
        for frame in frames[:-1]:
            queue += _frame(frame, _MORE)
        queue += _frame(frames[-1], 0)
        self.flush()

    def flush(self) -> None:
        """
        Send what is queued, as far as the peer takes it.

        Raises:
            PeerGoneError: nobody is there any more.
        """
        try:
            while self._outgoing:
                del self._outgoing[: self._connection.send(self._outgoing[:_AT_ONCE])]
        except BlockingIOError:
            pass
        except OSError as error:
            raise PeerGoneError from error

    def receive(self) -> Iterator[list[bytes]]:
        """
        Give the messages that are complete with what is there now.

        Raises:
            PeerGoneError: nobody is there any more.
            BrokenPeerError: this is not the protocol.
            TooLongError: one message is longer than it may be.
        """
        try:
            read = self._connection.recv(_AT_ONCE)
        except BlockingIOError:
            return
        except OSError as error:
            raise PeerGoneError from error
        if not read:
            raise PeerGoneError
        self._incoming += read
        if self._is_greeted or self._greet():
            yield from self._messages()

    def _greet(self) -> bool:
        if len(self._incoming) < len(_GREETING):
            return False
        said = bytes(self._incoming[: len(_GREETING)])
        if said[:1] != b"\xff" or not said[9] & 1 or said[10] < _GREETING[10]:
            raise BrokenPeerError("does not speak ZMTP 3")
        if said[12:32] != _GREETING[12:32]:
            raise BrokenPeerError(f"wants the security mechanism {said[12:32]!r}")
        del self._incoming[: len(_GREETING)]
        self._is_greeted = True
        return True

    def _messages(self) -> Iterator[list[bytes]]:
        while (taken := self._take_frame()) is not None:
            flags, body = taken
            if flags & _COMMAND:
                self._obey(body)
                continue
            if not self._is_ready:
                raise BrokenPeerError("sent a message before it was ready")
            self._frames.append(body)
            self._size += len(body)
            if flags & _MORE:
                continue
            whole, self._frames, self._size = self._frames, [], 0
            yield whole

    def _obey(self, command: bytes) -> None:
        if command.startswith(b"\x05READY") and not self._is_ready:
            self._is_ready = True
            self._outgoing += self._held
            self._held.clear()
            self.flush()

    def _take_frame(self) -> tuple[int, bytes] | None:
        head = 9 if self._incoming and self._incoming[0] & _LONG else 2
        if len(self._incoming) < head:
            return None
        flags, size = self._incoming[0], int.from_bytes(self._incoming[1:head], "big")
        if flags & ~(_MORE | _LONG | _COMMAND):
            raise BrokenPeerError("sent a frame of an unknown kind")
        if flags & _COMMAND and size > _COMMAND_BYTES:
            raise BrokenPeerError("sent a command that is too long")
        if self._size + size > self._message_bytes or len(self._frames) >= _FRAMES:
            raise TooLongError("sent a message that is too long")
        if len(self._incoming) < head + size:
            return None
        body = bytes(self._incoming[head : head + size])
        del self._incoming[: head + size]
        return flags, body


def _frame(body: bytes, flags: int) -> bytes:
    if len(body) > 0xFF:  # noqa: PLR2004 - one byte holds no more
        return bytes([flags | _LONG]) + len(body).to_bytes(8, "big") + body
    return bytes([flags, len(body)]) + body
