"""Say whether there is anything to collect, or to grade, that was not seen to yet."""

from __future__ import annotations

from datetime import datetime

from courseops.actions.assignments.overview import AUTOGRADE, COLLECT, scope_of, troubles
from courseops.actions.assignments.quarantine import MEND
from courseops.model.jobs.calendar import Dates
from courseops.model.run import TO_THE_END
from courseops.ports.course import Course
from courseops.ports.records import Runs


def is_uncollected(runs: Runs, dates: Dates, now: datetime) -> bool:
    """Say whether somebody's deadline has passed, and nothing was collected since."""
    moments = [dates.until, *dates.own.values()]
    passed = [at for at in moments if at is not None and at < now]
    scope = scope_of(dates.course_id, dates.name)
    return bool(passed) and not _is_after(_last(runs, COLLECT, scope), max(passed))


def has_news(course: Course, runs: Runs, name: str) -> bool:
    """
    Say whether there is work that no grading has looked at.

    Either it was brought in or mended since the last one, or it lies there without a grade
    and without a word why, as after nbgrader's own `collect`.
    """
    scope = scope_of(course.course_id, name)
    graded_at = _last(runs, AUTOGRADE, scope)
    if any(_is_after(_last(runs, act, scope), graded_at) for act in (COLLECT, MEND)):
        return True
    known = troubles(runs, course.course_id, name)
    return any(not it.graded and it.learner not in known for it in course.submissions(name))


def _last(runs: Runs, action: str, scope: str) -> datetime | None:
    """Say when what was last done to the end began."""
    found = runs.recent(action=action, scope=scope, endings=TO_THE_END, limit=1)
    return found[0].started_at if found else None


def _is_after(done_at: datetime | None, moment: datetime | None) -> bool:
    return done_at is not None and (moment is None or done_at > moment)
