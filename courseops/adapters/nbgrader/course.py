"""A course as nbgrader keeps it: folder, exchange, gradebook.

nbgrader itself works in a child process (see `client`); this module asks it, reads the files
it points to, and turns its answers into our words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from courseops.adapters.closing import Closing
from courseops.adapters.nbgrader.client import Client, NbgraderRefusedError, Opening
from courseops.adapters.nbgrader.gradebook import NbgraderGradebook
from courseops.errors import CourseOpsError
from courseops.model.assignment import (
    Assignment,
    Released,
    ReleasedCell,
    ReleasedNotebook,
    State,
)
from courseops.model.collection import Submission
from courseops.model.finding import Finding
from courseops.model.grade import Score
from courseops.model.run import Outcome

_READ_TIMEOUT_SECONDS = 120.0
_WRITE_TIMEOUT_SECONDS = 600.0

_SEE_NBGRADER = (
    "see what nbgrader says, in the course folder: nbgrader {verb} {name} --student {who}"
)


@dataclass(frozen=True, kw_only=True)
class Whereabouts:
    """
    Where a course is, and its exchange, whose times are in `timezone`.

    `submitted` is a path with `{learner}` and `{assignment}` in it.
    """

    root: str
    submitted: str
    groupshared: bool
    exchange: str
    timezone: str


class NbgraderCourse(Closing):
    """One course; `exchange` only fills in where the course's nbgrader_config.py names none."""

    def __init__(self, *, course_id: str, folder: Path, exchange: Path | None = None) -> None:
        self.course_id = course_id
        self._client = Client(Opening(course_id=course_id, folder=folder, exchange=exchange))
        self.gradebook = NbgraderGradebook(self._client)

    def close(self) -> None:
        """End nbgrader's process."""
        self._client.close()

    def preflight(self) -> list[Finding]:
        """Say what `doctor` should show."""
        subject = f"course/{self.course_id}"
        found = self._read("describe")
        findings = [
            Finding.ok(subject, f"nbgrader {found['version']}, exchange {found['exchange']}")
        ]
        if not found["exchange_exists"]:
            findings.append(
                Finding.warning(
                    subject,
                    f"the exchange {found['exchange']} is not there yet",
                    "the first `courseops assignment release` creates it",
                )
            )
        if not found["timezone_known"]:
            findings.append(
                Finding.problem(
                    subject,
                    f"nbgrader does not know the time zone {found['timezone']!r}",
                    "set c.Exchange.timezone in nbgrader_config.py, for example to 'Europe/Paris'",
                )
            )
        return findings

    def assignments(self) -> list[Assignment]:
        """List the assignments that have a source, by deadline, then name."""
        return [
            Assignment(**{**row, "state": State(row["state"]), "due_at": _moment(row["due_at"])})
            for row in self._read("list_assignments")
        ]

    def release(self, name: str, *, due_at: datetime | None = None) -> Released:
        """
        Generate the learners' version and put it in the exchange, unless it is there already.

        Raises:
            RefusedError: nbgrader would not, in its own words.
        """
        due = due_at.isoformat() if due_at else ""
        return Released(self._write("release", name=name, due_at=due))

    def set_due(self, name: str, due_at: datetime) -> None:
        """Give an assignment its deadline."""
        self._write("set_due", name=name, due_at=due_at.isoformat())

    def released_notebooks(self, name: str) -> tuple[ReleasedNotebook, ...]:
        """Give what was handed out, as the gradebook remembers it."""
        return tuple(
            ReleasedNotebook(
                name=row["name"], cells=tuple(ReleasedCell(**cell) for cell in row["cells"])
            )
            for row in self._read("list_released", name=name)
        )

    def whereabouts(self) -> Whereabouts:
        """Say where submissions come from and where nbgrader looks for them."""
        return Whereabouts(**self._read("describe_whereabouts"))

    def extensions(self, name: str) -> dict[str, timedelta]:
        """Give the extensions that the gradebook keeps, by learner."""
        found = self._read("list_extensions", name=name)
        return {who: timedelta(seconds=seconds) for who, seconds in found.items()}

    def extend(self, name: str, learner: str, *, seconds: float) -> bool:
        """Grant an extension from the deadline on; False if there is no submission to keep it."""
        return bool(self._write("extend", name=name, learner=learner, seconds=seconds))

    def submissions(self, name: str) -> list[Submission]:
        """List the collected work, by learner."""
        return [
            Submission(**{**row, "submitted_at": _moment(row["submitted_at"])})
            for row in self._read("list_submissions", name=name)
        ]

    def handed_in(self, name: str, learner: str) -> dict[str, bytes]:
        """Give the notebooks of one collected submission, by name, untouched."""
        return self._notebooks("submitted", name, learner)

    def graded(self, name: str, learner: str) -> dict[str, bytes]:
        """Give the notebooks of one submission as they were after autograding."""
        return self._notebooks("autograded", name, learner)

    def scores(self, name: str = "") -> list[Score]:
        """Give the gradebook's scores, of one assignment or of all."""
        return [read_score(row) for row in self._read("list_scores", name=name)]

    def release_feedback(self, name: str, learner: str) -> Outcome:
        """Write the feedback for one learner's graded work, and put it in the exchange."""
        try:
            pages = self._write("give_feedback", name=name, learner=learner)
        except CourseOpsError as error:
            kind = _kind_of(error)
            if kind == "not-graded":
                return Outcome.skipped(learner, str(error), kind=kind)
            mend = _SEE_NBGRADER.format(verb="generate_feedback --force", name=name, who=learner)
            return Outcome.failed(learner, str(error), kind=kind, mend=mend)
        return Outcome.done(learner, f"{pages} page{'s' if pages != 1 else ''}")

    def _notebooks(self, step: str, name: str, learner: str) -> dict[str, bytes]:
        folder = Path(self._read("folder", step=step, name=name, learner=learner))
        return {
            it.stem: it.read_bytes()
            for it in sorted(folder.glob("*.ipynb"))
            if it.is_file() and not it.is_symlink()
        }

    def _read(self, verb: str, **arguments: str) -> Any:
        return self._client.ask(verb, timeout_seconds=_READ_TIMEOUT_SECONDS, **arguments)

    def _write(self, verb: str, **arguments: str | float) -> Any:
        return self._client.ask(verb, timeout_seconds=_WRITE_TIMEOUT_SECONDS, **arguments)


def read_score(row: Mapping[str, Any]) -> Score:
    """Read a score as the child writes it."""
    return Score(**{**row, "submitted_at": _moment(row["submitted_at"])})


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _kind_of(error: CourseOpsError) -> str:
    return error.kind if isinstance(error, NbgraderRefusedError) else "nbgrader"
