"""Look at everything the configuration speaks of, and say of each: ok, or what to do.

One thing that is broken never hides another: each check runs by itself, and an error that it
raises becomes a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from courseops.errors import CourseOpsError
from courseops.model.finding import Finding, Level


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing to look at: what it is called, and how to look."""

    subject: str
    look: Callable[[], Iterable[Finding]]


@dataclass(frozen=True, kw_only=True)
class Examination:
    """What `doctor` found, in the order it looked."""

    findings: tuple[Finding, ...]

    @property
    def problems(self) -> int:
        """Count what does not work."""
        return sum(finding.level is Level.PROBLEM for finding in self.findings)


def examine(checks: Iterable[Check]) -> Examination:
    """Run every check to its end, whatever the others find."""
    return Examination(findings=tuple(f for check in checks for f in _findings(check)))


def _findings(check: Check) -> Iterator[Finding]:
    try:
        yield from check.look()
    except CourseOpsError as error:
        yield Finding.problem(check.subject, error.in_full, error.hint)
