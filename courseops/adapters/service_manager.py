"""Tell systemd how the service fares, by datagrams to the socket that it named to us.

https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
Started by anything else, there is no such socket, and nothing is said.
"""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress

SOCKET = "NOTIFY_SOCKET"
# systemd shows one line, and what is not text is refused whole.
_STATUS_CHARACTERS = 200


class SystemdManager:
    """systemd; `address` is its socket, which begins with "@" where it is no file, "" for none."""

    def __init__(self, address: str) -> None:
        self._address = f"\0{address[1:]}" if address.startswith("@") else address

    @classmethod
    def of_this_process(cls) -> SystemdManager:
        """Give who has started us; programs that we start are no longer told of it."""
        return cls(os.environ.pop(SOCKET, ""))

    def ready(self, status: str) -> None:
        """Say that the daemon works, after its start or after it has read its files anew."""
        self._say("READY=1", f"STATUS={_line(status)}")

    def alive(self, status: str) -> None:
        """Say that it still does, and in a few words how it stands."""
        self._say("WATCHDOG=1", f"STATUS={_line(status)}")

    def reloading(self) -> None:
        """Say that it reads its files anew; `ready` ends that."""
        self._say("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """Say that it is about to end."""
        self._say("STOPPING=1")

    def _say(self, *lines: str) -> None:
        if not self._address:
            return
        # Nobody's work stops because systemd does not listen; its watchdog sees to that.
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.setblocking(False)
            line.sendto("\n".join(lines).encode(errors="replace"), self._address)


def _line(status: str) -> str:
    return " ".join(status.split())[:_STATUS_CHARACTERS]
