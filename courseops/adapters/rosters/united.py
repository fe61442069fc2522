"""One roster from all the sources of a course, or none: a source that fails drops nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from courseops.model.roster import Roster
from courseops.model.rosters.union import in_section, unite
from courseops.ports.rosters import RosterSource


@dataclass(frozen=True, kw_only=True)
class NamedSource:
    """A source, its name in rosters, and the section of whom it gives none."""

    name: str
    source: RosterSource
    section: str = ""


class UnitedRoster:
    """Everybody whom any of the sources of a course lists."""

    def __init__(self, course_id: str, sources: Sequence[NamedSource]) -> None:
        self._course_id = course_id
        self._sources = tuple(sources)

    def read(self) -> Roster:
        """
        Read every source.

        Raises:
            CourseOpsError: one of them gave no roster, or they contradict each other.
        """
        rosters = [(it.name, in_section(it.source.read(), it.section)) for it in self._sources]
        return unite(self._course_id, rosters)
