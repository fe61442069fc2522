"""Carry out a plan of leaving, each change audited before and after.

Everybody is copied first: one final snapshot of all, then one archive each, which is read back
and compared with what the snapshot holds. Then, one person at a time, the archive is proven
once more before anything goes, and the volume goes after the account, so that nobody can still
be at work in it. A run that is killed at any step is finished by the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from courseops.actions.journal import Entry, Journal
from courseops.actions.leaving.leavers import OffboardPorts, Situation
from courseops.errors import CourseOpsError
from courseops.model.backups.backup import BackupOrder, Volume
from courseops.model.backups.restore import Sighting
from courseops.model.backups.success import Evidence, verdicts_on
from courseops.model.leaving.offboarding import OffboardingPlan, Parting, Step, offboard_tag
from courseops.model.leaving.parting import Receipt, lacking, name_for
from courseops.model.run import Outcome, Phase, Status


class Departures:
    """One plan while it is being carried out; `kept` are the receipts it wrote, by username."""

    def __init__(
        self, ports: OffboardPorts, journal: Journal, entry: Entry, situation: Situation
    ) -> None:
        self.kept: dict[str, tuple[str, Receipt]] = {}
        self._ports = ports
        self._journal = journal
        self._entry = entry
        self._leavers = {it.username: it for it in situation.leavers}
        self._receipts = dict(situation.receipts)
        self._failed: dict[str, Outcome] = {}

    def carry_out(self, plan: OffboardingPlan) -> None:
        """Take the plan's steps; note one outcome for everybody."""
        copied = [it.username for it in plan.of(Step.ARCHIVE)]
        total = len(copied) + len(plan.erased)
        stage = self._journal.progress.stage(f"offboard {self._ports.whom}", total)
        with stage as advance:
            if copied:
                self._copy(copied, advance)
            for username in plan.erased:
                steps = [it for it in plan.partings if it.username == username]
                self._attempt(username, "not-removed", partial(self._take_away, username, steps))
                advance(1)
        everyone = {it.username for it in plan.partings} | {it.username for it in plan.staying}
        self._entry.note(*(self._outcome(name, plan) for name in sorted(everyone)))

    def _outcome(self, name: str, plan: OffboardingPlan) -> Outcome:
        if name in self._failed:
            return self._failed[name]
        stays = next((it.why for it in plan.staying if it.username == name), "")
        if stays and not any(it.username == name for it in plan.partings):
            return Outcome.skipped(name, f"keeps everything: {stays}", kind="stays")
        if stays and plan.erase:
            return Outcome.done(name, f"archived, and keeps everything: {stays}", kind="stays")
        return Outcome.done(name, "removed" if name in plan.erased else "archived")

    def _attempt(self, username: str, kind: str, act: Callable[[], None]) -> None:
        if username in self._failed:
            return
        try:
            act()
        except CourseOpsError as error:
            failed = Outcome.failed(username, str(error), kind=kind, mend=error.hint)
            self._failed[username] = failed

    def _audited(self, username: str, step: Step, act: Callable[[], str]) -> None:
        """Do one thing about somebody; what it gives is the detail of its audit record."""
        self._entry.audit(Phase.INTENDED, [username], step)
        try:
            detail = act()
        except CourseOpsError as error:
            self._entry.audit(Phase.FAILED, [username], step, str(error))
            raise
        self._entry.audit(Phase.MADE, [username], step, detail)

    def _copy(self, usernames: Sequence[str], advance: Callable[[int], None]) -> None:
        volumes = [it for name in usernames if (it := self._leavers[name].volume)]
        snapshot_id = self._snapshot(volumes)
        left = [it for it in volumes if it.username not in self._failed]
        held = self._held(snapshot_id, left)
        for volume in volumes:
            write = partial(self._archive, snapshot_id, volume, held.get(volume.path, []))
            do = partial(self._audited, volume.username, Step.ARCHIVE, write)
            self._attempt(volume.username, "not-archived", do)
            advance(1)

    def _snapshot(self, volumes: Sequence[Volume]) -> str:
        """Take one of everybody; whoever is not in it, or not whole, goes no further."""
        names, tag = [it.username for it in volumes], offboard_tag(self._ports.whom)
        self._entry.audit(Phase.INTENDED, names, Step.SNAPSHOT, tag)
        order = BackupOrder(tags=(tag,), is_whole=True)
        repository = self._ports.repository
        summary = repository.back_up(self._ports.volumes.root, volumes, order)
        held = repository.holds(summary.snapshot_id, [it.path for it in volumes])
        made = []
        for verdict in verdicts_on(volumes, Evidence(held=held, unread=summary.unread)):
            it = verdict.outcome
            if verdict.is_good:
                made.append(it.subject)
                continue
            # A backup may lack a file that cannot be read; the last copy of all may not.
            self._entry.audit(Phase.FAILED, [it.subject], Step.SNAPSHOT, it.reason)
            mend = it.mend or "make these files readable for whoever runs this, then run it again"
            self._failed[it.subject] = Outcome.failed(
                it.subject, it.reason, kind=it.kind, mend=mend
            )
        self._entry.audit(Phase.MADE, made, Step.SNAPSHOT, summary.snapshot_id)
        return summary.snapshot_id

    def _held(self, snapshot_id: str, volumes: Sequence[Volume]) -> dict[str, list[Sighting]]:
        """Give by volume what the snapshot holds; the paths are relative to the home."""
        held: dict[str, list[Sighting]] = {it.path: [] for it in volumes}
        for seen in self._ports.repository.files(snapshot_id, list(held)) if held else ():
            for volume, path in _cuts(seen.path):
                if volume in held:
                    held[volume].append(replace(seen, path=path))
                    break
        return held

    def _archive(self, snapshot_id: str, volume: Volume, held: Sequence[Sighting]) -> str:
        now, hub = self._journal.clock.now(), self._ports.hub.name
        name = name_for(hub, volume.username, now, snapshot_id)
        archived = self._ports.archives.write(snapshot_id, volume, name)
        if missing := lacking(archived.files, held):
            raise CourseOpsError(
                f"the archive lacks {len(missing)} of {len(held)} files, the first is {missing[0]}",
                hint=f"see what is wrong: courseops backup check {hub}",
            )
        return self._keep(
            Receipt(
                hub=hub,
                course_id=self._ports.course_id,
                username=volume.username,
                volume=volume.path,
                snapshot_id=snapshot_id,
                archive=archived,
                archived_at=now,
                actor=self._journal.actor,
                run_id=self._entry.run.id,
            )
        )

    def _take_away(self, username: str, steps: Sequence[Parting]) -> None:
        receipt = self._proof(username)
        now = self._journal.clock.now()
        self._keep(replace(receipt, erasing_since=receipt.erasing_since or now, erased_at=None))
        acts: Mapping[Step, Callable[[], str]] = {
            Step.ACCOUNT: partial(self._remove_account, username),
            Step.VOLUME: partial(self._remove_volume, username),
            Step.ENROLMENT: partial(self._end_enrolment, username),
            Step.RECEIPT: partial(self._complete, username),
        }
        for each in steps:
            if each.step in acts:
                self._audited(username, each.step, acts[each.step])

    def _proof(self, username: str) -> Receipt:
        """Give the receipt of an archive that holds all that somebody has, read once more."""
        receipt, volume = self._receipts.get(username), self._leavers[username].volume
        if receipt is not None and receipt.archive is not None:
            self._ports.archives.insist_on(receipt.archive)
        if volume is not None:
            unkept = self._ports.remover.unkept(volume, receipt.files if receipt else ())
            if unkept or receipt is None:
                raise CourseOpsError(
                    f"something of theirs is in no archive: {unkept[:1]}",
                    hint="somebody was at work there meanwhile: run it again",
                )
        return receipt or self._nothing_to_keep(username)

    def _nothing_to_keep(self, username: str) -> Receipt:
        return Receipt(
            hub=self._ports.hub.name,
            course_id=self._ports.course_id,
            username=username,
            volume="",
            snapshot_id="",
            archive=None,
            archived_at=self._journal.clock.now(),
            actor=self._journal.actor,
            run_id=self._entry.run.id,
        )

    def _remove_account(self, username: str) -> str:
        outcome = self._ports.hub.delete_user(username)
        if outcome.status is Status.FAILED:
            raise CourseOpsError(outcome.reason, hint=outcome.mend)
        return outcome.reason

    def _remove_volume(self, username: str) -> str:
        volume, receipt = self._leavers[username].volume, self._receipts[username]
        assert volume is not None  # without one a plan has no such step
        left = self._ports.remover.remove(volume, receipt.files)
        if left:
            raise CourseOpsError(
                f"{len(left)} could not be removed from {volume.path}, the first: {left[0]}",
                hint="see what it is, then run it again",
            )
        return volume.path

    def _end_enrolment(self, username: str) -> str:
        course_id, enrolments = self._ports.course_id, self._ports.enrolments
        active = enrolments.active(course_id)
        theirs = sorted(it.person.id for it in active if it.person.username == username)
        enrolments.drop(course_id, theirs, self._journal.clock.now())
        return course_id

    def _complete(self, username: str) -> str:
        now = self._journal.clock.now()
        return self._keep(replace(self._receipts[username], erased_at=now))

    def _keep(self, receipt: Receipt) -> str:
        path = self._ports.archives.keep(receipt)
        self._receipts[receipt.username] = receipt
        self.kept[receipt.username] = path, receipt
        return f"{self._ports.archives.place}/{receipt.words}" if receipt.archive else receipt.words


def _cuts(path: str) -> Iterable[tuple[str, str]]:
    """Give each folder that a file lies in, and the file's path from there."""
    parts = path.split("/")
    for cut in range(1, len(parts)):
        yield "/".join(parts[:cut]), "/".join(parts[cut:])
