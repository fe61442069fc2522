"""One learner's turn after the other: what is new is kept, and what counts is shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from courseops.actions.assignments.collect_ports import CollectPorts
from courseops.actions.assignments.deadlines import Deadlines
from courseops.actions.journal import Entry
from courseops.errors import CourseOpsError
from courseops.model.assignments.candidate import Candidate, NotTakenError, Source, refuse_name
from courseops.model.assignments.deadline import Choice, Dated, Ground, choose
from courseops.model.assignments.manifest import (
    Collected,
    Collecting,
    content_digest,
    folder_of,
    listed,
    manifest_of,
    parse,
    spell,
)
from courseops.model.run import Outcome, Phase, phase_after

_CHANGE = "collect into the archive"
_TRIES = 2


@dataclass(frozen=True, kw_only=True)
class CollectedWork:
    """
    The work of a learner that counts, after a collection.

    `late_seconds` is against the learner's own deadline `due_at`, which rests on `ground`;
    `kept` is how many submissions of theirs the archive holds.
    """

    learner: str
    source: Source
    submitted_at: datetime
    due_at: datetime | None
    ground: Ground
    late_seconds: float
    remarks: tuple[str, ...]
    fingerprint: str
    folder: str
    kept: int


_Work = Candidate | Collected


@dataclass
class Desk:
    """Where the work of all learners is looked through, some learners at a time."""

    ports: CollectPorts
    entry: Entry
    name: str
    deadlines: Deadlines
    now: datetime
    counting: list[CollectedWork] = field(default_factory=list)

    def look(self, students: set[str]) -> None:
        """See what there is, in the source, in submitted/ and in our record."""
        course_id = self.ports.course.course_id
        self.by = Collecting(
            course_id=course_id,
            assignment=self.name,
            collected_at=self.now,
            collector=self.entry.run.actor,
            run_id=self.entry.run.id,
            clock=self.ports.clock,
            key=self.ports.signer.key,
            by_claim=self.ports.by_claim,
        )
        self.shown = self.ports.archive.shown(self.name)
        self.known: defaultdict[str, list[Collected]] = defaultdict(list)
        for it in self.ports.record.collected(course_id, self.name):
            self.known[it.learner].append(it)
        self.fresh: defaultdict[str, list[Candidate]] = defaultdict(list)
        for source in (self.ports.submitted, self.ports.source):
            for candidate in source.candidates(self.name, self._until):
                if not students or candidate.learner in students:
                    self.fresh[candidate.learner].append(candidate)
        wanted = {*self.fresh, *self.known}
        self.learners = sorted(wanted & students if students else wanted)

    def collect(self, learners: Sequence[str]) -> None:
        """Collect from some learners, and write down what became of each."""
        self.entry.audit(Phase.INTENDED, learners, _CHANGE)
        outcomes, added = [], []
        try:
            for learner in learners:
                turn = _Turn(self, learner)
                try:
                    outcomes.append(turn.take())
                except CourseOpsError as error:
                    outcomes.append(_failure(learner, error))
                finally:
                    added += turn.added
        finally:
            self.ports.archive.settle()
            self.ports.record.add(self.ports.course.course_id, self.name, added)
            self.entry.note(*outcomes)
            for phase in (Phase.MADE, Phase.FAILED):
                ended = [it.subject for it in outcomes if phase_after(it) is phase]
                self.entry.audit(phase, ended, _CHANGE)

    def _until(self, learner: str) -> datetime | None:
        return self.deadlines.of_learner(learner).until

    def dated(self, work: _Work) -> Dated[_Work]:
        """Say when work counts as handed in, and what breaks a tie."""
        # What lies in submitted/ is what the course works with, perhaps mended by a teacher.
        preferred = work.source is Source.SUBMITTED
        if isinstance(work, Collected):
            when = work.collected_at.timestamp()
            return Dated(work=work, at=work.submitted_at, rank=(preferred, when, work.folder))
        at = work.judged_at(by_claim=self.ports.by_claim)
        return Dated(work=work, at=at, rank=(preferred, self.now.timestamp(), work.place))


class _Turn:
    """One learner's turn at the desk."""

    def __init__(self, desk: Desk, learner: str) -> None:
        self._desk = desk
        self._ports = desk.ports
        self._learner = learner
        self._deadline = desk.deadlines.of_learner(learner)
        self._kept = list(desk.known[learner])
        self._fresh = [it for it in desk.fresh[learner] if not self._is_known(it)]
        self.added: list[Collected] = []

    def take(self) -> Outcome:
        """Bring in what is new of what counts and of what is late, and show what counts."""
        trouble = refuse_name(self._learner)
        if trouble is not None:
            raise NotTakenError(trouble)
        # Taking a folder may show that it is newer than it seemed, and then something else counts.
        while candidate := self._next(self._choice()):
            self._fresh.remove(candidate)
            self._keep(candidate)
        return self._show(self._choice())

    def _choice(self) -> Choice[_Work]:
        every: list[_Work] = [*self._kept, *self._fresh]
        works = [self._desk.dated(it) for it in every]
        return choose(works, self._deadline, late_kept=self._ports.late_kept)

    def _next(self, choice: Choice[_Work]) -> Candidate | None:
        # Whatever is in submitted/ may be replaced in a moment.
        first = [it for it in self._fresh if it.source is Source.SUBMITTED]
        wanted = [it.work for it in (choice.chosen, *choice.late) if it is not None]
        return next((it for it in [*first, *wanted] if isinstance(it, Candidate)), None)

    def _is_known(self, candidate: Candidate) -> bool:
        return bool(candidate.stamp) and any(
            (it.source, it.place, it.stamp) == (candidate.source, candidate.place, candidate.stamp)
            for it in self._kept
        )

    def _keep(self, candidate: Candidate) -> None:
        if candidate.trouble is not None:
            raise NotTakenError(candidate.trouble)
        for left in reversed(range(_TRIES)):
            try:
                collected = self._take(candidate)
            except NotTakenError as error:
                if error.kind != "changing" or not left:
                    raise
            else:
                break
        if not any(it.folder == collected.folder for it in self._kept):
            self._kept.append(collected)
        self.added.append(collected)

    def _take(self, candidate: Candidate) -> Collected:
        ports, name = self._ports, self._desk.name
        source = ports.submitted if candidate.source is Source.SUBMITTED else ports.source
        with ports.archive.begin(name, self._learner, ports.bounds) as incoming:
            taken = source.take(name, candidate, incoming)
            manifest = manifest_of(taken, incoming.files, self._deadline, self._desk.by)
            digest = content_digest(manifest.files)
            same = self._same(digest, manifest.submitted_at)
            if same is not None:
                return same
            folder = folder_of(manifest.submitted_at, digest)
            canonical = spell(manifest)
            incoming.keep(folder, canonical, ports.signer.sign(canonical))
        return listed(manifest, canonical, folder=folder, stamp=taken.stamp)

    def _same(self, digest: str, at: datetime) -> Collected | None:
        """
        Find the same content, handed in no later: in our record, or where a killed run left it.

        What turns out to have been there earlier is kept anew, with its own time.
        """
        for it in self._kept:
            if it.digest == digest and it.submitted_at <= at:
                return it
        ports, name = self._ports, self._desk.name
        for folder in ports.archive.folders(name, self._learner):
            if folder == folder_of(at, digest):
                canonical, _ = ports.archive.manifest(name, self._learner, folder)
                return listed(parse(canonical), canonical, folder=folder, stamp="")
        return None

    def _show(self, choice: Choice[_Work]) -> Outcome:
        dated = choice.chosen
        assert dated is not None  # there is a candidate, or there was no turn
        work = dated.work
        assert isinstance(work, Collected)  # every candidate that counts was kept
        late = self._deadline.lateness(work.submitted_at)
        before = self._desk.shown.get(self._learner, "")
        came = self._hand_over(work, before)
        self._desk.counting.append(
            CollectedWork(
                learner=self._learner,
                source=work.source,
                submitted_at=work.submitted_at,
                due_at=self._deadline.due_at,
                ground=self._deadline.ground,
                late_seconds=late.total_seconds(),
                remarks=work.remarks,
                fingerprint=work.fingerprint,
                folder=work.folder,
                kept=len(self._kept),
            )
        )
        words = _words(late, work)
        if came == "unchanged":
            return Outcome.skipped(self._learner, words or "nothing newer", kind=came)
        return Outcome.done(self._learner, words, kind=came)

    def _hand_over(self, work: Collected, before: str) -> str:
        ports, name = self._ports, self._desk.name
        if before == work.folder:
            return "unchanged"
        lies_there = work.source is Source.SUBMITTED and any(
            it.source is Source.SUBMITTED and it.stamp == work.stamp
            for it in self._desk.fresh[self._learner]
        )
        if lies_there:
            ports.archive.acknowledge(name, self._learner, work.folder)
            return "unchanged" if before else "collected"
        ports.archive.show(name, self._learner, work.folder, work.submitted_at)
        return "updated" if before else "collected"


def _words(late: timedelta, work: Collected) -> str:
    said = []
    if late:
        said.append(f"late by {timedelta(seconds=round(late.total_seconds()))}")
    if "clock" in work.remarks:
        said.append("its files changed after the time that it claims")
    return "; ".join(said)


def _failure(learner: str, error: CourseOpsError) -> Outcome:
    kind = error.kind if isinstance(error, NotTakenError) else "not-collected"
    return Outcome.failed(learner, str(error), kind=kind, mend=error.hint)
