"""Runs, their outcomes and the audit records they leave.

A run is one execution of an action. It leaves one `Outcome` for each person, volume or
submission it dealt with, and an `AuditRecord` before and after each change it made.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Status(StrEnum):
    """How one item of a list ended."""

    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """
    How one person, volume or submission fared; `mend` says what would put a failure right.

    `kind` is a short stable word for the reason ("unreadable", "invalid-name"), so that a
    program can sort failures without reading the sentence.
    """

    subject: str
    status: Status
    kind: str = ""
    reason: str = ""
    mend: str = ""

    @classmethod
    def done(cls, subject: str, reason: str = "", *, kind: str = "") -> Outcome:
        """Say that `subject` is as it was wanted."""
        return cls(subject=subject, status=Status.DONE, reason=reason, kind=kind)

    @classmethod
    def skipped(cls, subject: str, reason: str, *, kind: str = "", mend: str = "") -> Outcome:
        """Say that nothing had to be, or could sensibly be, done for `subject`."""
        return cls(subject=subject, status=Status.SKIPPED, kind=kind, reason=reason, mend=mend)

    @classmethod
    def failed(cls, subject: str, reason: str, *, kind: str = "", mend: str = "") -> Outcome:
        """Say that `subject` failed, why, and what would mend it."""
        return cls(subject=subject, status=Status.FAILED, kind=kind, reason=reason, mend=mend)


class Ending(StrEnum):
    """Where a run stands; all but `RUNNING` are final."""

    RUNNING = "running"
    DONE = "done"
    INCOMPLETE = "incomplete"
    FAILED = "failed"
    REFUSED = "refused"
    HELD = "held"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, kw_only=True)
class Run:
    """
    One execution of an action.

    `action` is the action's name ("roster-apply"), `scope` what it was run on
    ("course/python101", "hub/campus"), `actor` who started it, `plan` the fingerprint
    of the plan it carries out, if any; `total` is how many outcomes it will leave and
    `finished` how many it has left, both 0 where nobody counted.

    The run of a job has the `job`'s name and when it was `due_at`; `about` says what fell due
    then, and `attempt` how often somebody began it. What it does are runs of their own, `within`
    it.
    """

    id: str
    action: str
    scope: str
    actor: str
    started_at: datetime
    ending: Ending = Ending.RUNNING
    ended_at: datetime | None = None
    plan: str = ""
    error: str = ""
    total: int = 0
    finished: int = 0
    job: str = ""
    due_at: datetime | None = None
    about: str = ""
    attempt: int = 1
    within: str = ""

    @property
    def so_far(self) -> str:
        """Say how the run stands; while it is under way, also how far it is."""
        underway = self.ending is Ending.RUNNING and self.total
        return f"{self.ending}, {self.finished} of {self.total}" if underway else self.ending


class Phase(StrEnum):
    """When an audit record was written, seen from the change it speaks of."""

    INTENDED = "intended"
    MADE = "made"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class AuditRecord:
    """One change, before (`INTENDED`) or after (`MADE`, `FAILED`) it was made."""

    run_id: str
    at: datetime
    actor: str
    phase: Phase
    subject: str
    change: str
    detail: str = ""


# What went through all there was to do, well or not; what was stopped or refused did not.
TO_THE_END = frozenset({Ending.DONE, Ending.INCOMPLETE})


def ending_of(outcomes: Iterable[Outcome]) -> Ending:
    """Say how a run that reached its end fared: one failed item makes it incomplete."""
    return Ending.INCOMPLETE if failures(outcomes) else Ending.DONE


def failures(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Give the outcomes of those who failed, in their order."""
    return [outcome for outcome in outcomes if outcome.status is Status.FAILED]


def phase_after(outcome: Outcome) -> Phase:
    """Say what the audit should hold of a change that ended so."""
    return Phase.FAILED if outcome.status is Status.FAILED else Phase.MADE


def covers(among: Collection[str], scope: str) -> bool:
    """Say whether a scope is among some; one that ends in a slash stands for all below it."""
    return scope in among or any(scope.startswith(it) for it in among if it.endswith("/"))
