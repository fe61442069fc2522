"""Notices that are kept in memory instead of sent."""

from __future__ import annotations

from courseops.errors import UnreachableError
from courseops.model.notice import Notice


class MemoryNotifier:
    """Whoever tells nobody, and keeps what there was to tell in `told`."""

    def __init__(self, *, reachable: bool = True) -> None:
        self.told: list[Notice] = []
        self.reachable = reachable

    def tell(self, notice: Notice) -> None:
        """
        Keep the notice.

        Raises:
            UnreachableError: a test wants it not to be reached.
        """
        if not self.reachable:
            raise UnreachableError("whoever should be told does not answer")
        self.told.append(notice)
