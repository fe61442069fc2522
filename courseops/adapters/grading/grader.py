"""Grade the collected work of a course on an executor's workers.

The process that holds the course is asked for what all submissions share and for what the
gradebook knows of each learner; learners' files are read here, as bytes, never through a link.
What comes back is data. Nothing is written, here or there.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from courseops.adapters.grading.advice import mend_for
from courseops.adapters.grading.bundle import (
    Bundle,
    Engine,
    Marked,
    Prior,
    Work,
    read_prior,
)
from courseops.adapters.nbgrader.client import Client
from courseops.adapters.spelling import read_work, unpack_feedback
from courseops.model.assignments.allowance import Allowance
from courseops.model.assignments.collection import Quarantined
from courseops.model.assignments.graded import GradedWork, WrittenFeedback
from courseops.ports.grading import Executor, Parcel, Reply

_READ_TIMEOUT_SECONDS = 120.0

_Marks = Mapping[str, Sequence[Mapping[str, Any]]]

_STRANGER = Prior(known=False)


def _no_extensions(_name: str) -> Mapping[str, float]:
    return {}


def _as_handed_in(_name: str, _learner: str, files: dict[str, bytes]) -> dict[str, bytes]:
    return files


class PooledGrader:
    """
    Grades the course that `client` holds open.

    `marks` gives what the gradebook holds on graded work, by learner, each as
    `Prior.notebooks` has it. `extensions` gives the seconds granted to learners, for those of
    whom the gradebook has no work yet. `mended` puts mended files in the place of those that
    were handed in.
    """

    def __init__(
        self,
        client: Client,
        executor: Executor,
        *,
        allowance: Allowance,
        engine: Engine,
        marks: Callable[[str, Sequence[str]], _Marks],
        extensions: Callable[[str], Mapping[str, float]] = _no_extensions,
        mended: Callable[[str, str, dict[str, bytes]], dict[str, bytes]] = _as_handed_in,
    ) -> None:
        self._client = client
        self._executor = executor
        self._allowance = allowance
        self._engine = engine
        self._marks = marks
        self._extensions = extensions
        self._mended = mended

    def grade(
        self, name: str, learners: Sequence[str], *, workers: int = 0
    ) -> Iterator[GradedWork]:
        """
        Grade collected work, several submissions at once, each as soon as it is known.

        Raises:
            RefusedError: learners' code could not be confined here, or the workers cannot
                work on this course.
        """
        if not learners:
            return
        bundle = cache(lambda: self._bundle(name))
        digests: dict[str, str] = {}
        remarks: dict[str, tuple[str, ...]] = {}

        def parcels() -> Iterator[Parcel]:
            marks = self._marks(name, learners)
            for work, left_out in self._works(name, learners, marks):
                digests[work.learner], remarks[work.learner] = work.digest(bundle()), left_out
                yield Parcel(subject=work.learner, verb="grade", content=work.encode())

        for reply in self._executor.run(lambda: bundle().encode(), parcels(), workers=workers):
            graded = _graded(reply)
            yield replace(
                graded,
                digest=digests.pop(reply.subject),
                remarks=(*remarks.pop(reply.subject), *graded.remarks),
            )

    def digests(self, name: str, learners: Sequence[str]) -> dict[str, str]:
        """Name what would go into grading, by learner, without grading."""
        bundle = self._bundle(name)
        return {work.learner: work.digest(bundle) for work, _ in self._works(name, learners)}

    def write_feedback(
        self, name: str, learners: Sequence[str], *, workers: int = 0
    ) -> Iterator[WrittenFeedback]:
        """Write the feedback pages of graded work, several learners at once."""
        if not learners:
            return

        def bundle() -> bytes:
            return self._bundle(name).encode()

        def parcels() -> Iterator[Parcel]:
            marks = self._marks(name, learners)
            for learner in learners:
                files, _ = read_folder(self._folder("autograded", name, learner))
                marked = Marked(learner=learner, files=files, notebooks=marks.get(learner, ()))
                yield Parcel(subject=learner, verb="feedback", content=marked.encode())

        for reply in self._executor.run(bundle, parcels(), workers=workers):
            yield _feedback(reply)

    def _bundle(self, name: str) -> Bundle:
        course = self._client.ask("bundle", timeout_seconds=_READ_TIMEOUT_SECONDS, name=name)
        return Bundle(course=course, allowance=self._allowance, engine=self._engine)

    def _works(
        self, name: str, learners: Sequence[str], marks: _Marks | None = None
    ) -> Iterator[tuple[Work, tuple[str, ...]]]:
        priors = self._client.ask("list_priors", timeout_seconds=_READ_TIMEOUT_SECONDS, name=name)
        extensions = self._extensions(name)
        for learner in learners:
            files, links = read_folder(self._folder("submitted", name, learner))
            files = self._mended(name, learner, files)
            known = priors.get(learner)
            prior = read_prior(known) if known else _STRANGER
            if marks:
                prior = replace(prior, notebooks=tuple(marks.get(learner, ())))
            if not prior.extension_seconds:
                prior = replace(prior, extension_seconds=extensions.get(learner, 0.0))
            remarks = tuple(f"{it} is a link and was left out" for it in links)
            yield Work(learner=learner, files=files, prior=prior), remarks

    def _folder(self, step: str, name: str, learner: str) -> Path:
        return Path(
            self._client.ask(
                "folder",
                timeout_seconds=_READ_TIMEOUT_SECONDS,
                step=step,
                name=name,
                learner=learner,
            )
        )


def read_folder(folder: Path) -> tuple[dict[str, bytes], list[str]]:
    """
    Read all files below `folder` by relative path, and name what is no file of its own there.

    Links are not followed, whatever they point to; pipes and devices are not opened.
    """
    files: dict[str, bytes] = {}
    others: list[str] = []
    for place, names, plain in os.walk(folder):
        for name in sorted([*plain, *(it for it in names if (Path(place) / it).is_symlink())]):
            path = Path(place) / name
            known_as = path.relative_to(folder).as_posix()
            if stat.S_ISREG(path.lstat().st_mode):
                files[known_as] = path.read_bytes()
            else:
                others.append(known_as)
    return files, others


def _graded(reply: Reply) -> GradedWork:
    if reply.failure:
        return GradedWork(learner=reply.subject, problem=_lost(reply))
    return read_work(json.loads(reply.content))


def _feedback(reply: Reply) -> WrittenFeedback:
    if reply.failure:
        return WrittenFeedback(learner=reply.subject, problem=_lost(reply))
    [written] = unpack_feedback(reply.content)
    return written


def _lost(reply: Reply) -> Quarantined:
    return Quarantined(kind=reply.failure, reason=reply.reason, mend=mend_for(reply.failure))
