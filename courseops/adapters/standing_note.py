"""Word of how the daemon of this machine stands, in a file for those who look on.

Whether it lives is not asked of it: a status must be quick, and a daemon that is stuck answers
nobody. It writes the file anew all the time, and what it said last stays when it is gone.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path

from courseops.adapters.folders import write_whole
from courseops.errors import CourseOpsError
from courseops.model.jobs.standing import Standing


class StandingNote:
    """One file, `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def leave(self, standing: Standing) -> None:
        """
        Say how the daemon stands; whoever reads meanwhile sees what was said before.

        Raises:
            CourseOpsError: it cannot be written.
        """
        try:
            write_whole(self._path, json.dumps(asdict(standing), default=_spelled))
        except OSError as error:
            raise CourseOpsError(
                f"cannot write to the state folder: {error.strerror} ({self._path})",
                hint="make room on its disk; what is to run is not held up by it",
            ) from error

    def read(self) -> Standing | None:
        """Give what was said last; None if no daemon was ever here, or it cannot be read."""
        try:
            said = json.loads(self._path.read_bytes())
            return replace(
                Standing(**said),
                beat_at=datetime.fromisoformat(said["beat_at"]),
                coming={job: _moment(at) for job, at in said["coming"].items()},
                troubles=tuple(said["troubles"]),
                ended_at=_moment(said["ended_at"]),
            )
        # What another version wrote, too, is no word that we understand.
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None


def _moment(said: str | None) -> datetime | None:
    return None if said is None else datetime.fromisoformat(said)


def _spelled(value: object) -> str:
    assert isinstance(value, datetime)  # nothing else of it is unknown to JSON
    return value.isoformat()
