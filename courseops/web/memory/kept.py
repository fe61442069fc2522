"""What the pages of a course keep in memory between two requests, because it is slow to read."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from courseops.actions.assignments.class_list import class_list
from courseops.actions.rosters.roster import RosterPlanned
from courseops.adapters.nbgrader.freshness import State
from courseops.model.assignments.assignment import Assignment
from courseops.model.assignments.class_matrix import ClassMatrix
from courseops.model.assignments.deadline import later_of
from courseops.model.assignments.work import Work
from courseops.model.roster import Person
from courseops.wiring import Site
from courseops.wiring.fetching import who_fetched

# What is changed within a learner's folder, or in homes, shows at the latest after this time.
_LASTS = timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True)
class CourseRead:
    """What lay in a course when it was read: plain values, for any thread."""

    course_id: str
    state: State | None
    read_at: datetime
    listed: Sequence[Assignment]
    done: Mapping[str, Mapping[str, Work]]
    known: Mapping[str, Person]
    fetched: Mapping[str, frozenset[str]] | None

    def assignments(self, name: str = "", *, counting: bool = True) -> list[Assignment]:  # noqa: ARG002 -- the port's words
        """List the assignments, or only one of them."""
        return [it for it in self.listed if name in ("", it.name)]

    def works(self, names: Sequence[str]) -> Mapping[str, Mapping[str, Work]]:
        """Give everybody's collected work."""
        return {name: self.done.get(name, {}) for name in names}

    def students(self) -> Mapping[str, Person]:
        """Give the students by nbgrader id."""
        return self.known

    def who_fetched(self, *_: object) -> Mapping[str, frozenset[str]] | None:
        """Say by assignment who has it."""
        return self.fetched


@dataclass(frozen=True, kw_only=True)
class Looked:
    """A plan as somebody had it made, what it says, and when."""

    planned: RosterPlanned
    by: str
    at: datetime


@dataclass
class _Shelf:
    """What is kept of one course; who reads it anew has the lock."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    read: CourseRead | None = None
    matrix: ClassMatrix | None = None
    record: tuple[int, ...] = ()
    looked: Looked | None = None


class Kept:
    """What is kept of each course of a hub; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shelves: dict[str, _Shelf] = {}

    def _shelf(self, course_id: str) -> _Shelf:
        with self._lock:
            return self._shelves.setdefault(course_id, _Shelf())

    def looked(self, course_id: str) -> Looked | None:
        """Give the last look for changes to a course's roster, if any since we began."""
        return self._shelf(course_id).looked

    def note(self, course_id: str, looked: Looked | None) -> None:
        """Keep a look for changes, or forget it once it was acted on."""
        self._shelf(course_id).looked = looked

    def matrix(self, site: Site, course_id: str, *, anew: bool = False) -> ClassMatrix:
        """
        Give a class as it is: what lies in the course is read again if anything was changed.

        `anew` reads everything again.

        Raises:
            ConfigError: the course has no folder.
        """
        shelf = self._shelf(course_id)
        now = site.journal.clock.now()
        with shelf.lock:
            state = site.course(course_id).state()
            read = shelf.read
            is_old = read is None or read.state != state or now - read.read_at > _LASTS
            if read is None or anew or state is None or is_old:
                read = shelf.read = _read(site, course_id, state, now)
                shelf.matrix = None
            record = site.history.version(f"course/{course_id}")
            if shelf.matrix is None or record != shelf.record:
                shelf.matrix = _matrix(site, read)
                shelf.record = record
            return shelf.matrix


def _read(site: Site, course_id: str, state: State | None, now: datetime) -> CourseRead:
    course = site.course(course_id)
    listed = course.assignments(counting=False)
    names = [it.name for it in listed]
    known = course.gradebook.students()
    return CourseRead(
        course_id=course_id,
        state=state,
        read_at=now,
        listed=listed,
        done=course.works(names),
        known=known,
        fetched=who_fetched(site, course_id, names, sorted(known)),
    )


def _matrix(site: Site, read: CourseRead) -> ClassMatrix:
    section, course_id = site.course_section(read.course_id), read.course_id
    return class_list(
        read,
        read,
        site.history,
        site.store.enrolments.active(course_id),
        read_at=read.read_at,
        extended={
            it.name: later_of(
                site.history.extensions(course_id, it.name), section.calendar(it.name).extensions
            )
            for it in read.listed
        },
        who_fetched=read.who_fetched,
    )
