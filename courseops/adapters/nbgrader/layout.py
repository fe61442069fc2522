"""Where a course keeps its folders, as nbgrader itself once told us.

The names are those of `CourseDirectory` (nbgrader/coursedir.py): folders are listed as its
`glob` would, so what begins with a dot is not seen.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_FIELDS = frozenset({"{nbgrader_step}", "{student_id}", "{assignment_id}"})
# nbgrader's own name for "no learner", in the steps before work comes back.
_NOBODY = "."
_HERE = "\0"
_STAMP_BYTES = 256


@dataclass(frozen=True, kw_only=True)
class Layout:
    """
    A course's folders, and its gradebook's address.

    `structure` and `steps` are nbgrader's `directory_structure` and the names of its folders;
    `plain` says that what is released can be seen by looking into `exchange`, whose times
    are in `timezone`.
    """

    root: str
    structure: str
    steps: Mapping[str, str]
    db_url: str
    exchange: str
    timezone: str
    groupshared: bool
    plain: bool

    @property
    def is_usual(self) -> bool:
        """Say whether each field is a folder of its own, so that folders can be listed."""
        parts = self.structure.split("/")
        fields = [part for part in parts if "{" in part or "}" in part]
        return sorted(fields) == sorted(_FIELDS)

    def folder(self, step: str, name: str, learner: str = _NOBODY) -> str:
        """Say where a step (`source`, `submitted`, …) of an assignment is kept."""
        within = self.structure.format(
            nbgrader_step=self.steps[step], student_id=learner, assignment_id=name
        )
        return os.path.join(self.root, within)  # noqa: PTH118 - an absolute step replaces the root

    def folders(self, step: str, name: str) -> Callable[[str], str]:
        """Give what says, quickly, where a step of an assignment is kept for a learner."""
        above, _, below = self.folder(step, name, _HERE).partition(_HERE)
        return lambda learner: f"{above}{learner}{below}"

    def assignments(self) -> list[str]:
        """List the assignments that have a source."""
        return sorted(_listed(self.folder("source", _HERE)))

    def learners(self, step: str, name: str) -> list[str]:
        """List the learners with a folder in a step."""
        return sorted(_listed(self.folder(step, name, _HERE)))

    def everybody(self, step: str, names: Iterable[str]) -> dict[str, list[str]]:
        """List by assignment the learners with a folder in a step, in any order."""
        if not self.structure.endswith("{student_id}/{assignment_id}"):
            return {name: self.learners(step, name) for name in names}
        # One look into each learner's folder, instead of one into each for each assignment.
        found: dict[str, list[str]] = {name: [] for name in names}
        above = self.folder(step, _HERE, _HERE).partition(_HERE)[0]
        for learner in _listed(f"{above}{_HERE}"):
            for name in _listed(f"{above}{learner}/{_HERE}"):
                if name in found:
                    found[name].append(learner)
        return found

    def is_released(self, course_id: str, name: str) -> bool:
        """Say whether the exchange holds an assignment; nbgrader must be able to write to it."""
        root = Path(self.exchange)
        usable = self.groupshared or (root.is_dir() and os.access(root, os.W_OK | os.X_OK))
        return usable and os.path.lexists(root / course_id / "outbound" / name)


def _listed(pattern: str) -> Iterator[str]:
    above, _, below = pattern.partition(_HERE)
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(above) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if os.path.isdir(entry.path + below) if below else entry.is_dir():  # noqa: PTH112
                yield entry.name


def read_stamp(folder: str) -> str | None:
    """
    Read the moment that nbgrader stamped on a submission; None where there is no stamp.

    A link is not followed, because the folder's content came from a learner.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        descriptor = os.open(f"{folder}/timestamp.txt", flags)
    except OSError:
        return None
    try:
        return os.read(descriptor, _STAMP_BYTES).decode(errors="replace").strip()
    except OSError:
        return None
    finally:
        os.close(descriptor)
