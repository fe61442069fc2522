"""What grading needs from outside: something that runs learners' code, and machines to do it on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from courseops.model.assignments.graded import GradedWork, WrittenFeedback


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """One piece of work for a worker: whose, what to do (`grade`, `feedback`), and with what."""

    subject: str
    verb: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Reply:
    """
    What came back for a parcel.

    `failure` is empty, or a stable word for why there is no `content`: `crash` (the worker
    died over it, twice) or `timeout`; `reason` says more.
    """

    subject: str
    content: bytes = b""
    failure: str = ""
    reason: str = ""


class Executor(Protocol):
    """Runs parcels on this machine or on others; bytes go in, bytes come out, no shared disk."""

    def run(
        self, bundle: Callable[[], bytes], parcels: Iterable[Parcel], *, workers: int = 0
    ) -> Iterator[Reply]:
        """
        Give a reply for each parcel as soon as it is there, in any order.

        `bundle` gives what all parcels share, which each worker gets once; it is asked before the
        first parcel, while workers may be starting already. A worker that is lost
        loses nothing: its parcel is run once more, elsewhere. 0 workers means as many as suit.
        When the caller stops listening, what is under way is ended.
        """
        ...


class Grader(Protocol):
    """Runs learners' work against the tests; nothing is written anywhere."""

    def grade(
        self, name: str, learners: Sequence[str], *, workers: int = 0
    ) -> Iterator[GradedWork]:
        """
        Grade collected work, several submissions at once, each as soon as it is known.

        Raises:
            RefusedError: learners' code could not be confined here.
        """
        ...

    def digests(self, name: str, learners: Sequence[str]) -> dict[str, str]:
        """Name what would go into grading, by learner, without grading."""
        ...

    def write_feedback(
        self, name: str, learners: Sequence[str], *, workers: int = 0
    ) -> Iterator[WrittenFeedback]:
        """Write the feedback pages of graded work, several learners at once."""
        ...
