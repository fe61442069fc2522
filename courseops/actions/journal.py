"""Everything leaves a record: open a run, collect its outcomes, end it as it deserves.

Each action that changes something runs inside `Journal.run`. Whoever holds the run's lock
is the only one at work on that scope, so a run of the same lock that is still marked as
running belonged to a process that died: it is marked interrupted before the new one starts.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from courseops.errors import CourseOpsError, PlanHeldError, PlanRefusedError
from courseops.events import log
from courseops.model.run import AuditRecord, Ending, Outcome, Phase, Run, ending_of

if TYPE_CHECKING:
    # Every command keeps a journal, and few speak of all that is recorded.
    from courseops.ports.ambient import Clock, Locks, Progress
    from courseops.ports.records import Runs

# A class list can be wrong on every one of its thousands of lines.
_PROBLEMS_KEPT = 20


@dataclass(frozen=True)
class Entry:
    """One run while it is under way."""

    run: Run
    _runs: Runs
    _clock: Clock
    outcomes: list[Outcome] = field(default_factory=list)

    def note(self, *outcomes: Outcome) -> None:
        """Keep outcomes, in memory for the report and in the store for good."""
        self.outcomes.extend(outcomes)
        self._runs.note(self.run.id, outcomes)

    def expect(self, total: int) -> None:
        """Say how many outcomes there will be, so that whoever looks on can see how far it is."""
        self._runs.expect(self.run.id, total)

    def carries(self, fingerprint: str) -> None:
        """Say which plan the run carries out, once it is known."""
        self._runs.name_plan(self.run.id, fingerprint)

    def audit(self, phase: Phase, subjects: Iterable[str], change: str, detail: str = "") -> None:
        """Write one audit record a subject, before or after a change."""
        self._audit(phase, [(subject, change, detail) for subject in subjects])

    def audit_each(self, phase: Phase, subject: str, changes: Iterable[tuple[str, str]]) -> None:
        """Write one audit record for each change and its detail, all of one subject."""
        self._audit(phase, [(subject, change, detail) for change, detail in changes])

    def _audit(self, phase: Phase, changes: Iterable[tuple[str, str, str]]) -> None:
        at = self._clock.now()
        self._runs.audit(
            [
                AuditRecord(
                    run_id=self.run.id,
                    at=at,
                    actor=self.run.actor,
                    phase=phase,
                    subject=subject,
                    change=change,
                    detail=detail,
                )
                for subject, change, detail in changes
            ]
        )


@dataclass(frozen=True, kw_only=True)
class Journal:
    """
    What every action is handed besides its ports: records, locks, the time, the actor.

    `within` is the job's run that all of it is part of, if any.
    """

    runs: Runs
    locks: Locks
    clock: Clock
    progress: Progress
    actor: str
    within: str = ""

    @contextmanager
    def run(self, action: str, scope: str, *, plan: str = "") -> Iterator[Entry]:
        """
        Record one run of `action` on `scope`; only one run at a time may hold a scope.

        It ends as done or incomplete by its outcomes, held when a guard wants a person to
        look, refused when it said no, interrupted on Ctrl-C or SIGTERM, else failed; what was
        raised goes on rising.

        Raises:
            LockedError: another process is at work on `scope`.
        """
        with self.locks.hold(scope), ExitStack() as context:
            self._end_abandoned(scope)
            entry = self._start(action, scope, plan)
            from structlog.contextvars import bound_contextvars  # noqa: PLC0415 -- slow to load

            context.enter_context(bound_contextvars(run=entry.run.id, action=action, scope=scope))
            try:
                yield entry
            except BaseException as error:
                self._end(entry, ending_for(error), in_words(error))
                raise
            self._end(entry, ending_of(entry.outcomes))

    def remark(self, run: Run, change: str) -> None:
        """Write on the record of a run that has ended what became of it since."""
        record = AuditRecord(
            run_id=run.id,
            at=self.clock.now(),
            actor=self.actor,
            phase=Phase.MADE,
            subject=run.scope,
            change=change,
        )
        self.runs.audit([record])

    def _end(self, entry: Entry, ending: Ending, error: str = "") -> None:
        self.runs.end(entry.run.id, ending, self.clock.now(), error)
        log().info("run ended", ending=ending, outcomes=len(entry.outcomes), error=error)

    def settle_abandoned(self, scope: str) -> int:
        """
        End the runs on a scope whose processes died; give how many there were.

        Raises:
            LockedError: another process is at work on `scope`, and they may be its own.
        """
        with self.locks.hold(scope):
            return self._end_abandoned(scope)

    def _end_abandoned(self, scope: str) -> int:
        abandoned = self.runs.recent(scope=scope, endings={Ending.RUNNING})
        for run in abandoned:
            why = "its process ended without a word"
            self.runs.end(run.id, Ending.INTERRUPTED, self.clock.now(), why)
            log().info("run was interrupted", run=run.id, action=run.action, scope=scope)
        return len(abandoned)

    def _start(self, action: str, scope: str, plan: str) -> Entry:
        now = self.clock.now()
        run = Run(
            id=new_run_id(now),
            action=action,
            scope=scope,
            actor=self.actor,
            started_at=now,
            plan=plan,
            within=self.within,
        )
        self.runs.start(run)
        log().info("run started", run=run.id, action=action, scope=scope, actor=self.actor)
        return Entry(run, self.runs, self.clock)


def new_run_id(now: datetime) -> str:
    """Name a run so that a person sees when it began, and no two are called alike."""
    return f"{now:%Y%m%d-%H%M}-{secrets.token_hex(3)}"


def in_words(error: BaseException) -> str:
    """Say what went wrong as the record of a run has it."""
    problems = error.problems if isinstance(error, CourseOpsError) else ()
    more = len(problems) - _PROBLEMS_KEPT
    rest = [f"… and {more} more"] if more > 0 else []
    return "; ".join([str(error), *problems[:_PROBLEMS_KEPT], *rest])


def ending_for(error: BaseException) -> Ending:
    """Say how a run ends that this stopped."""
    if isinstance(error, PlanHeldError):
        return Ending.HELD
    if isinstance(error, PlanRefusedError):
        return Ending.REFUSED
    if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
        return Ending.INTERRUPTED
    return Ending.FAILED
