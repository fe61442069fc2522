"""Spell graded work and feedback for their way between processes, and read them back.

Between a grading worker and us, and between us and the course's nbgrader process, results
travel as JSON; the bytes of graded files are in base64, those of pages come after it. It stands
beside `grading` and `nbgrader`, because both use it and neither may need the other for it.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from io import BytesIO
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


def pack_feedback(written: Sequence[WrittenFeedback]) -> bytes:
    """
    Spell learners' feedback pages; `unpack_feedback` gives equal values back.

    A line of JSON says whose they are and how long; then come the pages as they are, for they
    are long, many, and on their way through three processes.
    """
    index = [
        {
            "learner": it.learner,
            "pages": {name: len(page) for name, page in it.pages.items()},
            "problem": asdict(it.problem) if it.problem else None,
        }
        for it in written
    ]
    pages = (page for it in written for page in it.pages.values())
    return b"".join((json.dumps(index).encode(), b"\n", *pages))


def unpack_feedback(packed: bytes) -> list[WrittenFeedback]:
    """
    Read what `pack_feedback` wrote.

    Raises:
        KeyError, TypeError, ValueError: it is something else.
    """
    end = packed.index(b"\n")
    pages = BytesIO(packed)
    pages.seek(end + 1)
    return [
        WrittenFeedback(
            learner=row["learner"],
            pages={name: pages.read(length) for name, length in row["pages"].items()},
            problem=Quarantined(**row["problem"]) if row["problem"] else None,
        )
        for row in json.loads(packed[:end])
    ]


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
