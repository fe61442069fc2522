"""Read a gradebook and the folders beside it without starting nbgrader.

nbgrader needs a second to start and a query an object; a class of 1,500 is read here with a
few statements in a fraction of that. The answers are those of nbgrader's own
`NbGraderAPI.get_assignments` and `api.SubmittedAssignment`; nothing is ever written, and an
SQLite file that is locked is waited for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from courseops.adapters.nbgrader import totals
from courseops.adapters.nbgrader.asking import Asking, UnusualError, moment, opened, span
from courseops.adapters.nbgrader.layout import Layout, read_stamp
from courseops.adapters.nbgrader.moments import read_moment
from courseops.adapters.nbgrader.scoring import extended, late_seconds, scores_on
from courseops.model.assignments.assignment import Assignment, State
from courseops.model.assignments.collection import Submission
from courseops.model.assignments.grade import Score
from courseops.model.assignments.work import Work
from courseops.model.roster import Person

_WRITTEN_SIGNS = len("2026-03-02 09:00:00.000000 UTC")

__all__ = ["GradebookReader", "UnusualError"]


class _Deadline:
    """An assignment's deadline, and how nbgrader would write it."""

    def __init__(self, at: datetime | None) -> None:
        self.at = at
        self._written = f"{at:%Y-%m-%d %H:%M:%S.%f}" if at else ""

    def is_after(self, stamp: str | None) -> bool:
        """Say quickly that work came in time; False proves nothing."""
        if stamp is None or len(stamp) != _WRITTEN_SIGNS or not stamp.endswith(" UTC"):
            return False
        return stamp < self._written


@dataclass(frozen=True, kw_only=True)
class _Totals:
    """
    A whole gradebook: submissions by assignment and learner, deadlines by assignment.

    `points` and what was `taken` off are by the submission's id.
    """

    rows: Mapping[str, Mapping[str, Any]]
    due: Mapping[str, datetime | None]
    points: Mapping[str, Any]
    taken: Mapping[str, float]


class GradebookReader:
    """Reads one course, `layout` says where from."""

    def __init__(self, course_id: str, layout: Layout) -> None:
        self._course_id = course_id
        self._layout = layout

    def students(self) -> dict[str, Person]:
        """Give the students by the only id of theirs that nbgrader knows."""
        with self._opened() as ask:
            rows = ask(totals.students())
        return {
            row["id"]: Person(
                id=row["id"],
                username=row["id"],
                given_name=row["first_name"] or "",
                family_name=row["last_name"] or "",
                email=row["email"] or "",
            )
            for row in rows
        }

    def assignments(self, name: str = "", *, counting: bool = True) -> list[Assignment]:
        """
        List the assignments that have a source, by deadline, then name; or only one of them.

        Without `counting`, nobody's work is counted.

        Raises:
            UnusualError: what is released cannot be seen from here.
        """
        if not self._layout.plain:
            raise UnusualError("the exchange is not nbgrader's folder")
        names = [it for it in self._layout.assignments() if name in ("", it)]
        with self._opened() as ask:
            about = {it["name"]: it for it in ask(totals.assignments())}
            by_hand = (
                {it["name"]: it["waiting"] for it in ask(totals.by_hand(name))} if counting else {}
            )
            rows = ask(totals.submissions(name)) if counting else []
        graded = self._graded(rows, names)
        there = self._layout.everybody("submitted", names) if counting else {}
        found = [
            self._assignment(
                it, about.get(it), len(there.get(it, ())), graded.get(it, 0), by_hand.get(it, 0)
            )
            for it in names
        ]
        # nbgrader sorts by what it writes of the time.
        return sorted(
            found, key=lambda it: (it.due_at.isoformat() if it.due_at else "None", it.name)
        )

    def _assignment(
        self, name: str, row: Any, submitted: int, graded: int, by_hand: int
    ) -> Assignment:
        released = self._layout.is_released(self._course_id, name)
        return Assignment(
            name=name,
            state=State.RELEASED if released else State.DRAFT,
            due_at=moment(row["duedate"]) if row else None,
            max_score=float(row["max_score"]) if row else 0,
            submitted=submitted,
            graded=graded,
            needs_manual_grade=by_hand,
        )

    def _graded(self, rows: Sequence[Any], names: Sequence[str]) -> dict[str, int]:
        counts = dict.fromkeys(names, 0)
        if not rows:
            return counts
        there = {it: set(who) for it, who in self._layout.everybody("autograded", names).items()}
        for row in rows:
            name, learner = row["name"], row["student_id"]
            if learner in there.get(name, ()) and _is_same(
                self._stamp(name, learner), row["timestamp"]
            ):
                counts[name] += 1
        return counts

    def submissions(self, name: str) -> list[Submission]:
        """List the collected work, by learner."""
        with self._opened() as ask:
            rows = {it["student_id"]: it for it in ask(totals.submissions(name))}
            marked = {it["submission"] for it in ask(totals.marked(name))}
            due_at = next((moment(it["duedate"]) for it in ask(totals.deadline(name))), None)
        graded = set(self._layout.learners("autograded", name))
        found = []
        for learner in self._layout.learners("submitted", name):
            row = rows.get(learner)
            stamp = self._stamp(name, learner)
            submitted_at = _time(stamp)
            due = extended(due_at, span(row["extension"]) if row else None)
            same = row is not None and _is_same(stamp, row["timestamp"])
            found.append(
                Submission(
                    learner=learner,
                    submitted_at=submitted_at,
                    late_seconds=late_seconds(submitted_at, due),
                    graded=learner in graded and same,
                    ever_graded=learner in graded or (row is not None and row["id"] in marked),
                )
            )
        return found

    def works(self, names: Sequence[str]) -> dict[str, dict[str, Work]]:
        """Give everybody's collected work, by assignment and learner, with what it scored."""
        with ThreadPoolExecutor(1) as aside:
            # SQLite adds up on one core while the folders are looked into on another.
            asking = aside.submit(self._totals)
            there = self._layout.everybody("submitted", names)
            graded = self._layout.everybody("autograded", names)
            stamps = {it: self._stamps(it, there[it]) for it in names}
            known = asking.result()
        found: dict[str, dict[str, Work]] = {}
        for name in names:
            done, rows = set(graded[name]), known.rows.get(name, {})
            deadline = _Deadline(known.due.get(name))
            found[name] = {
                who: _work(stamp, rows.get(who), deadline, known, there=who in done)
                for who, stamp in stamps[name].items()
            }
        return found

    def _stamps(self, name: str, learners: Iterable[str]) -> dict[str, str | None]:
        folder_of = self._layout.folders("submitted", name)
        return {who: read_stamp(folder_of(who)) for who in learners}

    def _totals(self) -> _Totals:
        with self._opened() as ask:
            rows: defaultdict[str, dict[str, Any]] = defaultdict(dict)
            for it in ask(totals.submissions()):
                rows[it["name"]][it["student_id"]] = it
            return _Totals(
                rows=rows,
                due={it["name"]: moment(it["duedate"]) for it in ask(totals.assignments())},
                points={it["submission"]: it for it in ask(totals.points())},
                taken={it["submission"]: it["penalty"] for it in ask(totals.penalties())},
            )

    def extensions(self, name: str) -> dict[str, timedelta]:
        """Give the extensions that the gradebook keeps, by learner."""
        with self._opened() as ask:
            found = {it["student_id"]: span(it["extension"]) for it in ask(totals.extensions(name))}
        return {who: more for who, more in found.items() if more}

    def scores(self, name: str = "", learners: Sequence[str] = ()) -> list[Score]:
        """Give the scores of one assignment or of all, of some learners or of all."""
        with self._opened() as ask:
            return scores_on(ask, name, learners)

    def _stamp(self, name: str, learner: str) -> str | None:
        return read_stamp(self._layout.folder("submitted", name, learner))

    def _opened(self) -> AbstractContextManager[Asking]:
        return opened(self._layout.root, self._layout.db_url)


def _work(stamp: str | None, row: Any, deadline: _Deadline, known: _Totals, *, there: bool) -> Work:
    late = 0.0
    if not deadline.is_after(stamp):
        extension = span(row["extension"]) if row else None
        late = late_seconds(_time(stamp), extended(deadline.at, extension))
    if row is None:
        return Work(graded=False, ever_graded=there, late_seconds=late)
    submission = row["id"]
    scored = known.points.get(submission)
    raw = scored["raw"] if scored else 0.0
    return Work(
        graded=there and _is_same(stamp, row["timestamp"]),
        ever_graded=there or bool(scored and scored["scored"]),
        late_seconds=late,
        points=max(0.0, raw - known.taken.get(submission, 0.0)),
        by_hand=bool(scored and scored["by_hand"]),
    )


def _time(stamp: str | None) -> datetime | None:
    """Give when the collected work was submitted; None also for text that is no time."""
    try:
        return read_moment(stamp)
    except ValueError:
        return None


def _is_same(stamp: str | None, graded_at: datetime | str | None) -> bool:
    """Say whether what was graded is what is there; a stamp that is no time is never the same."""
    if isinstance(graded_at, str) and stamp == f"{graded_at} UTC":
        return True
    try:
        return read_moment(stamp) == moment(graded_at)
    except ValueError:
        return False
