"""Find somebody, and everything that our database holds of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, select

from courseops.adapters.store.database import Database
from courseops.adapters.store.people.places import PLACES, Place, of_homes
from courseops.adapters.store.tables import enrolments, runs, stays
from courseops.model.microseconds import moment_of
from courseops.model.people.whom import Kept, Row, Whom

_RUN = ("action", "scope", "started_at")


def identify(database: Database, hub: str, username: str, courses: Collection[str]) -> Whom:
    """
    Say who is called so on a hub: by enrolments in its courses, under this name or another.

    Who is in no course has no more than the username.
    """
    table = enrolments.c
    here = table.course_id.in_(sorted(courses))
    called = select(table.person_id).where(here, table.username == username).distinct()
    with database.reading() as connection:
        ids = tuple(connection.execute(called.order_by(table.person_id)).scalars())
        wanted = select(enrolments).where(here, table.person_id.in_(ids)).order_by(table.number)
        rows = list(connection.execute(wanted).mappings())
    return Whom(
        hub=hub,
        username=username,
        courses=tuple(courses),
        person_ids=ids,
        gradebook_ids=_each(row["gradebook_id"] for row in rows),
        details=_each(it for row in rows for it in _details(row)),
        former=_each(it for row in rows if (it := row["username"]) != username),
    )


def courses_known(database: Database) -> list[str]:
    """Name every course that anybody ever was enrolled in."""
    with database.reading() as connection:
        return sorted(connection.execute(select(enrolments.c.course_id).distinct()).scalars())


def everything_of(database: Database, whom: Whom) -> tuple[Kept, ...]:
    """Give what each table holds of somebody, at one unchanging state; nothing is left out."""
    with database.reading() as connection:
        return tuple(_kept(connection, place, whom) for place in PLACES)


def _kept(connection: Connection, place: Place, whom: Whom) -> Kept:
    if place.table is stays:
        rows = _files(connection, whom)
    else:
        found = connection.execute(_wanted(place, whom)).mappings()
        told = (place.told(whom, _shown(row, place)) for row in found)
        rows = tuple(row for row in told if row is not None)
    return Kept(table=place.table.name, about=place.about, rows=rows)


def _wanted(place: Place, whom: Whom) -> Select[Any]:
    table = place.table
    order = [table.c.number] if "number" in table.c else list(table.primary_key)
    if not place.runs:
        return select(table).where(place.whose(whom)).order_by(*order)
    of_run = [runs.c[name].label(name) for name in _RUN]
    joined = table.join(runs, runs.c.id == table.c.run_id)
    return select(table, *of_run).select_from(joined).where(place.whose(whom)).order_by(*order)


def _shown(row: RowMapping, place: Place) -> Row:
    return dict(_spelled(name, row[name]) for name in row if name not in place.hidden)


def _spelled(name: str, value: Any) -> tuple[str, object]:
    """Give moments and days as such, where they are kept as numbers."""
    if name.endswith("_us"):
        return f"{name.removesuffix('_us')}_at", None if value is None else moment_of(value)
    if name == "day":
        return name, moment_of(0).date() + timedelta(days=value)
    return name, value


def _files(connection: Connection, whom: Whom) -> tuple[Row, ...]:
    """Sum up the versions of files: there may be hundreds of thousands."""
    path, size = stays.c.path, stays.c.size_bytes
    columns = (func.count(), func.count(path.distinct()), func.sum(size))
    wanted = select(*columns).where(of_homes(whom))
    versions, files, size_bytes = connection.execute(wanted).one()
    if not versions:
        return ()
    # PostgreSQL sums large numbers into decimals.
    return ({"versions": versions, "files": files, "size_bytes": int(size_bytes)},)


def _each(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in words if word))


def _details(row: RowMapping) -> tuple[str, ...]:
    full = f"{row['given_name']} {row['family_name']}"
    # One name alone may be that of many, or an ordinary word.
    return (row["email"], full if row["given_name"] and row["family_name"] else "")
