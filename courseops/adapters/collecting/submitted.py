"""What lies in submitted/ and was not put there by us: collected by nbgrader, mended by a teacher.

It is taken into the archive like anything else before it may be replaced.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from courseops.adapters.collecting.archive import PackedArchive
from courseops.adapters.collecting.found import limits_of, look_into, take_folder
from courseops.adapters.collecting.showing import Layout
from courseops.adapters.collecting.stamps import read_stamp
from courseops.adapters.collecting.walking import FOLDER, Survey
from courseops.model.assignments.candidate import (
    Bounds,
    Candidate,
    NotTakenError,
    Source,
    Trouble,
    link_trouble,
)
from courseops.model.microseconds import moment_of_ns
from courseops.ports.collecting import Sink


class SubmittedWork:
    """The submitted folder of one course."""

    def __init__(
        self, *, layout: Callable[[], Layout], archive: PackedArchive, bounds: Bounds
    ) -> None:
        self._layout = layout
        self._archive = archive
        self._limits = limits_of(bounds)

    def candidates(
        self,
        name: str,
        until: Callable[[str], datetime | None],  # noqa: ARG002 -- there is one of each
    ) -> Iterator[Candidate]:
        """List what is not as we last put it there."""
        for learner in self._learners(name):
            place = Path(self._layout().submission(name, learner))
            if not os.path.lexists(place):
                continue
            parent = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                seen, trouble = look_into(parent, place.name, self._limits)
            finally:
                os.close(parent)
            if seen is None or seen.stamp != self._archive.mark(name, learner).get("stamp"):
                yield _candidate(learner, place, seen, trouble)

    def take(self, name: str, candidate: Candidate, sink: Sink) -> Candidate:
        """Copy one learner's folder."""
        try:
            top = os.open(self._layout().submission(name, candidate.learner), FOLDER)
        except OSError as error:
            raise NotTakenError(link_trouble(candidate.place)) from error
        try:
            # Its times are a course's own, not a learner's: nothing contradicts them.
            taken = take_folder(top, candidate, sink, self._limits)
            return replace(taken, witnessed_at=None)
        finally:
            os.close(top)

    def _learners(self, name: str) -> list[str]:
        """Name who has a folder, wherever the course's layout has the learner's part."""
        layout = self._layout()
        above, _, _ = layout.submitted.partition("{learner}")
        top = above.replace("{assignment}", name)
        try:
            entries = [it.name for it in Path(top).iterdir()]
        except OSError:
            return []
        return sorted(it for it in entries if not it.startswith("."))


def _candidate(
    learner: str, place: Path, seen: Survey | None, trouble: Trouble | None
) -> Candidate:
    stamp = place / "timestamp.txt"
    text = ""
    if seen is not None and stamp.is_file() and not stamp.is_symlink():
        text = stamp.read_bytes()[:100].decode("utf-8", "replace")
    claimed_at = read_stamp(text)
    if claimed_at is None:
        claimed_at = moment_of_ns(seen.modified_ns if seen else place.lstat().st_mtime_ns)
    return Candidate(
        learner=learner,
        source=Source.SUBMITTED,
        place="submitted",
        claimed_at=claimed_at,
        stamp=seen.stamp if seen else "",
        trouble=trouble,
    )
