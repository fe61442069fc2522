"""Which shard of a hub everybody's home is backed up in.

A shard is what one snapshot is taken of. Nobody ever changes theirs: a home that moved would
be read and compared with nothing, and its earlier versions would lie in another line.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping


def assigned(usernames: Iterable[str], known: Mapping[str, int], size: int) -> dict[str, int]:
    """
    Give the shard of each of `usernames`, by number.

    Who is `known` keeps theirs. Newcomers, in the order of their names, go where the fewest of
    `usernames` are, as long as those are fewer than `size`; then a new shard is opened. Those
    who left take no place, so that over the years the shards do not thin out.

    Raises:
        ValueError: a shard cannot hold anybody.
    """
    if size < 1:
        raise ValueError(f"a shard of {size} learners holds nobody")
    present = set(usernames)
    shards = {username: known[username] for username in present & known.keys()}
    members = Counter(shards.values())
    numbers = set(known.values())
    room = [(members[number], number) for number in numbers]
    heapq.heapify(room)
    following = max(numbers, default=-1) + 1
    for username in sorted(present - known.keys()):
        if not room or room[0][0] >= size:
            heapq.heappush(room, (0, following))
            following += 1
        count, number = room[0]
        shards[username] = number
        heapq.heapreplace(room, (count + 1, number))
    return shards
