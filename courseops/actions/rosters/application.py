"""Carry out a roster's plan, step by step, each change audited before and after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from courseops.actions.journal import Entry, Journal
from courseops.actions.rosters.course_ports import CoursePorts
from courseops.model.batches import batches
from courseops.model.rosters.credential import FirstPassword, new_password
from courseops.model.rosters.names import Settled
from courseops.model.rosters.plan import Change, Plan, Target, Verb
from courseops.model.run import Outcome, Phase, Status, failures

# Hashing takes its time on purpose: what was set so far is on record after each batch.
_PASSWORDS_AT_ONCE = 50


class Application:
    """
    One plan while it is being carried out; `_failed` names who goes no further.

    `settled` is everybody as they should be, by the names they go by, and our record, which
    nobody else writes while we hold the course's lock.
    """

    def __init__(
        self,
        ports: CoursePorts,
        journal: Journal,
        entry: Entry,
        settled: Settled,
    ) -> None:
        self._ports = ports
        self._journal = journal
        self._entry = entry
        self._wanted = {e.person.username: e for e in settled.wanted}
        self._recorded = settled.managed
        self._blocked = settled.blocked
        self._failed: dict[str, Outcome] = {}
        self._skipped: dict[str, Outcome] = {}

    def carry_out(self, plan: Plan) -> None:
        """Make the plan's changes step by step; note one outcome for everybody."""
        possible = [change for change in plan.changes if not change.is_blocked]
        stage = self._journal.progress.stage(f"roster {plan.course_id}", len(possible))
        with stage as advance:
            for changes in _steps(possible):
                self._step(changes)
                advance(len(changes))
        for change in plan.blocked:
            self._failed.setdefault(change.username, self._blocked_by(change))
        touched = {change.username for change in plan.changes}
        everyone = sorted(self._wanted.keys() | touched)
        self._entry.note(*(self._outcome(name, touched=name in touched) for name in everyone))

    def _blocked_by(self, change: Change) -> Outcome:
        if change.target is Target.GRADEBOOK:
            mend = f"give them gradebook_id = {change.origin} in an identities file, if it is they"
            return Outcome.failed(change.username, change.detail, kind="gradebook-id", mend=mend)
        blocked = self._blocked[change.username]
        name = change.username
        return Outcome.failed(name, blocked.why, kind=blocked.kind, mend=blocked.mend)

    def _outcome(self, name: str, *, touched: bool) -> Outcome:
        done = Outcome.done(name) if touched else Outcome.done(name, kind="unchanged")
        return self._failed.get(name) or self._skipped.get(name, done)

    def _step(self, changes: Sequence[Change]) -> None:
        step = changes[0]
        names = [c.username for c in changes if c.username not in self._failed]
        if not names:
            return
        words = f"{step.verb} {step.target} {step.where}"
        self._entry.audit(Phase.INTENDED, names, words, step.origin)
        outcomes = self._make(step, names)
        made = [o.subject for o in outcomes if o.status is not Status.FAILED]
        self._entry.audit(Phase.MADE, made, words, step.origin)
        # Who was skipped goes on; what they can do about it is said in the end.
        self._skipped |= {o.subject: o for o in outcomes if o.status is Status.SKIPPED and o.mend}
        for outcome in failures(outcomes):
            self._entry.audit(Phase.FAILED, [outcome.subject], words, outcome.reason)
            self._failed[outcome.subject] = outcome

    def _make(self, step: Change, names: list[str]) -> list[Outcome]:
        match step.target:
            case Target.CREDENTIAL:
                return self._give_passwords(names)
            case Target.HUB_USER:
                return self._ports.hub.create_users(names)
            case Target.GROUP:
                return self._regroup(step, names)
            case Target.GRADEBOOK:
                return self._put_students(names)
            case Target.RECORD:
                return self._record(step, names)

    def _give_passwords(self, names: list[str]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for some in batches(names, _PASSWORDS_AT_ONCE):
            outcomes += self._give_some(some)
        return outcomes

    def _give_some(self, names: list[str]) -> list[Outcome]:
        assert self._ports.passwords is not None  # without them a plan has no such change
        course_id, first = self._ports.course_id, self._ports.passwords.first
        waiting = first.waiting(course_id)
        given = {
            name: waiting.get(name) or FirstPassword(username=name, password=new_password())
            for name in names
        }
        # Before it is set: one that nobody could read any more would lock its owner out.
        first.keep(course_id, given.values())
        passwords = {name: password.password for name, password in given.items()}
        outcomes = self._ports.passwords.credentials.insert(passwords)
        is_set = {o.subject for o in outcomes if o.status is Status.DONE}
        first.keep(course_id, [replace(given[name], is_set=True) for name in sorted(is_set)])
        first.forget(course_id, given.keys() - is_set)
        return outcomes

    def _regroup(self, step: Change, names: list[str]) -> list[Outcome]:
        hub = self._ports.hub
        if step.verb is Verb.DROP:
            return hub.remove_from_group(step.where, names)
        hub.ensure_group(step.where)
        outcomes = hub.add_to_group(step.where, names)
        if step.verb is not Verb.MOVE:
            return outcomes
        arrived = [o.subject for o in outcomes if o.status is not Status.FAILED]
        return [*failures(outcomes), *hub.remove_from_group(step.origin, arrived)]

    def _put_students(self, names: list[str]) -> list[Outcome]:
        assert self._ports.gradebook is not None  # without one a plan has no such change
        return self._ports.gradebook.put_students([self._wanted[name].person for name in names])

    def _record(self, step: Change, names: list[str]) -> list[Outcome]:
        enrolments, course_id = self._ports.enrolments, self._ports.course_id
        now, kept = self._journal.clock.now(), set[str]()
        if step.verb is not Verb.DROP:
            wanted = [self._wanted[name] for name in names]
            enrolments.enrol(course_id, wanted, now)
            kept = {enrolment.person.id for enrolment in wanted}
        # Also the entries that somebody had under an id that is theirs no longer.
        whose = set(names)
        theirs = {e.person.id for e in self._recorded if e.person.username in whose}
        enrolments.drop(course_id, sorted(theirs - kept), now)
        return [Outcome.done(name) for name in names]


def _steps(changes: Iterable[Change]) -> Iterator[list[Change]]:
    def step(change: Change) -> tuple[Verb, Target, str, str]:
        return change.verb, change.target, change.where, change.origin

    for _, same in groupby(changes, key=step):
        yield list(same)
