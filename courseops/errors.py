"""Every way a command can fail, as one tree; each leaf knows its exit code.

* CourseOpsError ......... 1   something failed
  - IncompleteError ...... 3   finished, but some items failed
  - PlanRefusedError ..... 5   the plan is unsafe, or the world moved on
    . PlanHeldError            ... and waits for a person to approve it
  - ConfigError .......... 10  config.toml or a jobs/*.toml is wrong
  - LockedError .......... 11  another run holds the lock
  - RefusedError ......... 12  an outside system answered, and said no
    . MissingScopeError        ... because our token lacks a scope
  - UnreachableError ..... 13  an outside system did not answer; try again

3, 11 and 12 mean what they mean to restic. 2 is click's, for wrong usage; 4 says that a
plan has changes, which is no error; 130 and 143 are the shell's, for interrupted.
"""

from __future__ import annotations

from collections.abc import Sequence


class CourseOpsError(Exception):
    """
    A failure we understand: shown as one line, without a traceback.

    Anything that is not a CourseOpsError is a bug and keeps its traceback.
    `problems` are shown as a list below the message, `hint` says what to do. `system` names the
    outside system that said no or did not answer ("hub/campus"), where it is one that much
    depends on: what fails for its sake is one trouble, however often it is met.
    """

    exit_code = 1

    def __init__(
        self, message: str, *, problems: Sequence[str] = (), hint: str = "", system: str = ""
    ) -> None:
        super().__init__(message)
        self.problems = tuple(problems)
        self.hint = hint
        self.system = system

    @property
    def in_full(self) -> str:
        """Say it on one line, with every problem."""
        return "; ".join([str(self), *self.problems])


class IncompleteError(CourseOpsError):
    """The command ran to the end, but not every item succeeded."""

    exit_code = 3


class PlanRefusedError(CourseOpsError):
    """The plan changes too much, or the world has moved since it was reviewed."""

    exit_code = 5


class PlanHeldError(PlanRefusedError):
    """A guard objects to the plan; it is kept, and waits for a person to approve or reject it."""


class ConfigError(CourseOpsError):
    """The configuration is wrong; `problems` lists every mistake at once."""

    exit_code = 10


class LockedError(CourseOpsError):
    """Another run holds the lock."""

    exit_code = 11


class RefusedError(CourseOpsError):
    """An outside system answered, and said no."""

    exit_code = 12


class MissingScopeError(RefusedError):
    """A hub said no because our token lacks a scope; `scopes` names those that would do."""

    def __init__(
        self, message: str, *, scopes: Sequence[str], hint: str = "", system: str = ""
    ) -> None:
        super().__init__(message, hint=hint, system=system)
        self.scopes = tuple(scopes)


class UnreachableError(CourseOpsError):
    """An outside system did not answer in time; the same command may work later."""

    exit_code = 13
