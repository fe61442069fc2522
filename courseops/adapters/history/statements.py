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
    values, names = _listed("scope", scopes)
    return (
        f"""SELECT runs.scope AS scope, {_OUTCOME}
        FROM outcomes JOIN runs ON runs.id = outcomes.run_id
        WHERE outcomes.status = 'failed' AND outcomes.number IN (
            SELECT max(outcomes.number) FROM outcomes JOIN runs ON runs.id = outcomes.run_id
            WHERE runs.action = :action AND runs.scope IN ({names})
            GROUP BY runs.scope, outcomes.subject)""",  # noqa: S608
        {"action": action, **values},
    )


def version(scope: str) -> tuple[str, dict[str, str]]:
    """Select what changes when a run on a scope or below begins, leaves an outcome or ends."""
    return (
        """SELECT coalesce(max(number), 0) AS newest, coalesce(sum(finished), 0) AS finished,
            count(ended_at) AS ended, count(*) AS begun
        FROM runs WHERE (scope = :scope OR scope LIKE :below) AND action <> 'look'""",
        {"scope": scope, "below": f"{scope}/%"},
    )


def up_to_date(action: str, after: str, scopes: Collection[str]) -> tuple[str, dict[str, str]]:
    """Select for whom `action` was done, and `after` was not since: `scope`, `subject`."""
    values, names = _listed("scope", scopes)
    return (
        f"""SELECT runs.scope AS scope, outcomes.subject AS subject
        FROM outcomes JOIN runs ON runs.id = outcomes.run_id
        WHERE runs.action IN (:action, :after) AND runs.scope IN ({names})
            AND outcomes.status = 'done'
        GROUP BY runs.scope, outcomes.subject
        HAVING max(CASE WHEN runs.action = :action THEN outcomes.number ELSE -1 END)
            > max(CASE WHEN runs.action = :after THEN outcomes.number ELSE -1 END)""",  # noqa: S608 -- names of ours
        {"action": action, "after": after, **values},
    )


def extensions(course_id: str, assignment: str) -> tuple[str, dict[str, str]]:
    """Select until when those have who were given more time: `learner`, `until_at`."""
    return (
        """SELECT learner, until_at FROM extensions
        WHERE course_id = :course_id AND assignment = :assignment""",
        {"course_id": course_id, "assignment": assignment},
    )


def newest_runs() -> tuple[str, dict[str, str]]:
    """
    Select the run of each action on each scope that was begun last, the last one first.

    By their numbers: the moments of those begun since a clock was set back are not the latest.
    """
    return (
        """SELECT * FROM runs WHERE number IN (
            SELECT max(number) FROM runs GROUP BY scope, action)
        ORDER BY number DESC""",
        {},
    )


def unsettled_runs() -> tuple[str, dict[str, str]]:
    """Select the runs that are under way or held, oldest first; by an index for either."""
    return (
        """SELECT * FROM runs WHERE ended_at IS NULL
        UNION ALL SELECT * FROM runs WHERE ending = 'held' ORDER BY number""",
        {},
    )


def first_failures(run_ids: Collection[str], first: int) -> tuple[str, dict[str, str]]:
    """Select how many items of each run failed, with the first few of them."""
    values, names = _listed("run", run_ids)
    return (
        f"""SELECT run_id, subject, failed FROM (
            SELECT run_id, subject,
                count(*) OVER (PARTITION BY run_id) AS failed,
                row_number() OVER (PARTITION BY run_id ORDER BY number) AS place
            FROM outcomes WHERE status = 'failed' AND run_id IN ({names})
        ) AS ranked WHERE place <= {first:d} ORDER BY run_id, place""",  # noqa: S608 -- names of ours
        values,
    )


def known_jobs() -> tuple[str, dict[str, str]]:
    """Select since when each job is known, and when its latest slot that was claimed was due."""
    return (
        """SELECT name, since, (SELECT max(due_at) FROM runs WHERE runs.job = jobs.name) AS claimed
        FROM jobs""",
        {},
    )


def open_alerts() -> tuple[str, dict[str, str]]:
    """Select what is wrong and has not gone, oldest first."""
    return "SELECT * FROM alerts WHERE cleared_at IS NULL ORDER BY since, key", {}


def last_copies(hub: str, scope: str, action: str) -> tuple[str, dict[str, str]]:
    """Select the last good copy, if any, of whoever a hub's last finished backup found."""
    return (
        """SELECT outcomes.subject AS username, last_copies.at AS at
        FROM outcomes
        JOIN shards ON shards.hub = :hub AND shards.username = outcomes.subject
        LEFT JOIN last_copies ON last_copies.hub = :hub AND last_copies.username = outcomes.subject
        WHERE outcomes.status <> 'skipped' AND outcomes.run_id = (
            SELECT id FROM runs
            WHERE scope = :scope AND action = :action AND ending IN ('done', 'incomplete')
            ORDER BY started_at DESC, number DESC LIMIT 1)""",
        {"hub": hub, "scope": scope, "action": action},
    )


def latest_drills(hub: str, most: int) -> tuple[str, dict[str, str]]:
    """Select a hub's drills, newest first."""
    return (
        f"SELECT * FROM drills WHERE hub = :hub ORDER BY at DESC, number DESC LIMIT {most:d}",  # noqa: S608
        {"hub": hub},
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


def _listed(word: str, wanted: Collection[str]) -> tuple[dict[str, str], str]:
    """Name each of the values of a list, and spell the list of their names."""
    values = {f"{word}{number}": it for number, it in enumerate(sorted(wanted))}
    return values, ", ".join(f":{it}" for it in values) or "NULL"
