"""What travels between processes comes back as it was."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from courseops.adapters.spelling import pack_feedback, read_work, spell_work, unpack_feedback
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

PROBLEM = Quarantined(kind="crash", reason="cell 3 ended Python", mend="ask again", partial=True)


@pytest.mark.parametrize(
    "work",
    [
        GradedWork(learner="agnès"),
        GradedWork(
            learner="basile",
            digest="d1",
            submitted_at=datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC),
            notebooks=(
                GradedNotebook(
                    name="p1",
                    cells=(CellScore(id="a", auto=1.5, needs_manual_grade=False),),
                    comments=(CellComment(id="b", auto="No response."),),
                    late_penalty=0.0,
                ),
                GradedNotebook(name="p2"),
            ),
            files=(GradedFile(path="data/é.bin", content=bytes(range(256)), mode=0o444),),
            use=ResourceUse(wall_seconds=1.25, cpu_seconds=0.5, memory_bytes=1 << 30),
            problem=PROBLEM,
            remarks=("a builtin was patched",),
        ),
    ],
)
def test_work_comes_back_as_it_was(work: GradedWork) -> None:
    assert read_work(json.loads(json.dumps(spell_work(work)))) == work


def test_feedback_comes_back_as_it_was() -> None:
    written = [
        WrittenFeedback(learner="agnès", pages={"p1": b"<html>\xe9\n</html>", "p2": b""}),
        WrittenFeedback(learner="basile", problem=PROBLEM),
        WrittenFeedback(learner="chloé", pages={"p\n1": b"\n"}),
    ]
    assert unpack_feedback(pack_feedback(written)) == written
