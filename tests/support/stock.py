"""What nbgrader's own commands leave behind, as data of ours."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from courseops.adapters.nbgrader.layout import read_stamp
from courseops.adapters.nbgrader.moments import read_moment
from courseops.model.assignments.graded import (
    CellComment,
    CellScore,
    GradedFile,
    GradedNotebook,
    GradedWork,
)

_OF_NOTEBOOK = """
    FROM submitted_notebook sn
    JOIN notebook n ON n.id = sn.notebook_id
    JOIN submitted_assignment s ON s.id = sn.assignment_id
    JOIN assignment a ON a.id = s.assignment_id
"""


def graded_work(folder: Path, name: str, learner: str) -> GradedWork:
    """Read one learner's work as nbgrader graded it, from gradebook and folder."""
    graded = folder / "autograded" / learner / name
    with closing(sqlite3.connect(folder / "gradebook.db")) as connection:
        notebooks = connection.execute(
            f"SELECT sn.id, n.name, sn.late_submission_penalty {_OF_NOTEBOOK}"
            "WHERE a.name = ? AND s.student_id = ? ORDER BY n.name",
            (name, learner),
        ).fetchall()
        return GradedWork(
            learner=learner,
            digest=f"digest of {learner}",
            submitted_at=read_moment(read_stamp(str(graded))),
            notebooks=tuple(_notebook(connection, *row) for row in notebooks),
            files=files_in(graded),
        )


def _notebook(
    connection: sqlite3.Connection, id_: str, name: str, penalty: float | None
) -> GradedNotebook:
    def rows(columns: str, table: str) -> list[tuple[Any, ...]]:
        return connection.execute(
            f"SELECT c.name, {columns} FROM {table} t JOIN base_cell c ON c.id = t.cell_id "
            "WHERE t.notebook_id = ? ORDER BY c.name",
            (id_,),
        ).fetchall()

    return GradedNotebook(
        name=name,
        late_penalty=penalty,
        cells=tuple(
            CellScore(id=cell, auto=auto, needs_manual_grade=bool(needs))
            for cell, auto, needs in rows("auto_score, needs_manual_grade", "grade")
        ),
        comments=tuple(
            CellComment(id=cell, auto=auto) for cell, auto in rows("auto_comment", "comment")
        ),
    )


def files_in(folder: Path) -> tuple[GradedFile, ...]:
    """Read every file of a folder, with its mode."""
    return tuple(
        GradedFile(
            path=str(it.relative_to(folder)), content=it.read_bytes(), mode=it.stat().st_mode
        )
        for it in sorted(folder.rglob("*"))
        if it.is_file()
    )


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Give everything under a folder: its mode, and its content if it is a file."""
    return {
        str(it.relative_to(folder)): (
            it.lstat().st_mode,
            it.read_bytes() if it.is_file() else b"",
        )
        for it in sorted(folder.rglob("*"))
    }


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
