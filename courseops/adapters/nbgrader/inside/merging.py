"""Inside the child: the one writer that puts graded work into the gradebook.

A batch is one transaction; work that does not fit the assignment is left out of it, alone.
Afterwards gradebook and folders are as nbgrader's Autograde would have left them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine
from sqlalchemy.exc import SQLAlchemyError

from courseops.adapters.nbgrader.asking import asking
from courseops.adapters.nbgrader.inside.folders import Place, place_of, share_with_group
from courseops.adapters.nbgrader.inside.opening import OpenCourse, RefusedError
from courseops.adapters.nbgrader.inside.rows import Shape, read_shape, write_rows
from courseops.adapters.nbgrader.scoring import scores_on, spell_score
from courseops.adapters.spelling import read_work
from courseops.model.assignments.graded import GradedWork

_Refusals = dict[str, dict[str, str]]


def merge(
    course: OpenCourse,
    name: str,
    works: Sequence[Mapping[str, Any]],
    extensions: Mapping[str, float],
) -> dict[str, Any]:
    """
    Merge a batch of graded work; give the `scores`, and `refusals` by learner.

    Raises:
        RefusedError: the assignment is unknown, or the gradebook would not be written; then
            nothing was changed.
    """
    refusals: _Refusals = {}
    with write_gradebook(course) as connection:
        shape = read_shape(connection, name)
        fitting = {it.learner: it for it in _fitting(shape, works, refusals)}
        places = _prepare(course, name, fitting, refusals)
        merged = [fitting[learner] for learner in places]
        try:
            for place in places.values():
                place.clear()
            write_rows(connection, shape, merged, extensions)
            scores = scores_on(asking(connection), name, list(places)) if places else []
            connection.commit()
        except BaseException:
            for place in places.values():
                place.restore()
            raise
    for learner, place in places.items():
        try:
            place.finish()
        except OSError as error:
            refusals[learner] = _refusal("folder", f"scored, but {place.final}: {error}")
    if course.coursedir.groupshared:
        share_with_group(course.folder("autograded", ".", "."))
    return {"refusals": refusals, "scores": [spell_score(it) for it in scores]}


def preview(
    course: OpenCourse, name: str, works: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Give the scores as `merge` would leave them; everything is undone again."""
    with write_gradebook(course) as connection:
        shape = read_shape(connection, name)
        fitting = {it.learner: it for it in _fitting(shape, works, {})}
        write_rows(connection, shape, list(fitting.values()), {})
        scores = scores_on(asking(connection), name, list(fitting)) if fitting else []
        connection.rollback()
    return [spell_score(it) for it in scores]


@contextmanager
def write_gradebook(course: OpenCourse) -> Iterator[Connection]:
    """
    Open a transaction that no other writer comes into; what is not committed is undone.

    Raises:
        RefusedError: the gradebook is locked, damaged or of another version.
    """
    try:
        with _engine(course.coursedir.db_url).connect() as connection:
            if connection.dialect.name == "sqlite":
                # A transaction that reads first cannot wait for another's lock any more:
                # https://sqlite.org/rescode.html#busy
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
    except SQLAlchemyError as error:
        raise RefusedError("gradebook", f"the gradebook could not be written: {error}") from error


@cache
def _engine(db_url: str) -> Engine:
    """Keep an engine, which remembers how its statements are spelled, but no connection."""
    return create_engine(db_url, poolclass=NullPool)


def _fitting(
    shape: Shape, works: Sequence[Mapping[str, Any]], refusals: _Refusals
) -> Iterator[GradedWork]:
    for row in works:
        try:
            work = read_work(row)
            shape.check(work)
        except RefusedError as error:
            refusals[row["learner"]] = _refusal(error.kind, str(error))
        except (KeyError, TypeError, ValueError) as error:
            refusals[row["learner"]] = _refusal("protocol", f"it is spelled wrongly: {error!r}")
        else:
            yield work


def _prepare(
    course: OpenCourse, name: str, works: Mapping[str, GradedWork], refusals: _Refusals
) -> dict[str, Place]:
    """Write the folders beside their places; leave out whose cannot be written."""
    places = {}
    for learner, work in works.items():
        try:
            place = place_of(course, "autograded", name, learner)
            place.prepare(work.files)
        except RefusedError as error:
            refusals[learner] = _refusal(error.kind, str(error))
        except OSError as error:
            refusals[learner] = _refusal("folder", str(error))
        else:
            places[learner] = place
    return places


def _refusal(kind: str, message: str) -> dict[str, str]:
    return {"kind": kind, "message": message}
