"""Show somebody everything that we keep of them, as one document.

It is what they may ask for by law (https://eur-lex.europa.eu/eli/reg/2016/679/art_15/oj). What is
in other hands, nbgrader's gradebook or a backup, is named with where it is and how to get at it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from courseops.actions.journal import Journal
from courseops.actions.looking import note_look
from courseops.actions.people.ports import PersonPorts, someone
from courseops.model.leaving.erasure import Elsewhere
from courseops.model.people.pseudonym import pseudonym_of
from courseops.model.people.whom import Kept

EXPORTED = "everything that is kept of them"


@dataclass(frozen=True, kw_only=True)
class TermPseudonym:
    """What stands for somebody in the lists of a term that name nobody."""

    term: str
    pseudonym: str


@dataclass(frozen=True, kw_only=True)
class PersonExport:
    """
    Everything that we keep of one person on one hub.

    `kept` has a part for each table of our record that can name somebody, also if it holds
    nothing of them. `first_passwords` names the courses in which one waits to be handed out;
    the passwords are not here. `elsewhere` is what is kept beside our record, and where;
    `notes` what could not be told for sure.
    """

    site: str
    hub: str
    username: str
    made_at: datetime
    pseudonyms: tuple[TermPseudonym, ...]
    first_passwords: tuple[str, ...]
    kept: tuple[Kept, ...]
    elsewhere: tuple[Elsewhere, ...]
    notes: tuple[str, ...] = ()


def export_person(ports: PersonPorts, journal: Journal, username: str) -> PersonExport:
    """
    Gather everything that we keep of somebody; it is on record, and in the export, that it was.

    Raises:
        CourseOpsError: something of it cannot be read: an export is whole or not at all.
    """
    whom, notes = someone(ports, username)
    if not any(it.rows for it in ports.records.everything(whom)):
        notes = (*notes, f"our record knows nobody called {username} on {ports.hub}")
    note_look(journal, ports.scope, EXPORTED, [username], detail="courseops person export")
    keys = ports.pseudonyms.keys
    return PersonExport(
        site=ports.site,
        hub=ports.hub,
        username=username,
        made_at=journal.clock.now(),
        pseudonyms=tuple(
            TermPseudonym(
                term=it.term, pseudonym=pseudonym_of(keys.key(it.term), ports.hub, username)
            )
            for it in keys.known()
        ),
        first_passwords=tuple(ports.waiting(username)),
        kept=ports.records.everything(whom),
        elsewhere=ports.elsewhere(whom),
        notes=notes,
    )
