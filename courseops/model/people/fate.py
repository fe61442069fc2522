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
from courseops.model.people.whom import Whom


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
    that begin with `backup` take copies. Without `keeps_evidence`, what was collected and graded
    is forgotten as well.
    """

    departures: tuple[str, ...]
    backup: str = "backup-"
    keeps_evidence: bool = True


def going(traces: Sequence[Trace]) -> tuple[Trace, ...]:
    """Give what does not stay as it is, of that of which there is any."""
    return tuple(it for it in traces if it.fate is not Fate.STAYS and it.records)


def staying(traces: Sequence[Trace]) -> tuple[Trace, ...]:
    """Give what stays as it is, of that of which there is any."""
    return tuple(it for it in traces if it.fate is Fate.STAYS and it.records)


def objections_to_forgetting(
    whom: Whom, *, courses: Sequence[str], held: Sequence[str], has_account: bool
) -> tuple[str, ...]:
    """
    Say why nobody may be forgotten yet, and what to do; nothing means that they may.

    `courses` are those in which they are enrolled, `held` the runs that wait for a person and
    whose plans name them.
    """
    reasons = [
        f"they are enrolled in {it}: take them off its roster, then courseops roster apply {it}"
        for it in courses
    ]
    reasons += [
        f"the plan of the run {it}, which waits for a person, names them: courseops job approve "
        f"{it}, or job reject"
        for it in held
    ]
    if has_account:
        reasons.append(
            f"{whom.hub} has their account still, and what they do there is recorded anew: "
            f"courseops offboard apply --user {whom.username} --hub {whom.hub} --erase"
        )
    return tuple(reasons)


def refuse_forgetting(whom: Whom, reasons: tuple[str, ...]) -> None:
    """
    Stop a plan that has objections.

    Raises:
        PlanRefusedError: there are some.
    """
    if reasons:
        raise PlanRefusedError(
            f"{whom.username} cannot be forgotten yet",
            problems=reasons,
            hint="nothing was changed; do this first, then try again",
        )
