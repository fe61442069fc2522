"""A place where work lies that is opened when it is first looked into."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cached_property

from courseops.model.assignments.candidate import Candidate
from courseops.ports.collecting import Sink, WorkSource


class LaterWork:
    """What `opening` gives, once it is needed: a proof of what was collected needs no exchange."""

    def __init__(self, opening: Callable[[], WorkSource]) -> None:
        self._opening = opening

    @cached_property
    def _source(self) -> WorkSource:
        return self._opening()

    def candidates(self, name: str, until: Callable[[str], datetime | None]) -> Iterable[Candidate]:
        """List what is there."""
        return self._source.candidates(name, until)

    def take(self, name: str, candidate: Candidate, sink: Sink) -> Candidate:
        """Copy one of them."""
        return self._source.take(name, candidate, sink)
