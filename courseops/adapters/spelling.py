"""Spell graded work and feedback as JSON can hold them, and read them back.

Between a grading worker and us, and between us and the course's nbgrader process, results
travel as JSON; the bytes of files are in base64. It stands beside `grading` and `nbgrader`,
because both use it and neither may need the other for it.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from courseops.model.assignments.collection import Quarantined
from courseops.model.assignments.graded import (
    CellComment,
    CellScore,
    GradedFile,
    GradedNotebook,
    GradedWork,
    ResourceUse,
    WrittenFeedback,
)


def spell_work(work: GradedWork) -> dict[str, Any]:
    """Spell one learner's graded work; `read_work` gives an equal one back."""
    return {
        "learner": work.learner,
        "digest": work.digest,
        "submitted_at": work.submitted_at.isoformat() if work.submitted_at else None,
        "notebooks": [asdict(it) for it in work.notebooks],
        "files": [{"path": it.path, "mode": it.mode, **_spell(it.content)} for it in work.files],
        "use": asdict(work.use),
        "problem": asdict(work.problem) if work.problem else None,
        "remarks": list(work.remarks),
    }


def read_work(row: Mapping[str, Any]) -> GradedWork:
    """
    Read what `spell_work` wrote.

    Raises:
        KeyError, TypeError, ValueError: it is something else.
    """
    at = row["submitted_at"]
    return GradedWork(
        learner=row["learner"],
        digest=row["digest"],
        submitted_at=datetime.fromisoformat(at) if at else None,
        notebooks=tuple(_read_notebook(it) for it in row["notebooks"]),
        files=tuple(
            GradedFile(path=it["path"], mode=it["mode"], content=_read(it)) for it in row["files"]
        ),
        use=ResourceUse(**row["use"]),
        problem=Quarantined(**row["problem"]) if row["problem"] else None,
        remarks=tuple(row["remarks"]),
    )


def spell_feedback(written: WrittenFeedback) -> dict[str, Any]:
    """Spell one learner's feedback pages; `read_feedback` gives an equal value back."""
    return {
        "learner": written.learner,
        "pages": {name: _spell(page) for name, page in written.pages.items()},
        "problem": asdict(written.problem) if written.problem else None,
    }


def read_feedback(row: Mapping[str, Any]) -> WrittenFeedback:
    """
    Read what `spell_feedback` wrote.

    Raises:
        KeyError, TypeError, ValueError: it is something else.
    """
    return WrittenFeedback(
        learner=row["learner"],
        pages={name: _read(page) for name, page in row["pages"].items()},
        problem=Quarantined(**row["problem"]) if row["problem"] else None,
    )


def _read_notebook(row: Mapping[str, Any]) -> GradedNotebook:
    return GradedNotebook(
        name=row["name"],
        cells=tuple(CellScore(**it) for it in row["cells"]),
        comments=tuple(CellComment(**it) for it in row["comments"]),
        late_penalty=row["late_penalty"],
    )


def _spell(content: bytes) -> dict[str, str]:
    return {"base64": b64encode(content).decode("ascii")}


def _read(row: Mapping[str, Any]) -> bytes:
    return b64decode(row["base64"], validate=True)
