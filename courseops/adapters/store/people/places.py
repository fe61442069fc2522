"""Where each table that names persons has the rows of one of them, and what is told of these.

A row may also name others, as that of somebody who did something to them does; of such a row only
what is about the one who asks is told.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, false, or_, select

from courseops.adapters.store.tables import (
    accounts,
    activities,
    alerts,
    audit,
    broken_versions,
    drills,
    enrolments,
    extensions,
    gradings,
    homes,
    last_copies,
    manifests,
    outcomes,
    plans,
    runs,
    sessions,
    shards,
    snapshots,
    stays,
    storage,
    tombstones,
    unread_paths,
)
from courseops.model.leaving.offboarding import offboard_tag
from courseops.model.people.mention import entries_naming, is_named
from courseops.model.people.whom import Row, Whom

Told = Callable[[Whom, Row], Row | None]


def _as_it_is(_whom: Whom, row: Row) -> Row | None:
    return row


@dataclass(frozen=True, kw_only=True)
class Place:
    """
    One table: `whose` says which rows may be somebody's, `told` what of a row is told, if it is.

    With `runs`, each row also tells of the run that it belongs to.
    """

    table: Table
    about: str
    whose: Callable[[Whom], ColumnElement[bool]]
    told: Told = _as_it_is
    runs: bool = False
    hidden: Collection[str] = field(default=("number", "account"))


def in_scopes(whom: Whom) -> ColumnElement[bool]:
    """Say of a run that it is about the hub, or anything there, so that its usernames are too."""
    scope = runs.c.scope
    return or_(
        *(or_(scope == it, scope.startswith(f"{it}/", autoescape=True)) for it in whom.scopes)
    )


def of_scopes(whom: Whom, column: Column[Any]) -> ColumnElement[bool]:
    """Say of a row of a run that it belongs to a run of these scopes."""
    return column.in_(select(runs.c.id).where(in_scopes(whom)))


def in_work(whom: Whom) -> ColumnElement[bool]:
    """Say of a run that it dealt with the work of an assignment."""
    scope = runs.c.scope
    courses = (scope.startswith(f"course/{it}/", autoescape=True) for it in whom.courses)
    return or_(false(), *courses)


def of_subject(whom: Whom, table: Table) -> ColumnElement[bool]:
    """Find rows of runs that are about them; their work goes by what a gradebook calls them."""
    subject, run_id = table.c.subject, table.c.run_id
    by_name = (subject == whom.username) & of_scopes(whom, run_id)
    of_work = run_id.in_(select(runs.c.id).where(in_work(whom)))
    return by_name | (subject.in_(whom.gradebook_ids) & of_work)


def of_actor(whom: Whom) -> ColumnElement[bool]:
    """Find audit records of what they did."""
    return audit.c.actor.in_(whom.actors) & of_scopes(whom, audit.c.run_id)


def of_account(table: Table) -> Callable[[Whom], ColumnElement[bool]]:
    """Give what finds the rows of an account."""
    return lambda whom: (table.c.hub == whom.hub) & (table.c.username == whom.username)


def of_usage(table: Table) -> Callable[[Whom], ColumnElement[bool]]:
    """Give what finds the rows of what an account used."""
    return lambda whom: table.c.account.in_(
        select(accounts.c.number).where(of_account(accounts)(whom))
    )


def of_learner(table: Table) -> Callable[[Whom], ColumnElement[bool]]:
    """Give what finds the rows of a learner's work."""
    return lambda whom: (
        table.c.course_id.in_(whom.courses) & table.c.learner.in_(whom.learner_names)
    )


def of_enrolments(whom: Whom) -> ColumnElement[bool]:
    """Find their enrolments, also those under a name that they had before."""
    return enrolments.c.course_id.in_(whom.courses) & enrolments.c.person_id.in_(whom.person_ids)


def of_plans(whom: Whom) -> ColumnElement[bool]:
    """Find plans that may list them."""
    scope = plans.c.scope
    about = [it for each in whom.scopes for it in (each, f"offboard/{each}")]
    where = or_(*(or_(scope == it, scope.startswith(f"{it}/", autoescape=True)) for it in about))
    spelled = (json.dumps(name) for name in whom.listed_as)
    return where & or_(
        scope.in_(whom.plan_scopes),
        *(plans.c.document.contains(it, autoescape=True) for it in spelled),
    )


def of_homes(whom: Whom) -> ColumnElement[bool]:
    """Find what is known of the files in the backups of their home."""
    theirs = select(homes.c.number).where(of_account(homes)(whom))
    return stays.c.home.in_(theirs)


def of_sentences(whom: Whom, *columns: Column[Any]) -> ColumnElement[bool]:
    """Find rows whose sentences may name them."""
    names = whom.spoken_of_as
    return or_(false(), *(it.contains(name, autoescape=True) for it in columns for name in names))


def is_below(path: str, volume: str) -> bool:
    """Say whether a path is a home, or lies in it."""
    return bool(volume) and f"{path}/".startswith(f"{volume}/")


def _of_runs(whom: Whom) -> ColumnElement[bool]:
    home = (runs.c.scope == whom.home_scope) | runs.c.scope.startswith(
        f"{whom.home_scope}/", autoescape=True
    )
    theirs = or_(runs.c.actor.in_(whom.actors), runs.c.cancelled_by.in_(whom.actors))
    return home | (in_scopes(whom) & (theirs | of_sentences(whom, runs.c.error)))


def _told_of_run(whom: Whom, row: Row) -> Row | None:
    is_theirs = str(row["scope"]).startswith(whom.home_scope)
    did = {row["actor"], row["cancelled_by"]} & set(whom.actors)
    if not is_theirs and not did and not is_named(str(row["error"]), whom.spoken_of_as):
        return None
    told = dict(row)
    if not is_theirs:
        # It may name others as well.
        told["error"] = "names them" if is_named(str(row["error"]), whom.spoken_of_as) else ""
    for column in ("actor", "cancelled_by"):
        told[column] = row[column] if row[column] in whom.actors else ""
    return told


def _told_of_audit(whom: Whom, row: Row) -> Row | None:
    if row["subject"] in whom.learner_names:
        return row
    # What they did to somebody else: that it was somebody else is all that is told.
    return dict(row) | {"subject": "somebody or something else", "detail": ""}


def _told_of_plan(whom: Whom, row: Row) -> Row | None:
    entries = entries_naming(str(row["document"]), whom.listed_as)
    if not entries and row["scope"] not in whom.plan_scopes:
        return None
    return {name: it for name, it in row.items() if name != "document"} | {"entries": entries}


def _told_of_alert(whom: Whom, row: Row) -> Row | None:
    if not is_named(f"{row['what']}\n{row['mend']}", whom.spoken_of_as):
        return None
    # It may name others as well.
    return {name: row[name] for name in ("key", "severity", "run_id", "since", "cleared_at")}


def _told_of_unread(whom: Whom, row: Row) -> Row | None:
    return row if is_below(str(row["path"]), whom.volume) else None


def _told_of_snapshot(whom: Whom, row: Row) -> Row | None:
    tags = str(row["tags"]).split(",")
    return row if offboard_tag(whom.username) in tags else None


PLACES = (
    Place(table=enrolments, about="courses that they are or were in", whose=of_enrolments),
    Place(table=accounts, about="the account that usage is of", whose=of_account(accounts)),
    Place(table=sessions, about="servers of theirs that ran", whose=of_usage(sessions)),
    Place(table=activities, about="days on which the hub saw them", whose=of_usage(activities)),
    Place(table=storage, about="how large their home was", whose=of_usage(storage)),
    Place(table=manifests, about="work that was collected", whose=of_learner(manifests)),
    Place(table=extensions, about="deadlines of their own", whose=of_learner(extensions)),
    Place(table=gradings, about="what was graded last, and its cost", whose=of_learner(gradings)),
    Place(
        table=outcomes,
        about="how it went for them in what we ran",
        whose=lambda it: of_subject(it, outcomes),
        runs=True,
    ),
    Place(
        table=audit,
        about="what was done or looked at, to them or by them",
        whose=lambda it: of_subject(it, audit) | of_actor(it),
        told=_told_of_audit,
        runs=True,
    ),
    Place(
        table=runs,
        about="what was run on their home, by them, or failed naming them",
        whose=_of_runs,
        told=_told_of_run,
    ),
    Place(table=plans, about="plans that list them", whose=of_plans, told=_told_of_plan),
    Place(
        table=alerts,
        about="alerts that name them",
        whose=lambda it: of_sentences(it, alerts.c.what, alerts.c.mend),
        told=_told_of_alert,
    ),
    Place(table=homes, about="backups that hold their home", whose=of_account(homes)),
    Place(table=stays, about="files in these backups, and their versions", whose=of_homes),
    Place(
        table=broken_versions,
        about="versions that do not read as a notebook",
        whose=of_account(broken_versions),
    ),
    Place(
        table=shards,
        about="the group of homes that theirs is backed up with",
        whose=of_account(shards),
    ),
    Place(table=last_copies, about="their last good copy", whose=of_account(last_copies)),
    Place(
        table=unread_paths,
        about="files of theirs that a backup could not read",
        whose=lambda it: unread_paths.c.hub == it.hub,
        told=_told_of_unread,
    ),
    Place(table=drills, about="proofs that theirs can be had back", whose=of_account(drills)),
    Place(
        table=snapshots,
        about="final snapshots of their home",
        whose=lambda it: (
            (snapshots.c.hub == it.hub)
            & snapshots.c.tags.contains(offboard_tag(it.username), autoescape=True)
        ),
        told=_told_of_snapshot,
    ),
    Place(
        table=tombstones,
        about="that they were erased from the backups",
        whose=of_account(tombstones),
    ),
)

BY_TABLE: Mapping[str, Place] = {place.table.name: place for place in PLACES}
