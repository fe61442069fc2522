"""Why something failed, as a short stable word: what fails for the same cause is one trouble."""

from __future__ import annotations

from courseops.errors import (
    CourseOpsError,
    IncompleteError,
    LockedError,
    PlanHeldError,
    PlanRefusedError,
    RefusedError,
    UnreachableError,
)

HELD = "held"
PLAN_REFUSED = "plan-refused"
REFUSED = "refused"
INCOMPLETE = "incomplete"
LOCKED = "locked"
UNREACHABLE = "unreachable"

# The more particular before the more general.
_WORDS: tuple[tuple[type[CourseOpsError], str], ...] = (
    (PlanHeldError, HELD),
    (PlanRefusedError, PLAN_REFUSED),
    (IncompleteError, INCOMPLETE),
    (LockedError, LOCKED),
    (RefusedError, REFUSED),
    (UnreachableError, UNREACHABLE),
)


def kind_of(error: CourseOpsError) -> str:
    """
    Give the kind of an outcome that an error made fail.

    An outside system that failed is named: "hub/campus unreachable".
    """
    word = next((word for kind, word in _WORDS if isinstance(error, kind)), "error")
    return f"{error.system} {word}".lstrip()


def system_of(kind: str) -> str:
    """Give the outside system that a kind blames; empty if it blames none."""
    return kind.rpartition(" ")[0]
