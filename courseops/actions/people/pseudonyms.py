"""Give people pseudonyms, and cut the tie between a term's pseudonyms and their names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from courseops.actions.journal import Journal
from courseops.errors import CourseOpsError
from courseops.model.people.pseudonym import TermKey, Terms, pseudonym_of
from courseops.model.run import Outcome, Phase
from courseops.ports.people import PseudonymKeys

UNLINK = "person-unlink"
SCOPE = "pseudonyms"


@dataclass(frozen=True, kw_only=True)
class Pseudonyms:
    """What gives pseudonyms: the keys, and when terms begin."""

    keys: PseudonymKeys
    terms: Terms

    def of(self, hub: str, usernames: Iterable[str], at: datetime) -> dict[str, str]:
        """
        Give the pseudonyms that accounts of a hub have in the term of a moment, by username.

        A list of people is of one moment, so that nobody in it has two.

        Raises:
            CourseOpsError: the term's key cannot be read or kept.
        """
        key = self.keys.key(self.terms.of(at))
        return {username: pseudonym_of(key, hub, username) for username in usernames}


def drop_old_keys(names: Pseudonyms, before: datetime, now: datetime) -> int:
    """Destroy the keys that were made before, but for the present term's; give how many."""
    present = names.terms.of(now)
    old = [it.term for it in names.keys.known() if it.made_at < before and it.term != present]
    return sum(names.keys.destroy(term) for term in old)


@dataclass(frozen=True, kw_only=True)
class UnlinkPlanned:
    """The terms whose pseudonyms can still be led back to names; `term` is to be cut off."""

    term: str
    known: tuple[TermKey, ...]


@dataclass(frozen=True, kw_only=True)
class Unlinked:
    """What became of the key of a term."""

    run_id: str
    term: str
    outcomes: tuple[Outcome, ...]


def plan_unlinking(keys: PseudonymKeys, term: str = "") -> UnlinkPlanned:
    """
    Say which terms have a key; changes nothing.

    Raises:
        CourseOpsError: `term` is none that was ever called so.
    """
    known = tuple(keys.known())
    return UnlinkPlanned(term=term if any(it.term == term for it in known) else "", known=known)


def unlink_term(keys: PseudonymKeys, journal: Journal, term: str) -> Unlinked:
    """
    Destroy the key of a term: nobody can tell any more whose its pseudonyms were.

    Doing so again does nothing. A later list of that term has new pseudonyms.

    Raises:
        CourseOpsError: the key could not be destroyed.
    """
    with journal.run(UNLINK, SCOPE) as entry:
        words = "destroy the key"
        entry.audit(Phase.INTENDED, [term], words)
        try:
            was_there = keys.destroy(term)
        except CourseOpsError as error:
            entry.audit(Phase.FAILED, [term], words, str(error))
            raise
        done = "its pseudonyms lead to nobody any more" if was_there else "there is no key"
        entry.audit(Phase.MADE, [term], words, done)
        entry.note(Outcome.done(term, done) if was_there else Outcome.skipped(term, done))
    return Unlinked(run_id=entry.run.id, term=term, outcomes=tuple(entry.outcomes))
