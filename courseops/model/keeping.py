"""For how long is kept what grows by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

# Who looks for what was missed goes back as far as this, and must find what ran then.
LEAST = timedelta(days=15)


@dataclass(frozen=True, kw_only=True)
class Spans:
    """
    For how long each is kept.

    `uneventful` is for what went well and changed nothing, `runs` for every other run with its
    outcomes and audit records; `logs` is for what was said during runs, `usage` for what was seen
    on hubs and the pages made of it; figures of its days, weeks and months stay for good.
    """

    uneventful: timedelta
    runs: timedelta
    logs: timedelta
    usage: timedelta
