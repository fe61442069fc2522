"""Read a whole list from a hub, or say that it cannot be had.

A hub that is not asked for pages answers with its first 200 entries and nothing tells; so the
pages' envelope is asked for and insisted upon. Pages are asked for by offset: the `next.url`
of an answer is built from whatever host name the request bore. See
https://jupyterhub.readthedocs.io/en/stable/reference/rest.html#paginating-api-requests
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic

from courseops.adapters.hub.answers import Answer
from courseops.adapters.hub.batches import BatchSize
from courseops.adapters.hub.models import Item, Page
from courseops.adapters.hub.transport import Transport
from courseops.errors import UnreachableError

ENVELOPE = "application/jupyterhub-pagination+json"
# The hub's default `api_page_max_limit`; it silently lowers what is above its own.
PAGE_SIZE = 200
# A group comes with all of its members, and while a hub writes down ten thousand names nobody
# else gets a page: how many groups it is asked for at once follows the time that they take.
FIRST_GROUPS = 5
READINGS = 5


@dataclass(frozen=True, kw_only=True)
class Listed(Generic[Item]):
    """What was read of a list that has `total` entries."""

    items: list[Item]
    total: int


def read_list(
    transport: Transport,
    path: str,
    page: type[Page[Item]],
    *,
    first: int = PAGE_SIZE,
    **filters: str,
) -> list[Item]:
    """
    Read every page of a list, each name once; raises what `read_until` does.

    `first` is how many entries are asked for at first; the pages that follow are as large as
    the hub can give in a short time.
    """
    return read_until(transport, path, page, lambda *_: False, first=first, **filters).items


def read_until(
    transport: Transport,
    path: str,
    page: type[Page[Item]],
    is_enough: Callable[[Answer, Sequence[Item]], bool],
    *,
    first: int = PAGE_SIZE,
    **filters: str,
) -> Listed[Item]:
    """
    Read page after page of a list, each name once, until an answer's entries say it is enough.

    It is read again when its length changed while it was read.

    Raises:
        RefusedError: the hub does not answer in pages, so the list may be cut short.
        UnreachableError: the list never stood still.
    """
    for _ in range(READINGS):
        size = BatchSize(first=first, most=PAGE_SIZE)
        listed = _read_once(transport, path, page, is_enough, size, filters)
        if listed is not None:
            return listed
    raise UnreachableError(
        f"the list {path} of hub {transport.name} changed each of the {READINGS} times it was read",
        hint="try again when fewer people are signing up",
    )


def _read_once(
    transport: Transport,
    path: str,
    page: type[Page[Item]],
    is_enough: Callable[[Answer, Sequence[Item]], bool],
    size: BatchSize,
    filters: dict[str, str],
) -> Listed[Item] | None:
    found: dict[str, Item] = {}
    offset = 0
    total: int | None = None
    while total is None or offset < total:
        params = {**filters, "offset": str(offset), "limit": str(size.current)}
        answer = transport.read(path, params=params, accept=ENVELOPE)
        read = answer.read(page)
        if total not in {None, read.pagination.total}:
            return None
        total = read.pagination.total
        offset += read.pagination.limit
        found |= {item.name: item for item in read.items}
        if is_enough(answer, read.items):
            break
        # A page that was cut short says nothing about how long a full one takes.
        if len(read.items) == size.current:
            size.learn(len(read.items), answer.seconds)
    return Listed(items=list(found.values()), total=total)
