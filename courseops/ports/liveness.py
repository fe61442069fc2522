"""Who watches over the daemon from outside: the machine's service manager, dead-man services."""

from __future__ import annotations

from typing import Protocol

from courseops.model.jobs.ping import Ping


class ServiceManager(Protocol):
    """What has started the daemon, and starts it anew when it falls silent; perhaps nobody."""

    def ready(self, status: str) -> None:
        """Say that the daemon works, after its start or after it has read its files anew."""
        ...

    def alive(self, status: str) -> None:
        """Say that it still does, and in a few words how it stands."""
        ...

    def reloading(self) -> None:
        """Say that it reads its files anew; `ready` ends that."""
        ...

    def stopping(self) -> None:
        """Say that it is about to end."""
        ...


class DeadMan(Protocol):
    """A service that tells people when no sign of life has come for too long."""

    def ping(self, sign: Ping) -> None:
        """
        Give a sign of life; return only when it was taken.

        Raises:
            CourseOpsError: it was not.
        """
        ...
