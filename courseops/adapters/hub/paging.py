"""Read a whole list from a hub, or say that it cannot be had.

A hub that is not asked for pages answers with its first 200 entries and nothing tells; so the
pages' envelope is asked for and insisted upon. Pages are asked for by offset: the `next.url`
of an answer is built from whatever host name the request bore. See
https://jupyterhub.readthedocs.io/en/stable/reference/rest.html#paginating-api-requests
"""

from __future__ import annotations

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


def read_list(
    transport: Transport,
    path: str,
    page: type[Page[Item]],
    *,
    first: int = PAGE_SIZE,
    **filters: str,
) -> list[Item]:
    """
    Read every page of a list, each name once.

    It is read again when its length changed while it was read. `first` is how many entries are
    asked for at first; the pages that follow are as large as the hub can give in a short time.

    Raises:
        RefusedError: the hub does not answer in pages, so the list may be cut short.
        UnreachableError: the list never stood still.
    """
    for _ in range(READINGS):
        items = _read_once(transport, path, page, BatchSize(first=first, most=PAGE_SIZE), filters)
        if items is not None:
            return items
    raise UnreachableError(
        f"the list {path} of hub {transport.name} changed each of the {READINGS} times it was read",
        hint="try again when fewer people are signing up",
    )


def _read_once(
    transport: Transport,
    path: str,
    page: type[Page[Item]],
    size: BatchSize,
    filters: dict[str, str],
) -> list[Item] | None:
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
        # A page that was cut short says nothing about how long a full one takes.
        if len(read.items) == size.current:
            size.learn(len(read.items), answer.seconds)
    return list(found.values())
