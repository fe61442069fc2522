"""What a look at the state of a course asks our database, on SQLite as on PostgreSQL.

It is text, so that a database that is a file can be asked without loading SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Collection

_OUTCOME = "outcomes.subject, outcomes.status, outcomes.kind, outcomes.reason, outcomes.mend"


def latest_outcomes(action: str, scope: str) -> tuple[str, dict[str, str]]:
    """Select the newest outcome of each subject over all runs of `action` on `scope`."""
    return (
        f"""SELECT {_OUTCOME} FROM outcomes WHERE number IN (
            SELECT max(outcomes.number) FROM outcomes JOIN runs ON runs.id = outcomes.run_id
            WHERE runs.action = :action AND runs.scope = :scope GROUP BY outcomes.subject)""",  # noqa: S608 -- names of ours
        {"action": action, "scope": scope},
    )


def latest_failures(action: str, scopes: Collection[str]) -> tuple[str, dict[str, str]]:
    """Select, with `scope`, those newest outcomes that are failures."""
    values = {f"scope{number}": it for number, it in enumerate(sorted(scopes))}
    names = ", ".join(f":{it}" for it in values) or "NULL"
    return (
        f"""SELECT runs.scope AS scope, {_OUTCOME}
        FROM outcomes JOIN runs ON runs.id = outcomes.run_id
        WHERE outcomes.status = 'failed' AND outcomes.number IN (
            SELECT max(outcomes.number) FROM outcomes JOIN runs ON runs.id = outcomes.run_id
            WHERE runs.action = :action AND runs.scope IN ({names})
            GROUP BY runs.scope, outcomes.subject)""",  # noqa: S608
        {"action": action, **values},
    )


def extensions(course_id: str, assignment: str) -> tuple[str, dict[str, str]]:
    """Select until when those have who were given more time: `learner`, `until_at`."""
    return (
        """SELECT learner, until_at FROM extensions
        WHERE course_id = :course_id AND assignment = :assignment""",
        {"course_id": course_id, "assignment": assignment},
    )
