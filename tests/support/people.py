"""A row about somebody in every table of our database, made from the tables themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import Boolean, Column, DateTime, Float, LargeBinary, create_engine, insert, select
from sqlalchemy.types import TypeDecorator

from courseops.adapters.store.columns import Lines, Moment
from courseops.adapters.store.people.columns import COLUMNS, Holds
from courseops.adapters.store.tables import metadata
from courseops.model.microseconds import microseconds

# Beyond what PostgreSQL numbers by itself.
_NUMBERED = 1000
HUB, COURSE = "campus", "py"
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FIXED = {"hub": HUB, "course_id": COURSE, "id": "{}-run", "run_id": "{}-run", "day": "2026-03-02"}


def person_id(username: str) -> str:
    return f"id-{username}"


def fill(url: str, username: str, number: int) -> None:
    """Leave a row about somebody in every table; `number` keeps the rows of several apart."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            row = {it.name: _value(it, username, number) for it in table.columns}
            connection.execute(insert(table), row)
    engine.dispose()


def texts(url: str) -> Iterator[tuple[str, str, dict[str, object], str]]:
    """Give every text in the database: table, column, row, text."""
    engine = create_engine(url)
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(select(table)).mappings():
                for column, value in row.items():
                    if isinstance(value, str):
                        yield table.name, column, dict(row), value
    engine.dispose()


def naming(url: str, username: str) -> set[tuple[str, str]]:
    """Give the columns in which somebody is named, with their tables."""
    full = "Ada" if username == "ada" else username.capitalize()
    named = re.compile(rf"(?<![\w.@-]){re.escape(username)}(?![\w@-])(?!\.\w)|{full} L")
    return {(table, column) for table, column, _, text in texts(url) if named.search(text)}


def _value(column: Column, username: str, number: int) -> object:
    table, name = column.table.name, column.name
    at = AT + timedelta(minutes=number)
    if name in ("number", "home", "account"):
        return _NUMBERED + number
    if isinstance(column.type, Moment):
        return None if name in ("lease_until", "cleared_at", "ended_at") else at
    if name.endswith("_us") and table in ("sessions", "activities", "storage"):
        return microseconds(at)
    if isinstance(column.type, Lines):
        return ()
    if name not in COLUMNS.get(table, {}):
        return _plain(column, number)
    return _words(table, name, username, number)


def _plain(column: Column, number: int) -> object:
    kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    if isinstance(kind, Boolean):
        return True
    if isinstance(kind, DateTime):
        return AT + timedelta(minutes=number)
    assert not isinstance(kind, LargeBinary)
    return float(number) if isinstance(kind, Float) else number


def _words(table: str, name: str, username: str, number: int) -> str:
    holds = COLUMNS[table][name]
    document = {"changes": [{"username": username, "verb": "enrol"}, {"username": "somebody"}]}
    by_kind = {
        Holds.USERNAME: username,
        Holds.ID: person_id(username),
        Holds.DETAIL: f"{username}@example.org" if name == "email" else username.capitalize(),
        Holds.ACTOR: username,
        Holds.SCOPE: f"home/{HUB}/{username}",
        Holds.WORDS: f"so it went with {username}.",
        Holds.PATH: f"homes/{username}/hw1.ipynb",
        Holds.DOCUMENT: json.dumps(document),
    }
    if (table, name) == ("snapshots", "tags"):
        return f"courseops,offboard:{username}"
    if (table, name) == ("tombstones", "volume"):
        return f"homes/{username}"
    if (table, name) == ("enrolments", "gradebook_id"):
        return ""
    if (table, name) == ("runs", "within"):
        return ""
    if holds is not Holds.NOBODY:
        return by_kind[holds]
    role = "learner" if name == "role" else f"{name}{number}"
    fixed = {"ending": "done", "status": "done", "phase": "made", "action": "roster-apply"}
    return fixed.get(name, FIXED.get(name, role)).format(username)
