"""The store, kept in memory: runs, plans and enrolments of one process."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from courseops.errors import CourseOpsError
from courseops.model.assignments.graded import GradedWork
from courseops.model.roster import Enrolment, Membership, Person
from courseops.model.rosters.plan import KeptPlan
from courseops.model.run import AuditRecord, Ending, Outcome, Run, Status, covers


class MemoryRuns:
    """The record of what ran, in memory."""

    def __init__(self) -> None:
        self._runs: dict[str, Run] = {}
        self._outcomes: list[tuple[str, Outcome]] = []
        self._audit: list[AuditRecord] = []

    def start(self, run: Run) -> None:
        """Open a run; from now on it can be found."""
        if run.id in self._runs:
            raise CourseOpsError(f"there is already a run {run.id}")
        self._runs[run.id] = run

    def end(self, run_id: str, ending: Ending, at: datetime, error: str = "") -> None:
        """Close a run with how it ended; a run that has ended stays as it is."""
        run = self._known(run_id)
        if run.ending is Ending.RUNNING:
            self._runs[run_id] = replace(run, ending=ending, ended_at=at, error=error)

    def begin_again(self, run_id: str) -> Run:
        """Count one more attempt at an open run; give it."""
        run = self._known(run_id)
        self._runs[run_id] = replace(run, attempt=run.attempt + 1)
        return self._runs[run_id]

    def name_plan(self, run_id: str, fingerprint: str) -> None:
        """Say which plan an open run carries out."""
        self._runs[run_id] = replace(self._known(run_id), plan=fingerprint)

    def expect(self, run_id: str, total: int) -> None:
        """Say how many outcomes an open run will leave."""
        self._runs[run_id] = replace(self._known(run_id), total=total)

    def settle(self, run_id: str, ending: Ending, at: datetime, error: str = "") -> bool:
        """Give a held run its last ending; False, and nothing changes, if it is not held."""
        run = self._runs.get(run_id)
        if run is None or run.ending is not Ending.HELD:
            return False
        self._runs[run_id] = replace(run, ending=ending, ended_at=at, error=error)
        return True

    def held(self, scope: str = "") -> list[Run]:
        """Give the runs that wait for a person, newest first; empty `scope` means any."""
        everything = self.recent(scope=scope, limit=len(self._runs))
        return [run for run in everything if run.ending is Ending.HELD]

    def note(self, run_id: str, outcomes: Sequence[Outcome]) -> None:
        """Add outcomes to a run."""
        run = self._known(run_id)
        self._runs[run_id] = replace(run, finished=run.finished + len(outcomes))
        self._outcomes.extend((run_id, outcome) for outcome in outcomes)

    def audit(self, records: Sequence[AuditRecord]) -> None:
        """Append audit records; nothing ever changes or removes one."""
        for record in records:
            self._known(record.run_id)
        self._audit.extend(records)

    def get(self, run_id: str) -> Run | None:
        """Give one run, or None."""
        return self._runs.get(run_id)

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
        wanted = [
            run
            for run in reversed(self._runs.values())
            if action in ("", run.action)
            and scope in ("", run.scope)
            and (not endings or run.ending in endings)
            and within in (None, run.within)
            and (among is None or covers(among, run.scope))
            and (before is None or run.started_at < before)
        ]
        return sorted(wanted, key=lambda run: run.started_at, reverse=True)[:limit]

    def latest_of(self, subject: str, action: str, scopes: Collection[str]) -> dict[str, Outcome]:
        """Give the newest outcome of one subject over all runs of `action`, by scope."""
        found = {it: self.latest_outcomes(action, it).get(subject) for it in scopes}
        return {scope: outcome for scope, outcome in found.items() if outcome is not None}

    def tallies(self, run_ids: Collection[str]) -> dict[str, dict[Status, int]]:
        """Count the outcomes of runs by how they ended; a run without any is not there."""
        found: dict[str, dict[Status, int]] = {}
        for run_id, outcome in self._outcomes:
            if run_id in run_ids:
                counts = found.setdefault(run_id, {})
                counts[outcome.status] = counts.get(outcome.status, 0) + 1
        return found

    def newest(self) -> list[Run]:
        """Give the run of each action on each scope that was begun last, the last one first."""
        found: dict[tuple[str, str], Run] = {}
        for run in reversed(self._runs.values()):
            found.setdefault((run.action, run.scope), run)
        return list(found.values())

    def last_good(self) -> dict[str, datetime]:
        """Say when the newest good run of each job ended, by the job's name."""
        good = [
            (run.job, run.ended_at)
            for run in self._runs.values()
            if run.job and run.ended_at and run.ending is Ending.DONE
        ]
        return dict(sorted(good, key=lambda it: it[1]))

    def outcomes(self, run_id: str) -> list[Outcome]:
        """Give the outcomes of a run, in the order they were noted."""
        return [outcome for noted_in, outcome in self._outcomes if noted_in == run_id]

    def audit_of(self, run_id: str) -> list[AuditRecord]:
        """Give the audit records of a run, in the order they were written."""
        return [record for record in self._audit if record.run_id == run_id]

    def latest_outcomes(self, action: str, scope: str) -> dict[str, Outcome]:
        """Give the newest outcome of each subject over all runs of `action` on `scope`."""
        return {
            outcome.subject: outcome
            for run_id, outcome in self._outcomes
            if (self._runs[run_id].action, self._runs[run_id].scope) == (action, scope)
        }

    def latest_failures(
        self, action: str, scopes: Collection[str]
    ) -> dict[str, dict[str, Outcome]]:
        """Give, by scope and subject, those newest outcomes that are failures."""
        found = {}
        for scope in scopes:
            newest = self.latest_outcomes(action, scope)
            failed = {who: it for who, it in newest.items() if it.status is Status.FAILED}
            if failed:
                found[scope] = failed
        return found

    def version(self, scope: str) -> tuple[int, ...]:
        """Give what changes when a run on a scope or below begins, leaves an outcome or ends."""
        runs = [
            it
            for it in self._runs.values()
            if f"{it.scope}/".startswith(f"{scope}/") and it.action != "look"
        ]
        ended = sum(it.ended_at is not None for it in runs)
        return len(runs), sum(it.finished for it in runs), ended

    def up_to_date(
        self, action: str, after: str, scopes: Collection[str]
    ) -> dict[str, frozenset[str]]:
        """Name, by scope, for whom `action` was done, and `after` was not done since."""
        newest: dict[tuple[str, str], str] = {}
        for run_id, outcome in self._outcomes:
            run = self._runs[run_id]
            counts = run.scope in scopes and run.action in (action, after)
            if counts and outcome.status is Status.DONE:
                newest[run.scope, outcome.subject] = run.action
        found: dict[str, set[str]] = {}
        for (scope, subject), last in newest.items():
            if last == action:
                found.setdefault(scope, set()).add(subject)
        return {scope: frozenset(subjects) for scope, subjects in found.items()}

    def _known(self, run_id: str) -> Run:
        if run_id not in self._runs:
            raise CourseOpsError(f"there is no run {run_id}")
        return self._runs[run_id]


class MemoryGradings:
    """What went into each grade, in memory."""

    def __init__(self) -> None:
        self._digests: dict[tuple[str, str], dict[str, str]] = {}

    def digests(self, course_id: str, name: str) -> dict[str, str]:
        """Give the digest of what was graded last, by learner."""
        return dict(self._digests.get((course_id, name), {}))

    def keep(
        self,
        course_id: str,
        name: str,
        works: Sequence[GradedWork],
        at: datetime,  # noqa: ARG002 -- the port's signature
    ) -> None:
        """Keep what went into these grades."""
        kept = self._digests.setdefault((course_id, name), {})
        kept.update({work.learner: work.digest for work in works})


class MemoryPlans:
    """Plans that were shown or applied, in memory."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], KeptPlan] = {}

    def keep(self, fingerprint: str, scope: str, document: str, at: datetime) -> None:
        """Keep a plan under its fingerprint; keeping it again makes it as young as `at`."""
        self._kept[fingerprint, scope] = KeptPlan(document=document, kept_at=at)

    def find(self, fingerprint: str, scope: str) -> KeptPlan | None:
        """Give a kept plan, or None."""
        return self._kept.get((fingerprint, scope))


@dataclass
class _Period:
    course_id: str
    enrolment: Enrolment
    started_at: datetime
    ended_at: datetime | None = None


@dataclass
class MemoryEnrolments:
    """Whom courseops enrolled where, in memory."""

    _periods: list[_Period] = field(default_factory=list)

    def active(self, course_id: str) -> list[Enrolment]:
        """List the open enrolments of a course, by person id."""
        found = [p.enrolment for p in self._periods if p.course_id == course_id and not p.ended_at]
        return sorted(found, key=lambda enrolment: enrolment.person.id)

    def memberships(self, course_id: str) -> list[Membership]:
        """List every period of everyone who ever was in a course, by username and start."""
        found = [
            Membership(
                username=period.enrolment.person.username,
                role=period.enrolment.role,
                started_at=period.started_at,
                ended_at=period.ended_at,
            )
            for period in self._periods
            if period.course_id == course_id
        ]
        return sorted(found, key=lambda membership: (membership.username, membership.started_at))

    def ended(self, course_id: str) -> list[Enrolment]:
        """List who was in a course and is no longer, as they were last, by person id."""
        theirs = [p for p in self._periods if p.course_id == course_id]
        back = {p.enrolment.person.id for p in theirs if not p.ended_at}
        last = {p.enrolment.person.id: p.enrolment for p in theirs if p.ended_at}
        return [last[person_id] for person_id in sorted(last.keys() - back)]

    def enrolled_in(self, username: str, course_ids: Collection[str]) -> dict[str, Enrolment]:
        """Give the open enrolments of one account in some courses, by course."""
        return {
            period.course_id: period.enrolment
            for period in self._periods
            if period.course_id in course_ids
            and not period.ended_at
            and period.enrolment.person.username == username
        }

    def people_called(
        self, usernames: Collection[str], course_ids: Collection[str]
    ) -> list[Person]:
        """Give whoever is or was in any of the courses under one of these usernames."""
        people = [p.enrolment.person for p in self._periods if p.course_id in course_ids]
        found = {(p.username, p.id): p for p in people if p.username in usernames}
        return list(found.values())

    def enrol(self, course_id: str, enrolments: Sequence[Enrolment], at: datetime) -> None:
        """Open enrolments, or bring open ones up to date; their history stays."""
        for enrolment in enrolments:
            period = self._open(course_id, enrolment.person.id)
            if period:
                period.enrolment = enrolment
            else:
                self._periods.append(_Period(course_id, enrolment, at))

    def drop(self, course_id: str, person_ids: Collection[str], at: datetime) -> None:
        """End enrolments; the rows stay, with their dates."""
        for person_id in person_ids:
            period = self._open(course_id, person_id)
            if period:
                period.ended_at = at

    def _open(self, course_id: str, person_id: str) -> _Period | None:
        for period in self._periods:
            key = (period.course_id, period.enrolment.person.id)
            if key == (course_id, person_id) and not period.ended_at:
                return period
        return None
