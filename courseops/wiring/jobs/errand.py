"""One run of a job under way, as its action is handed it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from courseops.errors import CourseOpsError, IncompleteError
from courseops.model.jobs.calendar import Subject
from courseops.model.jobs.job import Job
from courseops.model.run import Outcome, failures
from courseops.ports.hub import Hub
from courseops.wiring.site import Site


@dataclass(frozen=True, kw_only=True)
class Errand:
    """
    One run of a job: `about` says what fell due at `due_at`, if it follows the calendar.

    `seen` holds the hubs of which the run has read the lists, by name.
    """

    site: Site
    job: Job
    about: str = ""
    due_at: datetime | None = None
    seen: dict[str, Hub] = field(default_factory=dict)

    @property
    def subject(self) -> Subject | None:
        """Give the assignment that fell due; None where nobody said which."""
        return Subject.of(self.about) if self.about else None


def insist(outcomes: Sequence[Outcome]) -> str:
    """
    Say how many there were.

    Raises:
        IncompleteError: one of them failed.
    """
    failed = failures(outcomes)
    if failed:
        first = failed[0]
        raise IncompleteError(
            f"{len(failed)} of {len(outcomes)} failed; the first: {first.subject}: {first.reason}",
            hint=first.mend,
        )
    return f"{len(outcomes)} well" if outcomes else ""


def each(names: Iterable[str], act: Callable[[str], Iterable[Outcome]]) -> list[Outcome]:
    """
    Call `act` for each assignment; the trouble of one never stops the others.

    Each outcome says which assignment it belongs to.
    """
    outcomes: list[Outcome] = []
    for name in names:
        try:
            outcomes += [replace(it, subject=f"{name}, {it.subject}") for it in act(name)]
        except CourseOpsError as error:
            outcomes.append(Outcome.failed(name, error.in_full, kind="error", mend=error.hint))
    return outcomes
