"""What becomes of each kind of record when somebody is to be forgotten, and why.

What was seen of them serves sums, which are right without their name: it keeps a pseudonym that
was made from nothing. What was collected and graded is the school's evidence in a dispute; what
was erased when is its proof; and what a backup holds is for the backup to let go of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from courseops.errors import PlanRefusedError


class Fate(StrEnum):
    """What becomes of a record."""

    RENAMED = "keeps a pseudonym"
    ERASED = "is erased"
    STAYS = "stays"


@dataclass(frozen=True, kw_only=True)
class Trace:
    """
    Some records of somebody: how many of which kind, and what becomes of them.

    `why` says why they stay, and `mend` what would remove them.
    """

    what: str
    fate: Fate
    records: int
    why: str = ""
    mend: str = ""


@dataclass(frozen=True, kw_only=True)
class Grounds:
    """
    What forgetting must know of what we do, to tell evidence from by-products.

    The runs of the actions `departures` prove that somebody was archived and erased; actions
    that begin with `backup` take copies.
    """

    departures: tuple[str, ...]
    backup: str = "backup-"


def going(traces: Sequence[Trace]) -> tuple[Trace, ...]:
    """Give what does not stay as it is, of that of which there is any."""
    return tuple(it for it in traces if it.fate is not Fate.STAYS and it.records)


def staying(traces: Sequence[Trace]) -> tuple[Trace, ...]:
    """Give what stays as it is, of that of which there is any."""
    return tuple(it for it in traces if it.fate is Fate.STAYS and it.records)


def objections_to_forgetting(
    *, courses: Sequence[str], held: Sequence[str], has_account: bool
) -> tuple[str, ...]:
    """
    Say why nobody may be forgotten yet; nothing means that they may.

    `courses` are those in which they are enrolled, `held` the runs that wait for a person and
    whose plans name them.
    """
    reasons = [f"they are enrolled in {it}" for it in courses]
    if has_account:
        reasons.append("the hub has their account still, and what they do there is recorded anew")
    reasons += [f"the plan of the run {it}, which waits for a person, names them" for it in held]
    return tuple(reasons)


def refuse_forgetting(hub: str, username: str, reasons: tuple[str, ...]) -> None:
    """
    Stop a plan that has objections.

    Raises:
        PlanRefusedError: there are some.
    """
    if reasons:
        raise PlanRefusedError(
            f"{username} cannot be forgotten yet",
            problems=reasons,
            hint="whoever is still here leaves first: courseops offboard apply "
            f"--user {username} --hub {hub} --erase; plans that wait: courseops job approve or "
            "job reject",
        )
