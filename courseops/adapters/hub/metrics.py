"""Read how many servers a hub started, and how long that took, from its Prometheus page.

The page is text: https://prometheus.io/docs/instrumenting/exposition_formats/. Hubs name a
server's start alike since 1.0, but sort what went wrong in other ways: up to 5 by `status`, from
6 on by `reason`. What was only asked for twice (`already-pending`) is no failure. See
https://github.com/jupyterhub/jupyterhub/blob/main/jupyterhub/metrics.py
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from courseops.adapters.hub.answers import missing_scope
from courseops.adapters.hub.models import WhoAmI
from courseops.adapters.hub.transport import Transport
from courseops.model.usage.starts import StartCounts

SCOPE = "read:metrics"
ACCEPTED = "text/plain"

_LINE = re.compile(r"[A-Za-z_:]\w*?_server_spawn_duration_seconds_(bucket|count)\{(.*)\} (\S+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_TWICE = "already-pending"


@dataclass(frozen=True, kw_only=True)
class _Counted:
    """One line of the histogram of starts."""

    kind: str
    labels: Mapping[str, str]
    count: int

    @property
    def is_good(self) -> bool:
        return self.labels.get("status") == "success"

    @property
    def is_failure(self) -> bool:
        is_twice = _TWICE in (self.labels.get("status"), self.labels.get("reason"))
        return not self.is_good and not is_twice


def read_starts(transport: Transport) -> StartCounts:
    """
    Count the starts since the hub was started.

    Raises:
        MissingScopeError: our token lacks read:metrics.
    """
    # To who may not read it, the hub gives a page for people that says nothing of scopes.
    if SCOPE not in transport.read("/user").read(WhoAmI).scopes:
        raise missing_scope(transport.name, "to show how servers start", [SCOPE])
    answer = transport.read("/metrics", accept=ACCEPTED)
    return starts_in(answer.text)


def starts_in(page: str) -> StartCounts:
    """Read the starts out of a hub's Prometheus page."""
    lines = list(_lines(page))
    counts = [it for it in lines if it.kind == "count"]
    up_to = {
        float(it.labels["le"]): it.count
        for it in lines
        if it.kind == "bucket" and it.is_good and "le" in it.labels
    }
    return StartCounts(
        started=sum(it.count for it in counts if it.is_good),
        failed=sum(it.count for it in counts if it.is_failure),
        waits=_apart(up_to),
    )


def _lines(page: str) -> Iterator[_Counted]:
    for line in page.splitlines():
        if found := _LINE.fullmatch(line.strip()):
            kind, labels, count = found.groups()
            yield _Counted(kind=kind, labels=dict(_LABEL.findall(labels)), count=int(float(count)))


def _apart(up_to: Mapping[float, int]) -> dict[float, int]:
    """Give each class of waits its own count: the page's counts include the classes below."""
    waits, below = {}, 0
    for bound in sorted(up_to):
        if up_to[bound] > below:
            waits[bound] = up_to[bound] - below
            below = up_to[bound]
    return waits
