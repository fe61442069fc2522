"""Converse with one kernel in Jupyter's messages, over Unix sockets, and believe nothing.

jupyter_client's `Session` signs, checks and reads the messages (JSON, nothing is unpickled);
the sockets are our own, for theirs have no bounds (see zmtp.py). All that comes is counted
against what the submission may put out, before it is parsed.
https://jupyter-client.readthedocs.io/en/stable/messaging.html
"""

from __future__ import annotations

import json
import secrets
import selectors
import socket
import time
import uuid
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from jupyter_client.session import DELIM, Session

from courseops.adapters.grading.kernels import KernelDiedError
from courseops.adapters.grading.stock.meeting import MeetingPlace
from courseops.adapters.grading.stock.zmtp import BrokenPeerError, Peer, TooLongError

Message = dict[str, Any]
Channel = Literal["shell", "iopub", "control"]

_PORTS: dict[Channel, int] = {"shell": 1, "iopub": 2, "control": 3}
_UNUSED_PORTS = {"stdin_port": 4, "hb_port": 5}
# A message costs memory even if it says nothing.
_LEAST_BYTES = 128
_SPARE_BYTES = 1 << 16
# `[]` takes two bytes as JSON and 56 in memory.
_MOST_BRACKETS = 2_000_000
# More than this, a kernel that does not listen is not told of its widgets' state.
_MOST_WAITING_BYTES = 4 << 20
# sun_path of sockaddr_un holds 108 bytes, and libzmq wants some of them.
_LONGEST_PATH_BYTES = 100


class Budget:
    """How many bytes a submission may still put out, over all of its notebooks."""

    def __init__(self, limit_bytes: int) -> None:
        self.left_bytes = self._limit_bytes = limit_bytes

    def spend(self, size_bytes: int) -> None:
        """
        Count what came.

        Raises:
            KernelDiedError: that is more than the submission may put out.
        """
        self.left_bytes -= size_bytes
        if self.left_bytes < 0:
            raise self.is_spent()

    def is_spent(self) -> KernelDiedError:
        """Say that there was more than the submission may put out."""
        limit = f"{self._limit_bytes / (1 << 20):.0f} MB"
        return KernelDiedError(f"it put out more than {limit}", kind="output")


def odd(what: object) -> KernelDiedError:
    """Say that a kernel does not keep to the protocol, and is ended for it."""
    return KernelDiedError(f"the kernel {what}", kind="protocol")


class Conversation:
    """The client's side of one kernel's shell, iopub and control sockets."""

    def __init__(self, place: MeetingPlace, *, budget: Budget) -> None:
        self._place, self._budget = place, budget
        if len(place.inside.encode()) > _LONGEST_PATH_BYTES:
            raise ValueError(f"a socket in {place.inside} would have too long a name")
        key = secrets.token_hex(32)
        self.session = Session(
            key=key.encode(), packer="json", unpacker="json", session=uuid.uuid4().hex
        )
        self._connection_info = {
            "transport": "ipc",
            "ip": f"{place.inside}/s",
            "key": key,
            "signature_scheme": "hmac-sha256",
            **{f"{channel}_port": port for channel, port in _PORTS.items()},
            **_UNUSED_PORTS,
        }
        self._peers: dict[Channel, Peer] = {}
        self._selector = selectors.DefaultSelector()

    def write_connection_file(self) -> str:
        """Write the file from which the kernel learns its sockets; give its path inside."""
        self._place.write("connection.json", json.dumps(self._connection_info).encode())
        return f"{self._place.inside}/connection.json"

    def try_to_open(self) -> bool:
        """
        Connect to what there is by now; True when iopub and shell are there.

        Raises:
            KernelDiedError: something else than the kernel's sockets is there.
        """
        return self._try_to_open("iopub") and self._try_to_open("shell")

    def _try_to_open(self, channel: Channel) -> bool:
        if channel in self._peers:
            return True
        try:
            connection = self._place.connect(f"s-{_PORTS[channel]}")
        except BrokenPeerError as error:
            raise odd(error) from error
        if connection is None:
            return False
        self._add(channel, connection)
        return True

    def _add(self, channel: Channel, connection: socket.socket) -> None:
        peer = Peer(
            connection,
            "SUB" if channel == "iopub" else "DEALER",
            message_bytes=self._budget.left_bytes + _SPARE_BYTES,
        )
        self._peers[channel] = peer
        self._selector.register(peer, selectors.EVENT_READ | selectors.EVENT_WRITE, channel)

    def ask(self, kind: str, content: Message, *, channel: Channel = "shell") -> str:
        """
        Send a request; give its id, which nobody can know before.

        Raises:
            PeerGoneError: the kernel is gone.
            KernelDiedError: it has no such socket any more.
        """
        if not self._try_to_open(channel):
            raise odd(f"does not listen on its {channel} socket")
        message = self.session.msg(kind, content)
        self._send(channel, message)
        return str(message["header"]["msg_id"])

    def tell(self, message: Message) -> None:
        """Send a message on the shell channel that nobody answers; drop it if too many wait."""
        if self._peers["shell"].waiting_bytes < _MOST_WAITING_BYTES:
            self._send("shell", message)

    def _send(self, channel: Channel, message: Message) -> None:
        peer = self._peers[channel]
        peer.send(self.session.serialize(message))
        self._watch(channel, peer)

    def _watch(self, channel: Channel, peer: Peer) -> None:
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if peer.wants_to_send else 0)
        if self._selector.get_key(peer).events != events:
            self._selector.modify(peer, events, channel)

    def hear(self, *, until: float) -> Iterator[tuple[Channel, Message]]:
        """
        Wait for messages until a moment of the monotonic clock; give those that came.

        Raises:
            PeerGoneError: the kernel is gone.
            KernelDiedError: it does not keep to the protocol, or says too much.
        """
        ready = self._selector.select(max(0.0, until - time.monotonic()))
        for key, events in ready:
            channel: Channel = key.data
            peer = self._peers[channel]
            if events & selectors.EVENT_WRITE:
                peer.flush()
                self._watch(channel, peer)
            if events & selectors.EVENT_READ:
                for frames in self._frames(peer):
                    yield channel, self._read(frames)
                self._watch(channel, peer)

    def _frames(self, peer: Peer) -> Iterator[list[bytes]]:
        try:
            yield from peer.receive()
        except TooLongError as error:
            raise self._budget.is_spent() from error
        except BrokenPeerError as error:
            raise odd(error) from error

    def _read(self, frames: Sequence[bytes]) -> Message:
        try:
            said = frames[frames.index(DELIM) + 1 :]
            # After signature, header and parent header comes what the message says.
            self._budget.spend(_LEAST_BYTES + sum(len(part) for part in said[3:]))
            if any(part.count(b"[") + part.count(b"{") > _MOST_BRACKETS for part in said):
                raise KernelDiedError(
                    "it put out more nested values than can be held", kind="output"
                )
            message: Message = self.session.deserialize(list(said))
        except KernelDiedError:
            raise
        except Exception as error:
            # Session has no error of its own: bad JSON, a wrong signature, a missing part.
            raise odd(f"sent a message that cannot be read ({error!r:.200})") from error
        if not _is_message(message):
            raise odd("sent a message that is none of Jupyter's")
        return message

    def close(self) -> None:
        """Hang up everywhere."""
        self._selector.close()
        for peer in self._peers.values():
            peer.close()


def _is_message(message: Message) -> bool:
    parts = ("header", "parent_header", "content", "metadata")
    return isinstance(message.get("msg_type"), str) and all(
        isinstance(message.get(part), dict) for part in parts
    )
