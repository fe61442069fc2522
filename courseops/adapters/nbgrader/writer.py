"""What grading leaves in a course: scores, files, extensions, feedback, and copies beforehand.

nbgrader's process does the writing; here its answers become one outcome a learner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from courseops.adapters.folders import make_private
from courseops.adapters.nbgrader.client import Client
from courseops.adapters.nbgrader.scoring import read_score
from courseops.adapters.spelling import pack_feedback, spell_work
from courseops.errors import CourseOpsError
from courseops.model.assignments.grade import Score, in_words
from courseops.model.assignments.graded import GradedWork, WrittenFeedback
from courseops.model.language import Language
from courseops.model.run import Outcome

_TIMEOUT_SECONDS = 600.0

_MEND = {
    "unknown-notebook": "autograde again: the assignment was changed after this work was graded",
    "unknown-cell": "autograde again: the assignment was changed after this work was graded",
    "folder": "see that courseops may write to the course's folder, and do it again",
    "no-secret": "collect the work again; it came without the submission_secret.txt by which "
    "nbgrader finds feedback",
    "excluded": "take the learner out of CourseDirectory.student_id_exclude",
    "not-graded": "autograde this learner first",
}
_ASK_US = "do it again; if it fails again, this is a fault of courseops"


class GradebookWriter:
    """
    Writes one course; `client` holds it open.

    `copies` is the folder for copies of the gradebook, `language` that of what learners read.
    """

    def __init__(self, client: Client, *, copies: Path, language: Language) -> None:
        self._client = client
        self._copies = copies
        self._language = language

    def save(self) -> Path | None:
        """
        Keep a copy of an SQLite gradebook, and of all copies the newest five.

        Gives None for a database server, whose operator backs it up.

        Raises:
            CourseOpsError: the copy could not be made.
        """
        try:
            make_private(self._copies)
        except OSError as error:
            raise CourseOpsError(
                f"no copy of the gradebook can be kept in {self._copies}: {error.strerror}"
            ) from error
        path = self._ask("save_gradebook", folder=str(self._copies.resolve()))
        return Path(path) if path else None

    def merge(
        self, name: str, works: Sequence[GradedWork], extensions: Mapping[str, float]
    ) -> list[Outcome]:
        """Merge graded work in one transaction; give an outcome each, in the same order."""
        sound = [it for it in works if it.problem is None or it.problem.partial]
        answer = self._ask(
            "merge",
            name=name,
            works=[spell_work(it) for it in sound],
            extensions=dict(extensions),
        )
        scores = {row["learner"]: read_score(row) for row in answer["scores"]}
        return [_merged(work, scores, answer["refusals"]) for work in works]

    def preview(self, name: str, works: Sequence[GradedWork]) -> list[Score]:
        """Give the scores as `merge` would leave them."""
        # The files make most of it, and change no score.
        spelled = [spell_work(replace(it, files=())) for it in works]
        return [read_score(row) for row in self._ask("preview", name=name, works=spelled)]

    def extend(self, name: str, learner: str, seconds: float) -> bool:
        """Grant an extension; False if the gradebook has no row to keep it in."""
        return bool(self._ask("extend", name=name, learner=learner, seconds=seconds))

    def give_feedback(
        self, name: str, written: Sequence[WrittenFeedback], expected: Sequence[str]
    ) -> list[Outcome]:
        """
        Keep and release pages; give an outcome each, in the same order.

        Whose work has a problem gets a page for each `expected` notebook that says so.
        """
        ready = [_explained(name, it, expected, self._language) for it in written]
        refusals = self._client.ask(
            "release_pages",
            timeout_seconds=_TIMEOUT_SECONDS,
            attached=pack_feedback(ready),
            name=name,
        )
        return [_given(it, refusals.get(it.learner)) for it in ready]

    def _ask(self, verb: str, **arguments: Any) -> Any:
        return self._client.ask(verb, timeout_seconds=_TIMEOUT_SECONDS, **arguments)


def _explained(
    name: str, written: WrittenFeedback, expected: Sequence[str], language: Language
) -> WrittenFeedback:
    problem = written.problem
    if problem is None:
        return written
    from courseops.adapters.pages.feedback import as_html  # noqa: PLC0415 -- templates are slow to load

    pages = {
        notebook: as_html(assignment=name, notebook=notebook, problem=problem, language=language)
        for notebook in expected
    }
    return replace(written, pages=pages)


def _merged(
    work: GradedWork, scores: Mapping[str, Score], refusals: Mapping[str, Mapping[str, str]]
) -> Outcome:
    if work.problem and not work.problem.partial:
        problem = work.problem
        return Outcome.failed(work.learner, problem.reason, kind=problem.kind, mend=problem.mend)
    if work.learner in refusals:
        return _refused(work.learner, refusals[work.learner])
    return Outcome.done(work.learner, in_words(scores[work.learner]))


def _given(written: WrittenFeedback, refusal: Mapping[str, str] | None) -> Outcome:
    if refusal is None:
        count = len(written.pages)
        return Outcome.done(written.learner, f"{count} page{'s' if count != 1 else ''}")
    if refusal["kind"] in ("not-graded", "excluded"):
        return Outcome.skipped(
            written.learner,
            refusal["message"],
            kind=refusal["kind"],
            mend=_MEND[refusal["kind"]],
        )
    return _refused(written.learner, refusal)


def _refused(learner: str, refusal: Mapping[str, str]) -> Outcome:
    kind = refusal["kind"]
    return Outcome.failed(learner, refusal["message"], kind=kind, mend=_MEND.get(kind, _ASK_US))
