"""Forget somebody: first say what goes and what stays and why, then do it, all or nothing.

Homes, accounts and backups are let go of by offboarding, which archives them first; this is about
our own record. What was seen of somebody keeps a pseudonym that was made from nothing, so that
sums stay right and nobody can be found by it, with whatever key.
https://eur-lex.europa.eu/eli/reg/2016/679/art_17/oj
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from courseops.actions.journal import Entry, Journal
from courseops.actions.leaving.erasing import ERASE
from courseops.actions.leaving.leavers import OFFBOARD_APPLY
from courseops.actions.people.ports import PersonPorts, someone
from courseops.model.leaving.erasure import Elsewhere
from courseops.model.people.fate import (
    Fate,
    Grounds,
    Trace,
    going,
    objections_to_forgetting,
    refuse_forgetting,
    staying,
)
from courseops.model.people.mention import entries_naming, reworded
from courseops.model.people.pseudonym import new_pseudonym
from courseops.model.people.whom import Whom
from courseops.model.run import AuditRecord, Outcome, Phase

FORGET = "person-forget"
_DEPARTURES = (OFFBOARD_APPLY, ERASE)
_PASSWORDS = "first passwords that wait to be handed out"


@dataclass(frozen=True, kw_only=True)
class ForgettingPlanned:
    """
    What `person forget` shows: what goes, what stays in our record, and what is kept elsewhere.

    `objections` say why it may not be done yet, `notes` what could not be told for sure.
    """

    hub: str
    username: str
    going: tuple[Trace, ...]
    staying: tuple[Trace, ...]
    elsewhere: tuple[Elsewhere, ...]
    objections: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Forgotten:
    """
    The receipt: what was done when, with USER in place of the name of whom.

    `pseudonym` is what our record calls them now, empty if there was nothing to do; `run_id`
    is the run under which the same is on record.
    """

    hub: str
    pseudonym: str
    run_id: str
    forgotten_at: datetime
    actor: str
    gone: tuple[Trace, ...]
    stayed: tuple[Trace, ...]
    elsewhere: tuple[Elsewhere, ...]
    outcomes: tuple[Outcome, ...]


def plan_forgetting(
    ports: PersonPorts, journal: Journal, username: str, *, evidence: bool = False
) -> ForgettingPlanned:
    """
    Say what would become of everything that our record has of somebody; change nothing.

    With `evidence`, what was collected and graded would go as well.
    """
    whom, notes = someone(ports, username)
    traces = _traces(ports, whom, _grounds(evidence=evidence))
    objections, doubts = _objections(ports, journal, whom)
    return ForgettingPlanned(
        hub=ports.hub,
        username=username,
        going=going(traces),
        staying=staying(traces),
        elsewhere=ports.elsewhere(whom),
        objections=objections if going(traces) else (),
        notes=(*notes, *doubts),
    )


def forget_person(
    ports: PersonPorts, journal: Journal, username: str, *, evidence: bool = False
) -> Forgotten:
    """
    Take somebody's name out of our record; give the receipt.

    What was collected and graded stays, unless `evidence` says that it goes as well.

    A process that dies on the way leaves the database as it was or as it shall be, and doing it
    again finishes what was begun; where nothing is left to do, nothing is done.

    Raises:
        PlanRefusedError: they are still here, or a plan that waits names them.
        LockedError: somebody is at work on the hub.
    """
    with journal.run(FORGET, ports.scope) as entry:
        whom, _ = someone(ports, username)
        grounds = _grounds(evidence=evidence)
        traces = _traces(ports, whom, grounds)
        if not going(traces):
            return _receipt(ports, journal, entry, whom, "", traces, ports.elsewhere(whom))
        objections, _ = _objections(ports, journal, whom)
        refuse_forgetting(whom, objections)
        elsewhere = ports.elsewhere(whom)
        pseudonym = new_pseudonym()
        words = "forget them"
        entry.audit(Phase.INTENDED, [pseudonym], words)
        # What is not in the database goes first: it is looked for by the name.
        for course_id in ports.waiting(username):
            ports.first.forget(course_id, [username])
        made = AuditRecord(
            run_id=entry.run.id,
            at=journal.clock.now(),
            actor=journal.actor,
            phase=Phase.MADE,
            subject=pseudonym,
            change=words,
            detail=_summed_up(traces),
        )
        ports.records.forget(whom, grounds, pseudonym, [made])
        nameless = _nameless(whom, traces)
        entry.note(*(_outcome(it) for it in (*going(nameless), *staying(nameless))))
        return _receipt(ports, journal, entry, whom, pseudonym, traces, elsewhere)


def _grounds(*, evidence: bool) -> Grounds:
    return Grounds(departures=_DEPARTURES, keeps_evidence=not evidence)


def _traces(ports: PersonPorts, whom: Whom, grounds: Grounds) -> tuple[Trace, ...]:
    waiting = len(ports.waiting(whom.username))
    passwords = Trace(what=_PASSWORDS, fate=Fate.ERASED, records=waiting)
    return (*ports.records.traces(whom, grounds), passwords)


def _objections(
    ports: PersonPorts, journal: Journal, whom: Whom
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Say what speaks against it, and what could not be found out."""
    has_account = ports.has_account(whom.username)
    unanswered = (
        f"the hub {ports.hub} did not answer: if it has their account still, what they do there is "
        "recorded anew"
    )
    objections = objections_to_forgetting(
        whom,
        courses=[it for it in ports.courses if _is_enrolled(ports, whom, it)],
        held=[it.id for it in journal.runs.held() if _is_in_plan(ports, whom, it.plan, it.scope)],
        has_account=bool(has_account),
    )
    return objections, (unanswered,) if has_account is None else ()


def _is_enrolled(ports: PersonPorts, whom: Whom, course_id: str) -> bool:
    active = ports.enrolments.active(course_id)
    return any(
        it.person.username == whom.username or it.person.id in whom.person_ids for it in active
    )


def _is_in_plan(ports: PersonPorts, whom: Whom, fingerprint: str, scope: str) -> bool:
    kept = ports.plans.find(fingerprint, scope) if scope in whom.scopes else None
    return kept is not None and bool(entries_naming(kept.document, whom.listed_as))


def _outcome(trace: Trace) -> Outcome:
    words = f"{trace.records} {trace.fate}"
    if trace.fate is Fate.STAYS:
        return Outcome.skipped(trace.what, f"{words}: {trace.why}", kind="stays", mend=trace.mend)
    return Outcome.done(trace.what, words)


def _summed_up(traces: Sequence[Trace]) -> str:
    return "; ".join(f"{it.what}: {it.records}, {it.fate}" for it in traces if it.records)


def _nameless(whom: Whom, traces: Sequence[Trace]) -> tuple[Trace, ...]:
    return tuple(replace(it, mend=_without_name(whom, it.mend)) for it in traces)


def _without_name(whom: Whom, words: str) -> str:
    return reworded(words, whom.spoken_of_as, "USER")


def _receipt(
    ports: PersonPorts,
    journal: Journal,
    entry: Entry,
    whom: Whom,
    pseudonym: str,
    traces: Sequence[Trace],
    elsewhere: Sequence[Elsewhere],
) -> Forgotten:
    nameless = _nameless(whom, traces)
    return Forgotten(
        hub=ports.hub,
        pseudonym=pseudonym,
        run_id=entry.run.id,
        forgotten_at=journal.clock.now(),
        actor=journal.actor,
        gone=going(nameless),
        stayed=staying(nameless),
        elsewhere=tuple(
            Elsewhere(
                what=it.what,
                where=_without_name(whom, it.where),
                mend=_without_name(whom, it.mend),
            )
            for it in elsewhere
        ),
        outcomes=tuple(entry.outcomes),
    )
