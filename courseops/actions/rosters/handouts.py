"""Hand first passwords out on paper, once.

They are forgotten only when the page is safely on disk, so a run that dies in between loses
nobody's password: the next one makes the page again. Runs and audit records say for whom a page
was written, never what stands on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import tzinfo
from pathlib import Path

from courseops.actions.journal import Entry, Journal
from courseops.actions.rosters.course_ports import PasswordPorts
from courseops.errors import CourseOpsError
from courseops.model.roster import Enrolment, Role
from courseops.model.rosters.credential import FirstPassword, new_password
from courseops.model.rosters.handout import (
    Door,
    Handout,
    Strip,
    by_section,
    refusal_to_reset,
    strip_of,
)
from courseops.model.run import Outcome, Phase, Status, phase_after
from courseops.ports.hub import Hub
from courseops.ports.records import Enrolments

HANDOUT = "roster-handout"
_ON_PAGE = "write first password on a page"
_RESET = "reset password"


@dataclass(frozen=True, kw_only=True)
class SharedPassword:
    """The one password of a hub where everyone has the same."""

    read: Callable[[], str]


@dataclass(frozen=True, kw_only=True)
class HandoutPorts:
    """
    What a handout reads and writes, for one course.

    `write` puts the page on disk, for its owner's eyes only, and gives where it lies; it never
    overwrites, and returns when the page would survive a power cut. `courses` are all those of
    the hub.
    """

    course_id: str
    title: str
    door: Door
    hub: Hub
    enrolments: Enrolments
    passwords: PasswordPorts | SharedPassword
    zone: tzinfo
    write: Callable[[Handout], Path]
    protected: frozenset[str] = frozenset()
    courses: tuple[str, ...] = ()

    @property
    def scope(self) -> str:
        """Name the course as runs and locks do."""
        return f"course/{self.course_id}"


@dataclass(frozen=True, kw_only=True)
class HandedOut:
    """For whom a page was written; `run_id` and `page` are empty when nobody waited for one."""

    course_id: str
    run_id: str
    page: str
    usernames: tuple[str, ...]
    outcomes: tuple[Outcome, ...]


def hand_out(ports: HandoutPorts, journal: Journal, *, reset: Sequence[str] = ()) -> HandedOut:
    """
    Write one page for everybody whose first password waits, and forget those passwords.

    Those in `reset` get a new password first. A first password that opens nothing is left out and
    forgotten; that of somebody who is not in the course any more is left out and kept.

    Raises:
        CourseOpsError: somebody may not get a new password, and nothing was changed; or the
            page cannot be written, and all passwords still wait.
    """
    passwords = ports.passwords
    if isinstance(passwords, PasswordPorts) and not reset and not _waiting(ports, passwords):
        return HandedOut(course_id=ports.course_id, run_id="", page="", usernames=(), outcomes=())
    with journal.run(HANDOUT, ports.scope) as entry:
        enrolled = {e.person.username: e for e in ports.enrolments.active(ports.course_id)}
        if isinstance(passwords, SharedPassword):
            _refuse_reset_of_shared(reset)
            page = _hand_out_shared(ports, journal, entry, passwords, enrolled)
        else:
            _refuse_reset(ports, enrolled, reset)
            turn = _Turn(ports, journal, entry, passwords, enrolled)
            turn.reset(reset)
            page = turn.hand_out()
    return HandedOut(
        course_id=ports.course_id,
        run_id=entry.run.id,
        page=str(page or ""),
        usernames=tuple(o.subject for o in entry.outcomes if o.status is Status.DONE),
        outcomes=tuple(entry.outcomes),
    )


def _waiting(ports: HandoutPorts, passwords: PasswordPorts) -> dict[str, FirstPassword]:
    return passwords.first.waiting(ports.course_id)


def _refuse_reset_of_shared(reset: Sequence[str]) -> None:
    if reset:
        raise CourseOpsError(
            "everybody on this hub has the same password; there is no one person's to reset",
            hint="leave out --reset-password",
        )


def _refuse_reset(
    ports: HandoutPorts, enrolled: Mapping[str, Enrolment], reset: Sequence[str]
) -> None:
    """Refuse all of them for one that may not be, before anything is changed."""
    if not reset:
        return
    learners = [e.person for e in enrolled.values() if e.role is Role.LEARNER]
    admins, staff = _admins(ports), _staff(ports)
    refusals = [refusal_to_reset(name, learners, admins, ports.protected, staff) for name in reset]
    if any(refusals):
        raise CourseOpsError(
            "no password was reset",
            problems=[refusal for refusal in refusals if refusal],
            hint=f"who is in the course: courseops roster show {ports.course_id}; courseops "
            "resets the passwords of its learners only",
        )


def _admins(ports: HandoutPorts) -> frozenset[str]:
    return frozenset(user.name for user in ports.hub.users() if user.admin)


def _staff(ports: HandoutPorts) -> frozenset[str]:
    """Name who is more than a learner in any course of the hub."""
    courses = {ports.course_id, *ports.courses}
    enrolments = (it for course in courses for it in ports.enrolments.active(course))
    return frozenset(it.person.username for it in enrolments if it.role is not Role.LEARNER)


def _hand_out_shared(
    ports: HandoutPorts,
    journal: Journal,
    entry: Entry,
    shared: SharedPassword,
    enrolled: Mapping[str, Enrolment],
) -> Path | None:
    password = shared.read() if enrolled else ""
    admins = _admins(ports)
    strips = [strip_of(it, password) for name, it in enrolled.items() if name not in admins]
    page = _write(ports, journal, entry, strips)
    entry.note(*(_is_admin(name) for name in enrolled if name in admins))
    return page


def _write(
    ports: HandoutPorts, journal: Journal, entry: Entry, strips: Sequence[Strip]
) -> Path | None:
    """Write the page, if anybody is on it, and note for whom."""
    if not strips:
        return None
    sections = by_section(strips)
    names = [strip.username for section in sections for strip in section.strips]
    made_on = journal.clock.now().astimezone(ports.zone).date()
    handout = Handout(title=ports.title, door=ports.door, made_on=made_on, sections=sections)
    entry.audit(Phase.INTENDED, names, _ON_PAGE)
    page = ports.write(handout)
    entry.audit(Phase.MADE, names, _ON_PAGE, str(page))
    entry.note(*(Outcome.done(name) for name in names))
    return page


class _Turn:
    """One handing out of people's own passwords, while it is under way."""

    def __init__(
        self,
        ports: HandoutPorts,
        journal: Journal,
        entry: Entry,
        passwords: PasswordPorts,
        enrolled: Mapping[str, Enrolment],
    ) -> None:
        self._ports = ports
        self._journal = journal
        self._entry = entry
        self._credentials = passwords.credentials
        self._first = passwords.first
        self._enrolled = enrolled

    def reset(self, usernames: Sequence[str]) -> None:
        """Give each a new password: kept before the hub gets it, as every first password is."""
        for username in dict.fromkeys(usernames):
            before = self._waiting().get(username)
            made = FirstPassword(username=username, password=new_password())
            self._entry.audit(Phase.INTENDED, [username], _RESET)
            with self._put_back_on_error(before):
                self._keep(made)
                outcome = self._credentials.replace(username, made.password)
            self._entry.audit(phase_after(outcome), [username], _RESET, outcome.reason)
            if outcome.status is Status.DONE:
                self._keep(replace(made, is_set=True))
                continue
            self._forget([username])
            if before:
                self._keep(before)
            self._entry.note(outcome)

    @contextmanager
    def _put_back_on_error(self, before: FirstPassword | None) -> Iterator[None]:
        # What was to be set waits on where nothing waited before: nobody knows whether it was.
        try:
            yield
        except BaseException:
            if before:
                self._keep(before)
            raise

    def hand_out(self) -> Path | None:
        """Write the page, then forget what stands on it and what opens nothing."""
        waiting = self._waiting()
        opening = self._credentials.opening({name: it.password for name, it in waiting.items()})
        dead = [name for name in waiting if name not in opening]
        away = [name for name in waiting if name not in self._enrolled and name not in dead]
        strips = [
            strip_of(self._enrolled[name], first.password)
            for name, first in waiting.items()
            if name not in dead and name not in away
        ]
        page = _write(self._ports, self._journal, self._entry, strips)
        self._forget([*dead, *(strip.username for strip in strips)])
        self._entry.note(*(_opens_nothing(waiting[name]) for name in dead))
        self._entry.note(*map(_not_enrolled, away))
        return page

    def _waiting(self) -> dict[str, FirstPassword]:
        return self._first.waiting(self._ports.course_id)

    def _keep(self, first: FirstPassword) -> None:
        self._first.keep(self._ports.course_id, [first])

    def _forget(self, usernames: Iterable[str]) -> None:
        self._first.forget(self._ports.course_id, list(usernames))


def _opens_nothing(first: FirstPassword) -> Outcome:
    if first.is_set:
        return Outcome.skipped(
            first.username,
            "has another password by now, or was shut out, so the first one was forgotten",
            kind="opens-nothing",
            mend="if they cannot get in, hand out a new one with --reset-password",
        )
    return Outcome.skipped(
        first.username,
        "the hub never got this first password, so it was forgotten",
        kind="never-set",
        mend="run roster apply again; if they have a password already, hand out a new one with "
        "--reset-password",
    )


def _is_admin(username: str) -> Outcome:
    return Outcome.skipped(
        username,
        "is an admin of the hub, and the password that all share is not an admin's",
        kind="admin",
    )


def _not_enrolled(username: str) -> Outcome:
    return Outcome.skipped(
        username,
        "is not in the course; the first password waits for their return",
        kind="not-enrolled",
        mend="run roster apply if they should be in it",
    )
