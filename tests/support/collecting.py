"""What collecting is handed in tests: a real archive, the ports of a real or a made-up course."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from courseops.actions.assignments.collect_ports import CollectPorts
from courseops.adapters.collecting.archive import PackedArchive
from courseops.adapters.collecting.exchange import ExchangeWork
from courseops.adapters.collecting.receipts import ReceiptWords
from courseops.adapters.collecting.showing import Layout
from courseops.adapters.collecting.signing import SiteKey
from courseops.adapters.collecting.submitted import SubmittedWork
from courseops.adapters.memory.collecting import (
    MemoryArchive,
    MemoryCollections,
    MemorySigner,
    MemoryWork,
)
from courseops.adapters.memory.store import MemoryEnrolments
from courseops.adapters.nbgrader.course import NbgraderCourse
from courseops.model.assignments.assignment import Assignment, State
from courseops.model.assignments.candidate import Bounds, Candidate, Source
from courseops.model.assignments.deadline import Deadline
from courseops.model.assignments.manifest import CollectedFile, Collecting, Manifest, manifest_of
from courseops.model.language import Language

NAME = "hw1"
COURSE = "python101"
DUE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
NOTEBOOK = {"hw1.ipynb": b'{"cells": []}'}


@dataclass
class PlainCourse:
    """A course that has one assignment; what else a course can do, collecting does not ask for."""

    due_at: datetime | None = DUE
    course_id: str = COURSE

    def assignments(self, *_: str) -> list[Assignment]:
        return [Assignment(name=NAME, state=State.RELEASED, due_at=self.due_at)]


def candidate(learner: str, at: datetime, **changes: Any) -> Candidate:
    values: dict[str, Any] = {
        "learner": learner,
        "source": Source.EXCHANGE,
        "place": f"{learner} {at.isoformat()}",
        "claimed_at": at,
        "witnessed_at": at,
    }
    return Candidate(**{**values, **changes})


def no_receipt(manifest: Manifest, fingerprint: str) -> str:
    return f"{manifest.learner} {fingerprint}"


@dataclass
class Bench:
    """Ports over memory, at hand one by one."""

    course: Any = field(default_factory=PlainCourse)
    source: Any = field(default_factory=MemoryWork)
    submitted: Any = field(default_factory=MemoryWork)
    archive: Any = field(default_factory=MemoryArchive)
    signer: Any = field(default_factory=MemorySigner)
    record: Any = field(default_factory=MemoryCollections)
    enrolments: Any = field(default_factory=MemoryEnrolments)
    granted: dict[str, timedelta] = field(default_factory=dict)

    def ports(self, **changes: Any) -> CollectPorts:
        values: dict[str, Any] = {
            "course": self.course,
            "source": self.source,
            "submitted": self.submitted,
            "archive": self.archive,
            "signer": self.signer,
            "record": self.record,
            "enrolments": self.enrolments,
            "granted": lambda _: self.granted,
            "write_receipt": no_receipt,
        }
        return CollectPorts(**{**values, **changes})


def layout_of(course: NbgraderCourse) -> Callable[[], Layout]:
    at = course.whereabouts()
    made = Layout(root=Path(at.root), submitted=at.submitted, groupshared=at.groupshared)
    return lambda: made


def course_ports(course: NbgraderCourse, state: Path, **changes: Any) -> CollectPorts:
    """Give the ports of a real course with a real exchange."""
    at, layout, bounds = course.whereabouts(), layout_of(course), Bounds()
    archive = PackedArchive(layout)
    source = ExchangeWork(
        root=Path(at.exchange), course_id=course.course_id, zone=at.timezone, bounds=bounds
    )
    values: Mapping[str, Any] = {
        "course": course,
        "source": source,
        "submitted": SubmittedWork(layout=layout, archive=archive, bounds=bounds),
        "archive": archive,
        "signer": SiteKey(state),
        "record": MemoryCollections(),
        "enrolments": MemoryEnrolments(),
        "granted": course.extensions,
        "write_receipt": ReceiptWords(site="École du Lac", language="fr", zone=UTC),
    }
    return CollectPorts(**{**values, **changes})


def sample_receipt(language: Language) -> str:
    """Word a receipt with everything in it that one can hold."""
    late = candidate("ada", DUE - DAY, witnessed_at=DUE + DAY)
    file = CollectedFile(path="père\udcff.csv", size_bytes=4, sha256="5" * 64, modified_at=DUE)
    by = Collecting(
        course_id=COURSE,
        assignment=NAME,
        collected_at=DUE + DAY,
        collector="tester",
        run_id="r",
        clock="this machine's",
        key="k",
    )
    manifest = manifest_of(late, [file], Deadline(due_at=DUE), by)
    return ReceiptWords(site="École du Lac", language=language, zone=UTC)(manifest, "f" * 64)
