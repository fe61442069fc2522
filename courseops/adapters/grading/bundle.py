"""What a grading worker is handed, as bytes: the bundle all submissions share, and a parcel each.

Both are JSON with files in base64, so that they travel to any machine and nothing is ever
unpickled. The course's own part of a bundle is read once a run from the process that holds
the course; a parcel holds one learner's files and what the gradebook already knows of them.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from courseops.errors import CourseOpsError
from courseops.model.assignments.allowance import Allowance

FORMAT = 1

# What opens kernels in a worker; it is called by name, for the worker is another process.
FACTORY = "courseops.adapters.grading.engine:open_kernels"

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Engine:
    """
    What runs the notebooks in a worker.

    `factory` is `module:function`; it is called with `preload` and the `options` by name and
    gives a `Kernels`. `preload` is what the assignment's own notebooks import, or what the
    configuration says instead.
    """

    factory: str
    preload: tuple[str, ...] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """
    What all submissions of one assignment share.

    `course` is the part the course's own process gives, as it gives it:
    `software` (versions, by name), `course_id`, `assignment` (`name`, `duedate` as naive ISO
    time in UTC or None, `notebooks`: `name`, `kernelspec` as JSON text or None, `cells`:
    `name`, `type`, `max_score`, `cell_type`, and `source`: `name`, `cell_type`, `locked`,
    `source`, `checksum`), `support`, `configuration` and `elsewhere` (lists of `path`,
    `content`: the files of source/, the configuration beside the course with its plugins,
    and nbgrader_config.py files of other folders, the first loaded first), `imports`.
    """

    course: Mapping[str, Any]
    allowance: Allowance
    engine: Engine

    def encode(self) -> bytes:
        """Write it as bytes that are equal for equal bundles."""
        return _write({"format": FORMAT, **asdict(self)})

    @cached_property
    def digest(self) -> str:
        """Name all of it that decides what a submission scores; spelled once for all of them."""
        course = {name: it for name, it in self.course.items() if name != "imports"}
        return hashlib.sha256(_write([course, asdict(self.allowance)])).hexdigest()


def decode_bundle(content: bytes) -> Bundle:
    """
    Read a bundle.

    Raises:
        CourseOpsError: another version of courseops wrote it.
    """
    read = _read(content)
    engine = read["engine"]
    if engine["preload"] is not None:
        engine["preload"] = tuple(engine["preload"])
    return Bundle(
        course=read["course"], allowance=Allowance(**read["allowance"]), engine=Engine(**engine)
    )


@dataclass(frozen=True, kw_only=True)
class Prior:
    """
    What the gradebook knew of a learner's submission; `known` if of the learner at all.

    `notebooks` are as the course's process gives them (`inside.reading.list_marks`): `name`,
    `late_penalty`, `grades` (`id`, `auto`, `needs_manual`, `manual`, `extra_credit`) and
    `comments` (`id`, `auto`, `manual`). What grading does not touch keeps what it has there.
    """

    known: bool = True
    extension_seconds: float = 0.0
    notebooks: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, kw_only=True)
class Work:
    """One submission to grade: its files by relative path, as they were handed in."""

    learner: str
    files: Mapping[str, bytes]
    prior: Prior = Prior()

    def encode(self) -> bytes:
        """Write the content of a `grade` parcel."""
        return _write(
            {
                "format": FORMAT,
                "learner": self.learner,
                "files": spell_files(self.files),
                "prior": asdict(self.prior),
            }
        )

    def digest(self, bundle: Bundle) -> str:
        """
        Name all that decides what this submission scores.

        What stands in the gradebook is none of it: giving points by hand is no reason to run
        the tests again.
        """
        files = {path: hashlib.sha256(it).hexdigest() for path, it in self.files.items()}
        what = [bundle.digest, self.learner, self.prior.extension_seconds, sorted(files.items())]
        return hashlib.sha256(_write(what)).hexdigest()


def decode_work(content: bytes) -> Work:
    """Read the content of a `grade` parcel."""
    read = _read(content)
    return Work(
        learner=read["learner"], files=read_files(read["files"]), prior=read_prior(read["prior"])
    )


def read_prior(read: Mapping[str, Any]) -> Prior:
    """Read what the course's process says of one learner."""
    return Prior(
        known=read["known"],
        extension_seconds=read["extension_seconds"],
        notebooks=tuple(read.get("notebooks", ())),
    )


@dataclass(frozen=True, kw_only=True)
class Marked:
    """
    What stands in the gradebook for one graded work that feedback is written on.

    `notebooks` are as in `Prior`; `files` are those of the autograded folder.
    """

    learner: str
    files: Mapping[str, bytes]
    notebooks: Sequence[Mapping[str, Any]]

    def encode(self) -> bytes:
        """Write the content of a `feedback` parcel."""
        return _write(
            {
                "format": FORMAT,
                "learner": self.learner,
                "files": spell_files(self.files),
                "notebooks": list(self.notebooks),
            }
        )


def decode_marked(content: bytes) -> Marked:
    """Read the content of a `feedback` parcel."""
    read = _read(content)
    return Marked(
        learner=read["learner"], files=read_files(read["files"]), notebooks=read["notebooks"]
    )


def spell_files(files: Mapping[str, bytes]) -> list[Json]:
    """Write files as JSON holds them."""
    return [
        {"path": path, "content": base64.b64encode(content).decode()}
        for path, content in files.items()
    ]


def read_files(spelled: Iterable[Mapping[str, str]]) -> dict[str, bytes]:
    """Read files as JSON holds them."""
    return {it["path"]: base64.b64decode(it["content"]) for it in spelled}


def _write(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _read(content: bytes) -> Json:
    read: Json = json.loads(content)
    if read.get("format") != FORMAT:
        raise CourseOpsError(
            f"the work was packed in format {read.get('format')!r}, this worker reads {FORMAT}",
            hint="install the same version of courseops on every machine that grades",
        )
    return read
