"""A course as nbgrader keeps it: folder, exchange, gradebook.

nbgrader itself works in a child process (see `client`); this module asks it, reads the files
it points to, and turns its answers into our words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from courseops.adapters.closing import Closing
from courseops.adapters.nbgrader.client import Client, Opening
from courseops.adapters.nbgrader.freshness import State, state_of
from courseops.adapters.nbgrader.gradebook import NbgraderGradebook
from courseops.adapters.nbgrader.look import Look
from courseops.adapters.nbgrader.mended import MendedWork
from courseops.adapters.nbgrader.releasing import NbgraderReleasing
from courseops.adapters.nbgrader.scoring import read_score
from courseops.adapters.nbgrader.writer import GradebookWriter
from courseops.model.assignments.assignment import Assignment, ReleasedNotebook
from courseops.model.assignments.collection import Submission
from courseops.model.assignments.grade import Score
from courseops.model.assignments.graded import GradedWork, WrittenFeedback
from courseops.model.assignments.mending import Mending
from courseops.model.assignments.work import Work, works_of
from courseops.model.finding import Finding
from courseops.model.language import Language
from courseops.model.run import Outcome

_READ_TIMEOUT_SECONDS = 120.0


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
    """
    One course; `exchange` only fills in where the course's nbgrader_config.py names none.

    In `state` lie copies of the gradebook, and what spares nbgrader a start; without it, the
    copies are in the course's own folder. Learners read a `language` in what we write for them.
    """

    def __init__(
        self,
        *,
        course_id: str,
        folder: Path,
        exchange: Path | None = None,
        state: Path | None = None,
        language: Language = "en",
    ) -> None:
        self.course_id = course_id
        opening = Opening(course_id=course_id, folder=folder, exchange=exchange)
        self.client = Client(opening)
        self._look = Look(self.client, opening, state)
        self.gradebook = NbgraderGradebook(self.client, self._look)
        self.releasing = NbgraderReleasing(course_id, self.client, self._look)
        copies = (state or folder / ".courseops") / "gradebooks" / course_id
        self._writer = GradebookWriter(self.client, copies=copies, language=language)
        self._mended = MendedWork(folder)

    def close(self) -> None:
        """End nbgrader's process."""
        self.client.close()

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

    def assignments(self, name: str = "", *, counting: bool = True) -> list[Assignment]:
        """
        List the assignments that have a source, by deadline, then name; or only one of them.

        Without `counting`, their numbers of submissions may be 0, which is quicker.
        """
        return self.releasing.assignments(name, counting=counting)

    def released_notebooks(self, name: str) -> tuple[ReleasedNotebook, ...]:
        """Give what was handed out, as the gradebook remembers it."""
        return self.releasing.released_notebooks(name)

    def handed_out(self, name: str) -> dict[str, bytes]:
        """Give the notebooks of the learners' version of an assignment, by name."""
        return self._notebooks("release", name, ".")

    def whereabouts(self) -> Whereabouts:
        """Say where submissions come from and where nbgrader looks for them."""
        layout = self._look.layout()
        return Whereabouts(
            root=layout.root,
            submitted=layout.folder("submitted", "{assignment}", "{learner}"),
            groupshared=layout.groupshared,
            exchange=layout.exchange,
            timezone=layout.timezone,
        )

    def gradebook_address(self) -> tuple[str, str]:
        """Give the course's folder, and the URL of its gradebook, which may be relative to it."""
        layout = self._look.layout()
        return layout.root, layout.db_url

    def state(self) -> State | None:
        """Give what changes when the course does (see `freshness`); None where nobody can know."""
        return state_of(self._look.layout(), self.course_id)

    def extensions(self, name: str) -> dict[str, timedelta]:
        """Give the extensions that the gradebook keeps, by learner."""

        def ask() -> dict[str, timedelta]:
            found = self._read("list_extensions", name=name)
            return {who: timedelta(seconds=seconds) for who, seconds in found.items()}

        return self._look.at(lambda reader: reader.extensions(name), ask)

    def submissions(self, name: str) -> list[Submission]:
        """List the collected work, by learner."""

        def ask() -> list[Submission]:
            return [
                Submission(**{**row, "submitted_at": _moment(row["submitted_at"])})
                for row in self._read("list_submissions", name=name)
            ]

        return self._look.at(lambda reader: reader.submissions(name), ask)

    def handed_in(self, name: str, learner: str) -> dict[str, bytes]:
        """Give the notebooks of one collected submission, by name: mended, if they were."""
        return self._mended.over(name, learner, self._notebooks("submitted", name, learner))

    def mend(self, name: str, mending: Mending) -> None:
        """Keep mended notebooks beside one submission; from now on these are graded."""
        original = self._notebooks("submitted", name, mending.learner)
        self._mended.keep(name, mending.learner, original, mending.notebooks)

    def mended(self, name: str, learner: str, files: dict[str, bytes]) -> dict[str, bytes]:
        """Give the files of a submission to grade, by path, with what was mended."""
        return self._mended.over_files(name, learner, files)

    def graded(self, name: str, learner: str) -> dict[str, bytes]:
        """Give the notebooks of one submission as they were after autograding."""
        return self._notebooks("autograded", name, learner)

    def scores(self, name: str = "") -> list[Score]:
        """Give the gradebook's scores, of one assignment or of all."""

        def ask() -> list[Score]:
            return [read_score(row) for row in self._read("list_scores", name=name)]

        return self._look.at(lambda reader: reader.scores(name), ask)

    def works(self, names: Sequence[str]) -> dict[str, dict[str, Work]]:
        """Give everybody's collected work, by assignment and learner, with what it scored."""

        def ask() -> dict[str, dict[str, Work]]:
            return {it: works_of(self.submissions(it), self.scores(it)) for it in names}

        return self._look.at(lambda reader: reader.works(names), ask)

    def by_hand(self, name: str) -> dict[str, int]:
        """Count the cells of an assignment that wait for a person, by learner."""
        return dict(self._read("count_by_hand", name=name))

    def save_gradebook(self) -> None:
        """Keep a copy of the gradebook as it is now, and only the newest few."""
        self._writer.save()

    def merge(
        self,
        name: str,
        works: Sequence[GradedWork],
        extensions: Mapping[str, float] | None = None,
    ) -> list[Outcome]:
        """
        Put grading results into the gradebook, all in one transaction, then their files.

        Doing so again changes nothing. Points and comments given by hand stay. One that does
        not fit the gradebook fails alone. `extensions`, in seconds by learner, are those that
        the gradebook had no row for when they were granted.
        """
        return self._writer.merge(name, works, extensions or {})

    def preview(self, name: str, works: Sequence[GradedWork]) -> list[Score]:
        """Give the scores as `merge` would leave them, and leave everything as it is."""
        return self._writer.preview(name, works)

    def extend(self, name: str, learner: str, *, seconds: float) -> bool:
        """
        Grant an extension from the deadline on, 0 seconds for none; False if there is no row yet.

        Then whoever granted it keeps it, and gives it to `merge` with the learner's first work.
        """
        return self._writer.extend(name, learner, seconds)

    def marks(self, name: str, learners: Sequence[str] = ()) -> dict[str, list[dict[str, Any]]]:
        """Give points and remarks cell by cell, as `inside.reading.list_marks` spells them."""
        found: dict[str, list[dict[str, Any]]] = self.client.ask(
            "list_marks",
            timeout_seconds=_READ_TIMEOUT_SECONDS,
            name=name,
            learners=list(learners),
        )
        return found

    def give_feedback(self, name: str, written: Sequence[WrittenFeedback]) -> list[Outcome]:
        """Keep feedback pages with the course, and put them in the exchange."""
        # Only who has no feedback gets a page of ours for each notebook.
        explained = any(it.problem for it in written)
        expected = [it.name for it in self.released_notebooks(name)] if explained else []
        return self._writer.give_feedback(name, written, expected)

    def feedback(self, name: str, learner: str) -> dict[str, bytes]:
        """Give the feedback pages of one learner as they were last kept, by notebook."""
        return self._files("feedback", name, learner, "*.html")

    def _notebooks(self, step: str, name: str, learner: str) -> dict[str, bytes]:
        return self._files(step, name, learner, "*.ipynb")

    def _files(self, step: str, name: str, learner: str, pattern: str) -> dict[str, bytes]:
        folder = Path(self._read("folder", step=step, name=name, learner=learner))
        return {
            it.stem: it.read_bytes()
            for it in sorted(folder.glob(pattern))
            if it.is_file() and not it.is_symlink()
        }

    def _read(self, verb: str, **arguments: Any) -> Any:
        return self.client.ask(verb, timeout_seconds=_READ_TIMEOUT_SECONDS, **arguments)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
