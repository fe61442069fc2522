"""What a quick look asks our database, on SQLite as on PostgreSQL.

It is text, so that a database that is a file can be asked without loading SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Collection

from courseops.adapters.history.spelling import spelled_out

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


def snapshots(hub: str) -> tuple[str, dict[str, str]]:
    """Select every snapshot that is known of a hub: `number`, `id`, `line`, `taken_us`, `tags`."""
    return "SELECT number, id, line, taken_us, tags FROM snapshots WHERE hub = :hub", {"hub": hub}


def snapshots_of(hub: str, username: str) -> tuple[str, dict[str, str]]:
    """Select, likewise, those of the lines that hold the home of a learner."""
    return (
        """SELECT number, id, line, taken_us, tags FROM snapshots WHERE hub = :hub AND line IN (
            SELECT line FROM homes WHERE hub = :hub AND username = :username)""",
        _whose(hub, username),
    )


def homes(hub: str, username: str) -> tuple[str, dict[str, str]]:
    """Select from which snapshot on a line holds the home of a learner: `line`, `since_number`."""
    return (
        "SELECT line, since_number FROM homes WHERE hub = :hub AND username = :username",
        _whose(hub, username),
    )


def stays(hub: str, username: str) -> tuple[str, dict[str, str]]:
    """Select how long each file of a learner stayed the same."""
    return (
        """SELECT homes.line AS line, path, first_number, last_number,
            modified_us, size_bytes, mode, uid, gid
        FROM homes JOIN stays ON stays.home = homes.number
        WHERE homes.hub = :hub AND homes.username = :username""",
        _whose(hub, username),
    )


def broken_versions(hub: str, username: str) -> tuple[str, dict[str, str]]:
    """Select what is broken of a learner's files: `path`, `modified_us`, `size_bytes`."""
    return (
        """SELECT path, modified_us, size_bytes FROM broken_versions
        WHERE hub = :hub AND username = :username""",
        _whose(hub, username),
    )


def _whose(hub: str, username: str) -> dict[str, str]:
    return {"hub": hub, "username": spelled_out(username)}
