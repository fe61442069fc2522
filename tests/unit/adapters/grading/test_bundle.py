"""What a worker is handed comes out as it went in, and is named by all that decides a score."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from courseops.adapters.grading.bundle import (
    Bundle,
    Engine,
    Marked,
    Prior,
    Work,
    decode_bundle,
    decode_marked,
    decode_work,
)
from courseops.errors import CourseOpsError
from courseops.model.assignments.allowance import Allowance

COURSE: dict[str, Any] = {"software": {"nbgrader": "1"}, "assignment": {"name": "a"}}
BUNDLE = Bundle(
    course=COURSE,
    allowance=Allowance(cpu_seconds=3),
    engine=Engine(factory="a:b", preload=("numpy",), options={"level": "none"}),
)
WORK = Work(
    learner="agnès",
    files={"p1.ipynb": b"\x00\xff", "timestamp.txt": b"now"},
    prior=Prior(
        extension_seconds=60.0,
        notebooks=({"name": "p1", "late_penalty": None, "grades": [], "comments": []},),
    ),
)


def test_a_bundle_is_named_once_for_all_submissions() -> None:
    assert BUNDLE.digest is BUNDLE.digest


def test_a_bundle_comes_back_as_it_was() -> None:
    assert decode_bundle(BUNDLE.encode()) == BUNDLE
    bare = replace(BUNDLE, engine=Engine(factory="a:b"))
    assert decode_bundle(bare.encode()) == bare


def test_work_comes_back_as_it_was() -> None:
    assert decode_work(WORK.encode()) == WORK


def test_marked_work_comes_back_as_it_was() -> None:
    marked = Marked(learner="a", files={"p": b"\xff"}, notebooks=[{"name": "p", "grades": []}])
    assert decode_marked(marked.encode()) == marked


def test_another_format_is_refused() -> None:
    other = json.loads(WORK.encode()) | {"format": 99}
    with pytest.raises(CourseOpsError, match="99"):
        decode_work(json.dumps(other).encode())


@pytest.mark.parametrize(
    "work",
    [
        replace(WORK, files={**WORK.files, "p1.ipynb": b"\x00\xfe"}),
        replace(WORK, files={**WORK.files, "more.txt": b""}),
        replace(WORK, prior=replace(WORK.prior, extension_seconds=61.0)),
        replace(WORK, learner="basile"),
    ],
)
def test_what_decides_a_score_decides_the_digest(work: Work) -> None:
    assert work.digest(BUNDLE) != WORK.digest(BUNDLE)


@pytest.mark.parametrize(
    "bundle",
    [
        replace(BUNDLE, allowance=Allowance(cpu_seconds=4)),
        replace(BUNDLE, course=COURSE | {"software": {"nbgrader": "2"}}),
    ],
)
def test_what_all_share_decides_the_digest(bundle: Bundle) -> None:
    assert WORK.digest(bundle) != WORK.digest(BUNDLE)


def test_what_stands_in_the_gradebook_is_no_reason_to_grade_again() -> None:
    more = replace(WORK, prior=replace(WORK.prior, notebooks=()))
    assert more.digest(BUNDLE) == WORK.digest(BUNDLE)


def test_where_it_runs_is_no_reason_to_grade_again() -> None:
    elsewhere = replace(BUNDLE, engine=Engine(factory="c:d"))
    assert WORK.digest(elsewhere) == WORK.digest(BUNDLE)
