"""Taking things a few at a time, as `itertools.batched` does from Python 3.12 on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batches(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """Give all `things` in their order, `size` of them at a time; nothing is taken ahead."""
    coming = iter(things)
    while some := list(islice(coming, size)):
        yield some
