"""Take somebody's name out of our database, in one transaction, and leave what must stay.

One transaction, since a reader in between would count the same person twice: as their name, and
as the pseudonym that already stands elsewhere. A process that dies in it has changed nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, insert

from courseops.adapters.store import tables
from courseops.adapters.store.database import Database
from courseops.adapters.store.people.sorting import Sorting
from courseops.adapters.store.people.steps import (
    Erasing,
    Keeping,
    Renaming,
    Replanning,
    Rewording,
    Step,
)
from courseops.adapters.store.people.steps import below as below_home
from courseops.model.people.fate import Fate, Grounds, Trace
from courseops.model.people.whom import Whom
from courseops.model.run import AuditRecord

_USED = (tables.accounts, tables.sessions, tables.activities, tables.storage)
_EVIDENCE = "evidence of what was handed in and how it was graded, should somebody dispute it"
_PROOF = "proof that they were archived and erased, and by which an old copy is erased again"
_COPIES = "the backups hold their home still"


def traces_of(database: Database, whom: Whom, grounds: Grounds) -> tuple[Trace, ...]:
    """Say how many records of which kind there are of somebody, and what would become of them."""
    with database.reading() as connection:
        return _traces(connection, whom, grounds)


def forget(
    database: Database,
    whom: Whom,
    grounds: Grounds,
    pseudonym: str,
    records: Sequence[AuditRecord],
) -> tuple[Trace, ...]:
    """Carry it out, with `records` that it was done, all or nothing; give what was done."""
    with database.writing() as connection:
        done = _traces(connection, whom, grounds)
        # What is looked up by a name goes before what gives it: a run's scope comes last.
        for step in _steps(connection, whom, grounds):
            step.carry_out(connection, pseudonym)
        if records:
            connection.execute(insert(tables.audit), [vars(it) for it in records])
    return done


def _traces(connection: Connection, whom: Whom, grounds: Grounds) -> tuple[Trace, ...]:
    found: dict[tuple[str, Fate, str, str], int] = {}
    for step in _steps(connection, whom, grounds):
        key = (step.what, step.fate, step.why, step.mend)
        found[key] = found.get(key, 0) + step.count(connection)
    return tuple(
        Trace(what=what, fate=fate, records=records, why=why, mend=mend)
        for (what, fate, why, mend), records in found.items()
    )


def _steps(connection: Connection, whom: Whom, grounds: Grounds) -> Iterator[Step]:
    of = Sorting(whom, grounds, are_copies_kept=_has_copies(connection, whom))
    yield from _usage(of)
    yield from _evidence(of)
    yield from _proof(of)
    yield from _enrolments(of)
    yield from _backups(connection, of)
    yield from _sentences(of)
    yield Replanning(whom)
    yield from _record(of)


def _has_copies(connection: Connection, whom: Whom) -> bool:
    """Say whether a backup that we know of holds their home."""
    return bool(Keeping(tables.homes, Sorting.account(tables.homes, whom), "").count(connection))


def _usage(of: Sorting) -> Iterator[Step]:
    # The name stands in one row, and everything that was used hangs on its number.
    yield Renaming(
        tables.accounts,
        of.account(tables.accounts, of.whom),
        "what the hub saw of them: servers that ran, days, sizes of their home",
        ("username",),
        counted=[(it, of.usage(it)) for it in _USED],
    )


def _enrolments(of: Sorting) -> Iterator[Step]:
    yield Renaming(
        tables.enrolments,
        of.enrolments,
        "enrolments in courses",
        ("username", "person_id"),
        emptied=("given_name", "family_name", "email", "gradebook_id", "lms_id"),
    )


def _evidence(of: Sorting) -> Iterator[Step]:
    once = f"once nobody can dispute it: courseops person forget {of.whom.hub} {of.whom.username}"
    for table, what in (
        (tables.manifests, "work that was collected"),
        (tables.extensions, "deadlines of their own"),
        (tables.gradings, "what was graded last"),
    ):
        if of.keeps_evidence:
            yield Keeping(table, of.learner(table), what, _EVIDENCE, f"{once} --evidence")
        else:
            yield Erasing(table, of.learner(table), what)
    if of.keeps_evidence:
        for table in (tables.outcomes, tables.audit):
            whose = of.subject(table) & of.work(table)
            what = "what was done with their work"
            yield Keeping(table, whose, what, _EVIDENCE, f"{once} --evidence")


def _proof(of: Sorting) -> Iterator[Step]:
    what = "their leaving"
    for table in (tables.outcomes, tables.audit):
        yield Keeping(table, of.subject(table) & of.departures(table), what, _PROOF)
    yield Keeping(tables.runs, of.home_runs & of.departing, what, _PROOF)
    yield Keeping(tables.tombstones, of.account(tables.tombstones, of.whom), what, _PROOF)
    yield Keeping(
        tables.snapshots,
        of.final_snapshots,
        "final snapshots in the backups",
        "the repository itself has them under this name",
        "courseops backup forget, once no rule keeps them",
    )


def _backups(connection: Connection, of: Sorting) -> Iterator[Step]:
    tidied = (
        (tables.shards, of.account(tables.shards, of.whom)),
        (tables.last_copies, of.account(tables.last_copies, of.whom)),
        (tables.drills, of.account(tables.drills, of.whom)),
        (tables.broken_versions, of.account(tables.broken_versions, of.whom)),
        (tables.outcomes, of.subject(tables.outcomes) & of.copying(tables.outcomes)),
        (tables.audit, of.subject(tables.audit) & of.copying(tables.audit)),
        (tables.unread_paths, below_home(connection, of.whom)),
    )
    what = "what is noted of their backups"
    if not of.are_copies_kept:
        for table, whose in tidied:
            yield Erasing(table, whose, what)
        return
    mend = f"courseops offboard erase {of.whom.hub} {of.whom.username}"
    for table, whose in (*tidied, (tables.homes, of.account(tables.homes, of.whom))):
        yield Keeping(table, whose, what, _COPIES, mend)


def _sentences(of: Sorting) -> Iterator[Step]:
    what, names = "sentences that name them", of.whom.spoken_of_as
    for table, columns in (
        (tables.outcomes, ("reason", "mend")),
        (tables.audit, ("change", "detail")),
    ):
        yield Rewording(table, of.free(table), what, columns, names)
    yield Rewording(tables.runs, of.free_runs, what, ("error",), names)
    yield Rewording(tables.alerts, of.any_alert, what, ("scope", "what", "mend"), names)


def _record(of: Sorting) -> Iterator[Step]:
    what = "what was run, done or looked at"
    for table in (tables.outcomes, tables.audit):
        yield Renaming(table, of.subject(table) & of.free(table), what, ("subject",))
    acting = of.acting & of.free(tables.audit)
    yield Rewording(tables.audit, acting, what, ("actor",), (of.whom.username,))
    for column in (tables.runs.c.actor, tables.runs.c.cancelled_by):
        theirs = column.in_(of.whom.actors) & of.free_runs
        yield Rewording(tables.runs, theirs, what, (column.name,), (of.whom.username,))
    yield Rewording(tables.runs, of.home_runs & of.free_runs, what, ("scope",), (of.whom.username,))
