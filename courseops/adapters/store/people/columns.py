"""What each column of text holds of persons: all of them, so that none is forgotten.

A test goes through all tables: a column that is not declared here fails it, and so does a table
that names persons and that `places` does not look into.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from sqlalchemy import Table


class Holds(StrEnum):
    """What of a person may stand in a column."""

    NOBODY = "nobody"
    USERNAME = "the name of an account"
    ID = "what a source, a gradebook or a platform calls somebody"
    DETAIL = "a given or family name, an address"
    ACTOR = "who did something"
    SCOPE = "what something is about: a hub, a course, somebody's home"
    WORDS = "sentences, which may name somebody"
    PATH = "a path, which may lie in somebody's home"
    DOCUMENT = "a document that lists people"


_NOBODY = Holds.NOBODY

COLUMNS: Mapping[str, Mapping[str, Holds]] = {
    "enrolments": {
        "course_id": _NOBODY,
        "person_id": Holds.ID,
        "role": _NOBODY,
        "section": _NOBODY,
        "username": Holds.USERNAME,
        "given_name": Holds.DETAIL,
        "family_name": Holds.DETAIL,
        "email": Holds.DETAIL,
        "gradebook_id": Holds.ID,
        "lms_id": Holds.ID,
    },
    "plans": {"fingerprint": _NOBODY, "scope": Holds.SCOPE, "document": Holds.DOCUMENT},
    "manifests": {
        "course_id": _NOBODY,
        "assignment": _NOBODY,
        "learner": Holds.USERNAME,
        "folder": Holds.PATH,
        "source": _NOBODY,
        "place": Holds.PATH,
        "stamp": _NOBODY,
        "digest": _NOBODY,
        "fingerprint": _NOBODY,
        "remarks": _NOBODY,
    },
    "extensions": {"course_id": _NOBODY, "assignment": _NOBODY, "learner": Holds.USERNAME},
    "gradings": {
        "course_id": _NOBODY,
        "assignment": _NOBODY,
        "learner": Holds.USERNAME,
        "digest": _NOBODY,
    },
    "runs": {
        "id": _NOBODY,
        "action": _NOBODY,
        "scope": Holds.SCOPE,
        "actor": Holds.ACTOR,
        "ending": _NOBODY,
        "plan": _NOBODY,
        "error": Holds.WORDS,
        "job": _NOBODY,
        "slot": _NOBODY,
        "about": _NOBODY,
        "within": _NOBODY,
        "owner": _NOBODY,
        "cancelled_by": Holds.ACTOR,
    },
    "outcomes": {
        "run_id": _NOBODY,
        "subject": Holds.USERNAME,
        "status": _NOBODY,
        "kind": _NOBODY,
        "reason": Holds.WORDS,
        "mend": Holds.WORDS,
    },
    "audit": {
        "run_id": _NOBODY,
        "actor": Holds.ACTOR,
        "phase": _NOBODY,
        "subject": Holds.USERNAME,
        "change": Holds.WORDS,
        "detail": Holds.WORDS,
    },
    "jobs": {"name": _NOBODY},
    "alerts": {
        "key": _NOBODY,
        "severity": _NOBODY,
        "job": _NOBODY,
        "scope": _NOBODY,
        "what": Holds.WORDS,
        "mend": Holds.WORDS,
        "run_id": _NOBODY,
        "met": _NOBODY,
        "owing": _NOBODY,
    },
    "accounts": {"hub": _NOBODY, "username": Holds.USERNAME},
    "samples": {"hub": _NOBODY},
    "sessions": {"server": _NOBODY},
    "spawns": {"hub": _NOBODY, "waits": _NOBODY},
    "usage_days": {
        "hub": _NOBODY,
        "span": _NOBODY,
        "first_day": _NOBODY,
        "course_id": _NOBODY,
        "hourly_peaks": _NOBODY,
    },
    "gaps": {"hub": _NOBODY},
    "bookmarks": {"hub": _NOBODY, "source": _NOBODY, "text": _NOBODY},
    "snapshots": {"hub": _NOBODY, "id": _NOBODY, "line": _NOBODY, "tags": Holds.USERNAME},
    "homes": {"hub": _NOBODY, "username": Holds.USERNAME, "line": _NOBODY},
    "stays": {"path": Holds.PATH},
    "broken_versions": {"hub": _NOBODY, "username": Holds.USERNAME, "path": Holds.PATH},
    "shards": {"hub": _NOBODY, "username": Holds.USERNAME},
    "last_copies": {"hub": _NOBODY, "username": Holds.USERNAME, "run_id": _NOBODY},
    "unread_paths": {"hub": _NOBODY, "path": Holds.PATH},
    "drills": {
        "hub": _NOBODY,
        "what": _NOBODY,
        "username": Holds.USERNAME,
        "path": Holds.PATH,
        "snapshot_id": _NOBODY,
        "problem": Holds.WORDS,
    },
    "tombstones": {
        "hub": _NOBODY,
        "username": Holds.USERNAME,
        "volume": Holds.PATH,
        "run_id": _NOBODY,
    },
}


# Rows of other tables belong to somebody by the number of a row of these.
KEYS = ("accounts", "homes")


def is_of_people(table: Table) -> bool:
    """Say whether the rows of a table name somebody, or belong to whoever another table names."""
    named = COLUMNS.get(table.name, {}).values()
    keys = {key.column.table.name for key in table.foreign_keys}
    return any(it is not Holds.NOBODY for it in named) or bool(keys.intersection(KEYS))
