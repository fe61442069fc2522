"""What holds something open: closed by hand, or by leaving a `with` block."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self


class Closing(ABC):
    """Something with a `close`, which may be called twice."""

    @abstractmethod
    def close(self) -> None:
        """Let go of what is held open."""

    def __enter__(self) -> Self:
        """Give itself; whatever is held opens with its first use."""
        return self

    def __exit__(self, *_raised: object) -> None:
        """Close, whatever happened."""
        self.close()
