"""Close what learners' code must not inherit."""

from __future__ import annotations

import os
from collections.abc import Iterable

# The kernel's own bound; RLIMIT_NOFILE may have been lowered while higher ones were open.
# Nothing but close_range(2), since Linux 5.9, makes that quick.
_LAST = 2**31 - 1


def close_descriptors(keep: Iterable[int]) -> None:
    """Close every descriptor that is not in `keep`, 0, 1 and 2 included."""
    start = 0
    for descriptor in sorted(set(keep)):
        # Python 3.11 takes the empty range from 0 to 0 for everything.
        if start < descriptor:
            os.closerange(start, descriptor)
        start = descriptor + 1
    os.closerange(start, _LAST)
