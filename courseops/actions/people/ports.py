"""What a person's rights are handed: our record, the hub, and what lies beside the record."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from courseops.actions.people.pseudonyms import Pseudonyms
from courseops.model.hub import scope_of
from courseops.model.leaving.erasure import Elsewhere
from courseops.model.people.whom import Whom
from courseops.ports.accounts import FirstPasswords
from courseops.ports.people import PersonRecords
from courseops.ports.records import Enrolments, Plans


def _nobody_knows(username: str) -> bool | None:  # noqa: ARG001 -- it is asked of everybody
    return None


def _nowhere(username: str) -> str:  # noqa: ARG001 -- it is asked of everybody
    return ""


def _nothing_else(whom: Whom) -> tuple[Elsewhere, ...]:  # noqa: ARG001 -- it is asked of everybody
    return ()


@dataclass(frozen=True, kw_only=True)
class PersonPorts:
    """
    What is read and written for the people of one hub.

    `courses` are those of the hub in the configuration, `others` those of other hubs;
    `has_account` says whether the hub knows somebody, None if it did not answer; `volume` gives
    the path of their home, empty where nobody can say; `elsewhere` what else is kept of somebody,
    and where.
    """

    site: str
    hub: str
    courses: tuple[str, ...]
    records: PersonRecords
    enrolments: Enrolments
    plans: Plans
    first: FirstPasswords
    pseudonyms: Pseudonyms
    others: tuple[str, ...] = ()
    is_only_hub: bool = True
    has_account: Callable[[str], bool | None] = _nobody_knows
    volume: Callable[[str], str] = _nowhere
    elsewhere: Callable[[Whom], tuple[Elsewhere, ...]] = field(default=_nothing_else)

    @property
    def scope(self) -> str:
        """Name the hub as runs and locks do."""
        return scope_of(self.hub)

    def waiting(self, username: str) -> list[str]:
        """Name the courses in which a first password of theirs waits to be handed out."""
        return [it for it in self.courses if username in self.first.waiting(it)]


def someone(ports: PersonPorts, username: str) -> tuple[Whom, tuple[str, ...]]:
    """
    Say who is called so on a hub, and what cannot be told for sure.

    A course that is in the configuration no more has no hub: where there is only one, it was of
    that one; else they are looked for there by the id that their source gave them.
    """
    gone = [it for it in ports.records.courses() if it not in (*ports.courses, *ports.others)]
    whom = _identified(ports, username, (*ports.courses, *(gone if ports.is_only_hub else ())))
    if ports.is_only_hub:
        return whom, tuple(_doubts(whom))
    also = _of_the_same(ports, whom, username, gone)
    unsure = [it for it in gone if it not in also and _is_called_so(ports, username, it)]
    if also:
        whom = _identified(ports, username, (*ports.courses, *also))
    notes = [
        f"somebody called {username} was in {it}, which is in the configuration no more: whether "
        "it is the same person is not known, and nothing of it is here"
        for it in unsure
    ]
    return whom, (*_doubts(whom), *notes)


def _identified(ports: PersonPorts, username: str, courses: Iterable[str]) -> Whom:
    found = ports.records.identify(ports.hub, username, tuple(courses))
    return replace(found, volume=ports.volume(username))


def _of_the_same(ports: PersonPorts, whom: Whom, username: str, gone: Iterable[str]) -> list[str]:
    return [
        it
        for it in gone
        if set(ports.records.identify(ports.hub, username, (it,)).person_ids) & set(whom.person_ids)
    ]


def _is_called_so(ports: PersonPorts, username: str, course_id: str) -> bool:
    return bool(ports.records.identify(ports.hub, username, (course_id,)).person_ids)


def _doubts(whom: Whom) -> Iterable[str]:
    if len(whom.person_ids) > 1:
        yield (
            f"{len(whom.person_ids)} people were called {whom.username} here, by their sources' "
            f"ids: {', '.join(whom.person_ids)}; what the hub saw cannot be told apart"
        )
    for name in whom.former:
        yield (
            f"they were also called {name}: what was kept under that name is looked at apart, "
            f"with {name} in place of {whom.username}"
        )
