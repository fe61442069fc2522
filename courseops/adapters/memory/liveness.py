"""Who watches over the daemon, for tests: whatever is said is kept in a list."""

from __future__ import annotations

from dataclasses import dataclass, field

from courseops.errors import UnreachableError
from courseops.model.jobs.ping import Ping


@dataclass
class MemoryManager:
    """A service manager that remembers what it was told."""

    said: list[str] = field(default_factory=list)

    def ready(self, status: str) -> None:
        """Note that the daemon works."""
        self.said.append(f"ready: {status}")

    def alive(self, status: str) -> None:
        """Note that it still does."""
        self.said.append(f"alive: {status}")

    def reloading(self) -> None:
        """Note that it reads its files anew."""
        self.said.append("reloading")

    def stopping(self) -> None:
        """Note that it is about to end."""
        self.said.append("stopping")


@dataclass
class MemoryDeadMan:
    """A dead-man service that remembers the signs it was given, while it can be reached."""

    is_reachable: bool = True
    signs: list[Ping] = field(default_factory=list)

    def ping(self, sign: Ping) -> None:
        """
        Take a sign of life.

        Raises:
            UnreachableError: it was told not to answer.
        """
        if not self.is_reachable:
            raise UnreachableError("the dead-man service does not answer")
        self.signs.append(sign)
