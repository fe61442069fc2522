"""Telling people that they are needed."""

from __future__ import annotations

from typing import Protocol

from courseops.model.notice import Notice


class Notifier(Protocol):
    """Whoever tells people."""

    def tell(self, notice: Notice) -> None:
        """
        Tell; return only when every configured way has taken the message.

        Raises:
            CourseOpsError: a way did not; the others were tried.
        """
        ...
