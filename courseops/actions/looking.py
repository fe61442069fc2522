"""Keep on record who looked at whom: reports and pages that show persons by their names.

A look changes nothing, so it is no run of its own: all looks at one scope on one day (UTC) are
audit records of one run, which is over as soon as it is begun and holds no lock. They grow old as
those of changes do, and housekeeping lets them go with these.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from courseops.actions.journal import Journal, new_run_id
from courseops.model.moment import is_recent
from courseops.model.run import AuditRecord, Ending, Phase, Run

LOOK = "look"
# Who leafs to and fro looks at one thing.
_SAME_LOOK = timedelta(hours=1)


def note_look(
    journal: Journal, scope: str, what: str, about: Iterable[str] = (), *, detail: str = ""
) -> None:
    """
    Write down that the journal's actor looks at `what`, one audit record for each of `about`.

    Call it before anything is shown: what cannot be written down is not shown. `scope` is a hub
    ("hub/campus") or a course ("course/python101"), `what` a few words ("usage of learners"),
    `about` usernames; without any it is everybody there, and the scope itself is the subject.
    The same look by the same person within an hour is written once. Who looks at what is theirs
    alone needs no record.

    Raises:
        CourseOpsError: it could not be written down.
    """
    now = journal.clock.now()
    change = f"looked at {what}"
    run = _run_of_today(journal, scope, now)
    looked = {
        it.subject
        for it in journal.runs.audit_of(run.id)
        if (it.actor, it.change, it.detail) == (journal.actor, change, detail)
        and is_recent(it.at, now, _SAME_LOOK)
    }
    journal.runs.audit(
        [
            AuditRecord(
                run_id=run.id,
                at=now,
                actor=journal.actor,
                phase=Phase.MADE,
                subject=subject,
                change=change,
                detail=detail,
            )
            for subject in dict.fromkeys(about) or [scope]
            if subject not in looked
        ]
    )


def _run_of_today(journal: Journal, scope: str, now: datetime) -> Run:
    """Give the run that holds a day's looks; two who begin at the same moment have one each."""
    last = next(iter(journal.runs.recent(action=LOOK, scope=scope, limit=1)), None)
    if last is not None and last.started_at.astimezone(UTC).date() == now.astimezone(UTC).date():
        return last
    run = Run(
        id=new_run_id(now),
        action=LOOK,
        scope=scope,
        actor=journal.actor,
        started_at=now,
        ending=Ending.DONE,
        ended_at=now,
    )
    journal.runs.start(run)
    return run
