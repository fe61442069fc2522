"""An nbgrader course as far as handing out goes: source and release folders, exchange, dates.

Files are read here, in our own process; all that changes anything is done by nbgrader in its
child. The teacher's folders are trusted: links in them are followed, as nbgrader does.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from courseops.adapters.nbgrader.client import Client
from courseops.adapters.nbgrader.look import Look
from courseops.errors import CourseOpsError
from courseops.model.assignments.assignment import (
    Assignment,
    Released,
    ReleasedCell,
    ReleasedNotebook,
    State,
)
from courseops.model.assignments.push import PushedFile
from courseops.model.assignments.release import Conversion, FailedCell, Generated, Region

_READ_TIMEOUT_SECONDS = 120.0
_WRITE_TIMEOUT_SECONDS = 600.0
# nbgrader gives each cell 30 s, and an endless loop may not heed it.
_VALIDATION_TIMEOUT_SECONDS = 600.0


class NbgraderReleasing:
    """The assignments of one course; `client` holds it open, `look` reads it quickly."""

    def __init__(
        self,
        course_id: str,
        client: Client,
        look: Look,
        *,
        validation_timeout_seconds: float = _VALIDATION_TIMEOUT_SECONDS,
    ) -> None:
        self.course_id = course_id
        self._client = client
        self._look = look
        self._validation_timeout_seconds = validation_timeout_seconds

    def assignments(self, name: str = "", *, counting: bool = True) -> list[Assignment]:
        """
        List the assignments that have a source, by deadline, then name; or only one of them.

        Without `counting`, their numbers of submissions may be 0, which is quicker.
        """

        def ask() -> list[Assignment]:
            rows = [it for it in self._read("list_assignments") if name in ("", it["name"])]
            return [
                Assignment(
                    **{**row, "state": State(row["state"]), "due_at": _moment(row["due_at"])}
                )
                for row in rows
            ]

        return self._look.at(lambda reader: reader.assignments(name, counting=counting), ask)

    def validate(self, name: str) -> list[FailedCell]:
        """Run each notebook of the source; give what fails, also a notebook that never ends."""
        names = sorted(it.stem for it in self._folder("source", name).glob("*.ipynb"))
        return [failed for notebook in names for failed in self._validate(name, notebook)]

    def _validate(self, name: str, notebook: str) -> list[FailedCell]:
        try:
            rows = self._client.ask(
                "validate",
                timeout_seconds=self._validation_timeout_seconds,
                name=name,
                notebook=notebook,
            )
        except CourseOpsError as error:
            return [FailedCell(notebook=notebook, cell="", error=str(error))]
        return [FailedCell(notebook=notebook, **row) for row in rows]

    def generate(self, name: str) -> Generated:
        """
        Make the learners' version in the course's folder; the exchange stays as it is.

        Raises:
            RefusedError: nbgrader would not, in its own words.
        """
        self._write("generate", name=name)
        found = self._read("describe_conversion")
        return Generated(
            source=_files(self._folder("source", name)),
            release=_files(self._folder("release", name)),
            conversion=Conversion(
                regions=tuple(
                    Region(what=what, begin=begin, end=end) for what, begin, end in found["regions"]
                ),
                stubs=frozenset(found["stubs"]),
                locks_tests=found["locks_tests"],
                locks_read_only=found["locks_read_only"],
            ),
        )

    def publish(self, name: str) -> Released:
        """Put what was generated in the exchange, unless the same is there already."""
        return Released(self._write("publish", name=name))

    def set_due(self, name: str, due_at: datetime) -> None:
        """Give an assignment its deadline."""
        self._write("set_due", name=name, due_at=due_at.isoformat())

    def retract(self, name: str) -> None:
        """Take an assignment out of the exchange; what learners have is theirs."""
        self._write("retract", name=name)

    def released_files(self, name: str) -> tuple[PushedFile, ...]:
        """Give what lies in the exchange for learners to fetch, by path; nothing if nothing."""
        files = _files(Path(self._read("outbound", name=name)))
        return tuple(PushedFile(path=path, content=files[path]) for path in sorted(files))

    def released_notebooks(self, name: str) -> tuple[ReleasedNotebook, ...]:
        """Give what was handed out, as the gradebook remembers it."""
        return tuple(
            ReleasedNotebook(
                name=row["name"], cells=tuple(ReleasedCell(**cell) for cell in row["cells"])
            )
            for row in self._read("list_released", name=name)
        )

    def waiting(self, name: str) -> list[str]:
        """List the learners with work in the exchange, collected before or not."""
        return list(self._read("list_waiting", name=name))

    def _folder(self, step: str, name: str) -> Path:
        return Path(self._read("folder", step=step, name=name, learner="."))

    def _read(self, verb: str, **arguments: Any) -> Any:
        return self._client.ask(verb, timeout_seconds=_READ_TIMEOUT_SECONDS, **arguments)

    def _write(self, verb: str, **arguments: Any) -> Any:
        return self._client.ask(verb, timeout_seconds=_WRITE_TIMEOUT_SECONDS, **arguments)


def _files(folder: Path) -> dict[str, bytes]:
    try:
        return {
            it.relative_to(folder).as_posix(): it.read_bytes()
            for it in sorted(folder.rglob("*"))
            if it.is_file()
        }
    except OSError as error:
        raise CourseOpsError(f"cannot read {error.filename}: {error.strerror}") from error


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
