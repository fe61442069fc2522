"""What we keep ourselves: runs, plans, enrolments, usage."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # Every command keeps a record, and few speak of all that is recorded.
    from courseops.model.assignments.graded import GradedWork
    from courseops.model.hub import HubUser, RunningServer
    from courseops.model.jobs.glance import Glance
    from courseops.model.roster import Enrolment, Membership, Person
    from courseops.model.rosters.plan import KeptPlan
    from courseops.model.run import AuditRecord, Ending, Outcome, Run, Status
    from courseops.model.usage.observation import Gap
    from courseops.model.usage.rollup import Span, SpanFigures
    from courseops.model.usage.seen import Activity, HomeSize, Ran, Sample, Session, Window
    from courseops.model.usage.starts import StartCounts, StartHour


class History(Protocol):
    """What became of learners' work, for those who only look."""

    def latest_outcomes(self, action: str, scope: str) -> dict[str, Outcome]:
        """Give the newest outcome of each subject over all runs of `action` on `scope`."""
        ...

    def latest_failures(
        self, action: str, scopes: Collection[str]
    ) -> dict[str, dict[str, Outcome]]:
        """Give, by scope and subject, those newest outcomes that are failures."""
        ...

    def version(self, scope: str) -> tuple[int, ...]:
        """Give what changes when a run on a scope or below begins, leaves an outcome or ends."""
        ...

    def up_to_date(
        self, action: str, after: str, scopes: Collection[str]
    ) -> dict[str, frozenset[str]]:
        """Name, by scope, for whom `action` was done, and `after` was not done since."""
        ...


class Runs(History, Protocol):
    """The record of what ran: runs, their outcomes, their audit records."""

    def start(self, run: Run) -> None:
        """Open a run; from now on it can be found."""
        ...

    def end(self, run_id: str, ending: Ending, at: datetime, error: str = "") -> None:
        """Close a run with how it ended; a run that has ended stays as it is."""
        ...

    def name_plan(self, run_id: str, fingerprint: str) -> None:
        """Say which plan an open run carries out; it is known only once the world was read."""
        ...

    def expect(self, run_id: str, total: int) -> None:
        """Say how many outcomes an open run will leave."""
        ...

    def settle(self, run_id: str, ending: Ending, at: datetime, error: str = "") -> bool:
        """Give a held run its last ending; False, and nothing changes, if it is not held."""
        ...

    def held(self, scope: str = "") -> list[Run]:
        """Give the runs that wait for a person, newest first; empty `scope` means any."""
        ...

    def note(self, run_id: str, outcomes: Sequence[Outcome]) -> None:
        """Add outcomes to a run; safe against being killed straight after."""
        ...

    def audit(self, records: Sequence[AuditRecord]) -> None:
        """Append audit records; none is ever removed before its time, nor changed but to forget."""
        ...

    def get(self, run_id: str) -> Run | None:
        """Give one run, or None."""
        ...

    def recent(
        self,
        *,
        action: str = "",
        scope: str = "",
        endings: Collection[Ending] = (),
        within: str | None = None,
        among: Collection[str] | None = None,
        before: datetime | None = None,
        limit: int = 20,
    ) -> list[Run]:
        """
        Give runs, newest first; empty `action`, `scope` or `endings` means any.

        `within` is a run that they are part of, and empty gives those that are part of none.
        `among` names the scopes that they are to be on, and one that ends in a slash stands for
        all that begin so; `before` leaves out what was not begun before that moment.
        """
        ...

    def last_good(self) -> dict[str, datetime]:
        """Say when the newest good run of each job ended, by the job's name."""
        ...

    def outcomes(self, run_id: str) -> list[Outcome]:
        """Give the outcomes of a run, in the order they were noted."""
        ...

    def audit_of(self, run_id: str) -> list[AuditRecord]:
        """Give the audit records of a run, in the order they were written."""
        ...

    def latest_of(self, subject: str, action: str, scopes: Collection[str]) -> dict[str, Outcome]:
        """Give the newest outcome of one subject over all runs of `action`, by scope."""
        ...

    def tallies(self, run_ids: Collection[str]) -> dict[str, dict[Status, int]]:
        """Count the outcomes of runs by how they ended; a run without any is not there."""
        ...


class Record(Protocol):
    """Our record as a whole, for those who only look at where the site stands."""

    def glance(self, backup: str, scopes: Mapping[str, str]) -> Glance:
        """
        Look at everything once, at one unchanging state.

        `backup` is the action that backs up a hub, `scopes` gives what it is run on for each hub
        whose copies are asked for.
        """
        ...


class Gradings(Protocol):
    """What went into the grade that each submission has, so that the same is not graded twice."""

    def digests(self, course_id: str, name: str) -> dict[str, str]:
        """Give the digest of what was graded last, by learner."""
        ...

    def keep(self, course_id: str, name: str, works: Sequence[GradedWork], at: datetime) -> None:
        """Keep, all or none, what went into these grades and what it cost."""
        ...


class Plans(Protocol):
    """Plans that were shown or applied, kept as the JSON document that was reviewed."""

    def keep(self, fingerprint: str, scope: str, document: str, at: datetime) -> None:
        """Keep a plan under its fingerprint; keeping it again makes it as young as `at`."""
        ...

    def find(self, fingerprint: str, scope: str) -> KeptPlan | None:
        """Give a kept plan, or None."""
        ...


class Enrolments(Protocol):
    """Whom courseops enrolled where: the ground on which it may drop anyone."""

    def active(self, course_id: str) -> list[Enrolment]:
        """List the open enrolments of a course."""
        ...

    def memberships(self, course_id: str) -> list[Membership]:
        """List every period of everyone who ever was in a course, open and ended."""
        ...

    def ended(self, course_id: str) -> list[Enrolment]:
        """List who was in a course and is no longer, as they were last, by person id."""
        ...

    def enrolled_in(self, username: str, course_ids: Collection[str]) -> dict[str, Enrolment]:
        """Give the open enrolments of one account in some courses, by course."""
        ...

    def people_called(
        self, usernames: Collection[str], course_ids: Collection[str]
    ) -> list[Person]:
        """Give whoever is or was in any of the courses under one of these usernames."""
        ...

    def enrol(self, course_id: str, enrolments: Sequence[Enrolment], at: datetime) -> None:
        """Open enrolments, or bring open ones up to date, all or none; their history stays."""
        ...

    def drop(self, course_id: str, person_ids: Collection[str], at: datetime) -> None:
        """End enrolments, all or none; the rows stay, with their dates."""
        ...


class Sizes(Protocol):
    """How large homes were when they were backed up."""

    def note_sizes(self, sizes: Sequence[HomeSize]) -> None:
        """Note sizes that a backup found; one that is as it was before is not noted again."""
        ...

    def sizes(self, hub: str, since: datetime, until: datetime) -> list[HomeSize]:
        """
        Give how large homes were, oldest first: as they stood at `since`, and each change since.

        What stood at `since` has the moment at which it was found, which lies before.
        """
        ...

    def edge_sizes(self, hub: str, since: datetime, until: datetime) -> list[HomeSize]:
        """Give of each home the first and the last of those sizes, oldest first."""
        ...


class Usage(Sizes, Protocol):
    """What was seen on the hubs over time; only what a report needs."""

    def add_sample(
        self,
        sample: Sample,
        servers: Sequence[RunningServer],
        users: Sequence[HubUser],
        zone: tzinfo = UTC,
    ) -> None:
        """
        Keep one look at a hub: the servers that ran, and the accounts if they were asked.

        Of each account the last activity of each day is kept; days are those of `zone`.
        """
        ...

    def watched(self) -> dict[str, Window]:
        """Give from when to when each hub was looked at, by the samples that there are."""
        ...

    def samples(self, hub: str, since: datetime, until: datetime) -> list[Sample]:
        """Give the samples of a time, oldest first."""
        ...

    def sessions(self, hub: str, since: datetime, until: datetime) -> list[Session]:
        """Give the sessions with any moment in a time, by their start."""
        ...

    def activities(self, hub: str, since: datetime, until: datetime) -> list[Activity]:
        """Give each account's last activity of each day in a time, oldest first."""
        ...

    def ran(self, hub: str, since: datetime, until: datetime) -> dict[str, list[Ran]]:
        """Give the same sessions by username, each account's by their start, for counting many."""
        ...

    def active(self, hub: str, since: datetime, until: datetime) -> dict[str, list[int]]:
        """Give the same activities by username, for counting many."""
        ...

    def accounts_read_at(self, hub: str) -> datetime | None:
        """Say when the hub's accounts were last read along with a sample."""
        ...

    def add_sessions(self, sessions: Sequence[Session]) -> None:
        """
        Keep sessions as they are known now; account, server and start say which one is meant.

        The later time at which it was seen counts, and an end that is known stays known.
        """
        ...

    def add_starts(self, hub: str, at: datetime, counts: StartCounts) -> None:
        """Add starts to those of the hour that `at` lies in."""
        ...

    def starts(self, hub: str, since: datetime, until: datetime) -> list[StartHour]:
        """Give the starts of the hours that begin in a time, oldest first, but for quiet hours."""
        ...

    def keep_figures(
        self, figures: Sequence[SpanFigures], gaps: Mapping[str, Sequence[Gap]]
    ) -> None:
        """
        Keep figures for good, and by hub the times in which nobody watched.

        Figures replace those of the same span, gaps are added to those that are kept.
        """
        ...

    def figures(self, hub: str, span: Span, since: date, until: date) -> list[SpanFigures]:
        """
        Give kept figures of a hub and its courses whose first day lies from `since` to `until`.

        They come by first day, the hub's own before those of its courses.
        """
        ...

    def gaps(self, hub: str, since: datetime, until: datetime) -> list[Gap]:
        """Give what was kept of times in which nobody watched, cut to a time, oldest first."""
        ...

    def bookmark(self, hub: str, source: str) -> str:
        """Give how far a source of a hub was read; empty if never."""
        ...

    def put_bookmark(self, hub: str, source: str, text: str) -> None:
        """Keep how far a source of a hub was read."""
        ...

    def forget(self, hub: str, username: str) -> None:
        """Keep what an account used, and forget whose it was; figures stay as they are."""
        ...
