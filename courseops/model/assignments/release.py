"""What goes out to the learners, when, and what keeps it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Timetable:
    """What the calendar says of one assignment; None where it says nothing."""

    release_at: datetime | None = None
    due_at: datetime | None = None

    def is_early(self, now: datetime) -> bool:
        """Say whether the assignment is not to go out yet."""
        return self.release_at is not None and now < self.release_at

    def is_time(self, now: datetime) -> bool:
        """Say whether the calendar itself wants the assignment out."""
        return self.release_at is not None and now >= self.release_at


@dataclass(frozen=True, kw_only=True)
class FailedCell:
    """A cell of the teacher's own version that does not pass; `cell` is empty for a notebook."""

    notebook: str
    cell: str
    error: str

    def __str__(self) -> str:
        """Name the place and what went wrong there."""
        where = f"{self.notebook}.ipynb"
        return f"{where}, {self.cell}: {self.error}" if self.cell else f"{where}: {self.error}"


@dataclass(frozen=True, kw_only=True)
class Region:
    """The two texts between which nbgrader takes lines out, and what it calls what is there."""

    what: str
    begin: str
    end: str


SOLUTION = Region(what="solution", begin="BEGIN SOLUTION", end="END SOLUTION")
HIDDEN_TESTS = Region(what="hidden tests", begin="BEGIN HIDDEN TESTS", end="END HIDDEN TESTS")
MARK_SCHEME = Region(what="mark scheme", begin="BEGIN MARK SCHEME", end="END MARK SCHEME")


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """
    How a course's nbgrader makes the learners' version.

    `stubs` are the lines it writes in place of a solution. The last two say whether cells
    with tests, and other cells that may only be read, are locked.
    """

    regions: tuple[Region, ...] = (SOLUTION, HIDDEN_TESTS, MARK_SCHEME)
    stubs: frozenset[str] = frozenset(
        {"# YOUR CODE HERE", "raise NotImplementedError()", "YOUR ANSWER HERE"}
    )
    locks_tests: bool = True
    locks_read_only: bool = True


@dataclass(frozen=True, kw_only=True)
class Generated:
    """Both versions of an assignment: the files of each by their path, with `/`."""

    source: Mapping[str, bytes]
    release: Mapping[str, bytes]
    conversion: Conversion = field(default_factory=Conversion)


def remarks_on_due(
    wanted: datetime | None, calendar: datetime | None, gradebook: datetime | None
) -> tuple[str, ...]:
    """Say which other deadlines there were; `wanted` is the one that is written, if any."""
    if wanted is None:
        return ()
    remarks = []
    if calendar is not None and calendar != wanted:
        remarks.append(f"the calendar in config.toml says {_spelled(calendar)}")
    # nbgrader keeps no fractions of a second in some databases.
    if gradebook is not None and abs((gradebook - wanted).total_seconds()) >= 1:
        remarks.append(f"the gradebook had the deadline {_spelled(gradebook)}")
    return tuple(remarks)


def _spelled(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M %Z}"
