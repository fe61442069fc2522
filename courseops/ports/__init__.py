"""What we need from outside, as Protocols.

Actions read and write the world through these and nothing else; `adapters/` fulfil them
for the real programs, `adapters/memory/` for tests, and one contract suite a port in
`tests/contract/` holds both to the same promises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from courseops.model.assignment import Assignment, Released, ReleasedNotebook
from courseops.model.collection import Submission
from courseops.model.finding import Finding
from courseops.model.grade import Score
from courseops.model.hub import HubUser, RunningServer
from courseops.model.roster import Enrolment, Membership, Person, Roster
from courseops.model.run import AuditRecord, Ending, Outcome, Run
from courseops.model.usage import Activity, Sample, Session
from courseops.ports.backup import Placer as Placer
from courseops.ports.backup import Repository as Repository
from courseops.ports.backup import Volumes as Volumes


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> datetime:
        """Give the present moment, aware, in UTC."""
        ...


class Progress(Protocol):
    """Where long work says how far it is."""

    def stage(
        self, what: str, total: int | None = None
    ) -> AbstractContextManager[Callable[[int], None]]:
        """Open one stage of work; the value is called with the number of items just finished."""
        ...


class Locks(Protocol):
    """Locks between processes, let go by the operating system when their holder dies."""

    def hold(self, name: str) -> AbstractContextManager[None]:
        """
        Hold the lock `name` for the length of a `with` block.

        Raises:
            LockedError: another run holds it.
        """
        ...


class Runs(Protocol):
    """The record of what ran: runs, their outcomes, their audit records."""

    def start(self, run: Run) -> None:
        """Open a run; from now on it can be found."""
        ...

    def end(self, run_id: str, ending: Ending, at: datetime, error: str = "") -> None:
        """Close a run with how it ended; a run that has ended stays as it is."""
        ...

    def note(self, run_id: str, outcomes: Sequence[Outcome]) -> None:
        """Add outcomes to a run; safe against being killed straight after."""
        ...

    def audit(self, records: Sequence[AuditRecord]) -> None:
        """Append audit records; nothing ever changes or removes one."""
        ...

    def get(self, run_id: str) -> Run | None:
        """Give one run, or None."""
        ...

    def recent(self, *, action: str = "", scope: str = "", limit: int = 20) -> list[Run]:
        """Give runs, newest first; empty `action` or `scope` means any."""
        ...

    def outcomes(self, run_id: str) -> list[Outcome]:
        """Give the outcomes of a run, in the order they were noted."""
        ...

    def audit_of(self, run_id: str) -> list[AuditRecord]:
        """Give the audit records of a run, in the order they were written."""
        ...

    def latest_outcomes(self, action: str, scope: str) -> dict[str, Outcome]:
        """Give the newest outcome of each subject over all runs of `action` on `scope`."""
        ...


class Plans(Protocol):
    """Plans that were shown or applied, kept as the JSON document that was reviewed."""

    def keep(self, fingerprint: str, scope: str, document: str, at: datetime) -> None:
        """Keep a plan's document under its fingerprint; keeping it again is harmless."""
        ...

    def find(self, fingerprint: str, scope: str) -> str | None:
        """Give a kept plan's document, or None."""
        ...


class Enrolments(Protocol):
    """Whom courseops enrolled where: the ground on which it may drop anyone."""

    def active(self, course_id: str) -> list[Enrolment]:
        """List the open enrolments of a course."""
        ...

    def memberships(self, course_id: str) -> list[Membership]:
        """List every period of everyone who ever was in a course, open and ended."""
        ...

    def enrol(self, course_id: str, enrolment: Enrolment, at: datetime) -> None:
        """Open an enrolment, or bring an open one up to date; its history stays."""
        ...

    def drop(self, course_id: str, person_id: str, at: datetime) -> None:
        """End an enrolment; the row stays, with its dates."""
        ...


class Usage(Protocol):
    """What was seen on the hubs over time; only what a report needs."""

    def add_sample(
        self, sample: Sample, servers: Sequence[RunningServer], users: Sequence[HubUser]
    ) -> None:
        """Keep one look at a hub: the servers that ran, and the accounts if they were asked."""
        ...

    def samples(self, hub: str, since: datetime, until: datetime) -> list[Sample]:
        """Give the samples of a time, oldest first."""
        ...

    def sessions(self, hub: str, since: datetime, until: datetime) -> list[Session]:
        """Give the sessions with any moment in a time, by their start."""
        ...

    def activities(self, hub: str, since: datetime, until: datetime) -> list[Activity]:
        """Give each account's last activity of each day (UTC) in a time, oldest first."""
        ...

    def accounts_read_at(self, hub: str) -> datetime | None:
        """Say when the hub's accounts were last read along with a sample."""
        ...


class RosterSource(Protocol):
    """Where a course's roster comes from."""

    def read(self) -> Roster:
        """
        Give the whole roster.

        Raises:
            CourseOpsError: anything less than the whole roster could be had.
        """
        ...


class Hub(Protocol):
    """One JupyterHub, through its API."""

    @property
    def name(self) -> str:
        """Name the hub as the configuration does."""
        ...

    def preflight(self) -> list[Finding]:
        """Say what `doctor` should show: version, scopes, limits. Raises what cannot start."""
        ...

    def users(self) -> list[HubUser]:
        """List every account."""
        ...

    def groups(self) -> dict[str, frozenset[str]]:
        """Give every group with its members' usernames."""
        ...

    def create_users(self, names: Sequence[str]) -> list[Outcome]:
        """Create those that are missing; existing ones are `done` too. One outcome a name."""
        ...

    def ensure_group(self, group: str) -> None:
        """Create a group unless it is there."""
        ...

    def add_to_group(self, group: str, names: Sequence[str]) -> list[Outcome]:
        """Add members; those already in are `done` too. One outcome a name."""
        ...

    def remove_from_group(self, group: str, names: Sequence[str]) -> list[Outcome]:
        """Remove members; protected accounts are refused. One outcome a name."""
        ...

    def delete_user(self, name: str) -> Outcome:
        """Delete one account; protected accounts are refused, and nothing is ever retried."""
        ...

    def running_servers(self) -> list[RunningServer]:
        """List the single-user servers that run now."""
        ...


class Gradebook(Protocol):
    """A course's nbgrader gradebook, as far as the roster is concerned."""

    def students(self) -> Mapping[str, Person]:
        """Give the students by nbgrader id (the hub username)."""
        ...

    def put_students(self, people: Sequence[Person]) -> list[Outcome]:
        """Add those that are missing, bring names and e-mail of the others up to date."""
        ...


class Course(Protocol):
    """One course's assignments and the work handed in, as nbgrader keeps them."""

    @property
    def course_id(self) -> str:
        """Name the course as nbgrader does."""
        ...

    def preflight(self) -> list[Finding]:
        """Say what `doctor` should show: version, exchange, time zone. Raises what cannot start."""
        ...

    def assignments(self) -> list[Assignment]:
        """List the assignments that have a source, by deadline, then name."""
        ...

    def release(self, name: str, *, due_at: datetime | None = None) -> Released:
        """
        Generate the learners' version and put it in the exchange, unless it is there already.

        Raises:
            RefusedError: nbgrader would not, in its own words.
        """
        ...

    def released_notebooks(self, name: str) -> tuple[ReleasedNotebook, ...]:
        """Give what was handed out, as the gradebook remembers it."""
        ...

    def waiting(self, name: str) -> list[str]:
        """List the learners with work in the exchange, collected before or not."""
        ...

    def collect(self, name: str, learner: str) -> Outcome:
        """Bring in one learner's newest work; what is there already is skipped."""
        ...

    def submissions(self, name: str) -> list[Submission]:
        """List the collected work, by learner."""
        ...

    def handed_in(self, name: str, learner: str) -> dict[str, bytes]:
        """Give the notebooks of one collected submission, by name, untouched."""
        ...

    def graded(self, name: str, learner: str) -> dict[str, bytes]:
        """Give the notebooks of one submission as they were after autograding."""
        ...

    def scores(self, name: str = "") -> list[Score]:
        """Give the gradebook's scores, of one assignment or of all."""
        ...

    def release_feedback(self, name: str, learner: str) -> Outcome:
        """Write the feedback for one learner's graded work, and put it in the exchange."""
        ...


class Grader(Protocol):
    """What runs learners' work against the tests and puts the scores in the gradebook."""

    def grade(self, name: str, learners: Sequence[str], *, workers: int = 0) -> Iterator[Outcome]:
        """
        Grade collected work anew, several at once; 0 workers means as many as suit the machine.

        Each outcome comes as soon as it is known. One submission can fail, whatever is in it,
        but never stop the others: `crash`, `timeout` and `nbgrader` are the kinds.
        """
        ...
