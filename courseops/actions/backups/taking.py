"""Back up every home of a hub, shard by shard, and say of each learner whether it succeeded.

A snapshot alone proves nothing: after each shard we ask the repository which homes it holds,
unless nothing at all has changed since the last time we asked. What is kept of a shard is kept
as soon as it is done, and the shard that was left out for longest comes first, so a run that is
killed is gone on with by the next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from courseops.actions.backups.cataloguing import feed, list_first
from courseops.actions.backups.database_copies import back_up_databases
from courseops.actions.backups.ports import BackupPorts
from courseops.actions.backups.record import BACKUP, homes_before
from courseops.actions.backups.sizes import note_gone, note_looks
from courseops.actions.journal import Entry, Journal
from courseops.errors import CourseOpsError
from courseops.model.backups.backup import BackupSummary, Volume, VolumeSurvey, shard_tag
from courseops.model.backups.gathered import Gathered
from courseops.model.backups.shards import assigned
from courseops.model.backups.success import (
    Evidence,
    HomeLook,
    Verdict,
    hub_outcome,
    missing_outcomes,
    unread_of_nobody,
    verdicts_on,
)
from courseops.model.run import Outcome
from courseops.ports.hub import Hub

# What stands for the configured commands among the outcomes.
STILL = "file system's snapshot"
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class ShardRan:
    """What one snapshot took in; `unread` counts what could not be read, or had vanished."""

    shard: int
    snapshot_id: str
    homes: int
    is_unchanged: bool
    files_new: int
    files_changed: int
    files_unmodified: int
    added_bytes: int
    total_bytes: int
    unread: int


@dataclass(frozen=True, kw_only=True)
class BackupRan:
    """What `backup run` did; `is_partial` if anything could not be read, or vanished."""

    hub: str
    run_id: str
    is_partial: bool
    shards: tuple[ShardRan, ...]
    warnings: tuple[str, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def files_new(self) -> int:
        """Count the files that no snapshot had before."""
        return sum(it.files_new for it in self.shards)


def run_backup(ports: BackupPorts, journal: Journal, hub: Hub) -> BackupRan:
    """
    Take one snapshot of each shard, and one of the databases; one outcome for whoever has a home.

    A hub that does not answer is a warning: its homes are backed up all the same. A shard that
    fails does not stop the others.

    Raises:
        CourseOpsError: no home at all was backed up.
    """
    with journal.run(BACKUP, ports.scope) as entry:
        run = _Run(ports, journal, entry)
        run.carry_out(hub)
    return BackupRan(
        hub=ports.hub,
        run_id=entry.run.id,
        is_partial=any(it.unread for it in run.shards),
        shards=tuple(run.shards),
        warnings=tuple(run.warnings),
        outcomes=tuple(entry.outcomes),
    )


def _accounts(hub: Hub) -> tuple[frozenset[str] | None, tuple[str, ...]]:
    try:
        return frozenset(user.name for user in hub.users()), ()
    except CourseOpsError as error:
        return None, (f"could not ask the hub who has an account: {error}",)


class _Run:
    """One run on one hub."""

    def __init__(self, ports: BackupPorts, journal: Journal, entry: Entry) -> None:
        self._ports = ports
        self._journal = journal
        self._entry = entry
        self.shards: list[ShardRan] = []
        self.warnings: list[str] = []
        self._failed: list[tuple[Sequence[Volume], CourseOpsError]] = []
        self._files = 0
        self._accounts: frozenset[str] | None = None
        self._before = homes_before(journal.runs, ports.copies, ports.hub)
        self._known = ports.catalogue.newest(ports.hub)
        self._last_good = ports.copies.last_good(ports.hub)

    def carry_out(self, hub: Hub) -> None:
        """Back everything up."""
        ports = self._ports
        # restic takes half a second to open its repository; all of this fits in beside it.
        with ThreadPoolExecutor(2) as aside:
            known = next((it.id for it in self._known.values()), "")
            copying = aside.submit(back_up_databases, ports, known)
            accounts, warnings = _accounts(hub)
            survey = ports.volumes.survey({*ports.copies.shards(ports.hub), *(accounts or ())})
            self.warnings += (*warnings, *survey.warnings)
            self._accounts = accounts
            if survey.volumes:
                self._back_up_all(survey.volumes, aside)
            self._entry.note(*copying.result())
        self._conclude(survey)

    def _back_up_all(self, volumes: Sequence[Volume], aside: ThreadPoolExecutor) -> None:
        ports, shards = self._ports, self._shards(volumes)
        stage = self._journal.progress.stage(f"back up {ports.hub}", len(volumes))
        with self._standing() as root, stage as advance:
            for number, of_shard in shards.items():
                looking = aside.submit(
                    ports.homes.look,
                    root,
                    of_shard,
                    largest_bytes=ports.rules.largest_bytes,
                    exclude=ports.rules.exclude,
                )
                self._back_up(root, number, of_shard, looking)
                advance(len(of_shard))

    def _shards(self, volumes: Sequence[Volume]) -> dict[int, list[Volume]]:
        """Give who is in which shard; the one that was left out for longest comes first."""
        ports = self._ports
        known = ports.copies.shards(ports.hub)
        numbers = assigned([it.username for it in volumes], known, ports.rules.per_shard)
        self._numbers = {**known, **numbers}
        new = {username: it for username, it in numbers.items() if username not in known}
        if new:
            ports.copies.assign(ports.hub, new)
        shards: defaultdict[int, list[Volume]] = defaultdict(list)
        for volume in volumes:
            shards[numbers[volume.username]].append(volume)

        good: defaultdict[int, datetime] = defaultdict(lambda: _LONG_AGO)
        for username, copy in self._last_good.items():
            number = self._numbers.get(username, -1)
            good[number] = max(good[number], copy.at)
        return {number: shards[number] for number in sorted(shards, key=lambda it: (good[it], it))}

    @contextmanager
    def _standing(self) -> Iterator[Path]:
        """Give the root of all homes, as they stand still if the file system can do that."""
        still, live = self._ports.still, self._ports.volumes.root
        self._began = self._journal.clock.now()
        if still is None:
            yield live
            return
        try:
            root = still.make(self._began)
        except CourseOpsError as error:
            # A copy of homes in use is better than none.
            self._note_still(f"was not made, homes were read as they are: {error}", error)
            yield live
            return
        try:
            yield root
        finally:
            try:
                still.remove()
            except CourseOpsError as error:
                self._note_still(f"was not removed: {error}", error)

    def _note_still(self, what: str, error: CourseOpsError) -> None:
        self._entry.note(Outcome.failed(STILL, what, kind="still", mend=error.hint))

    def _back_up(
        self,
        root: Path,
        number: int,
        volumes: Sequence[Volume],
        looking: Future[dict[str, HomeLook]],
    ) -> None:
        """Take the snapshot of one shard, and keep what it proves, whatever becomes of others."""
        ports, parent = self._ports, self._known.get(shard_tag(number))
        began = self._began if root != ports.volumes.root else self._journal.clock.now()
        order = ports.rules.order(shard_tag(number), parent=parent.id if parent else "")
        try:
            made = ports.repository.back_up(root, volumes, order)
            is_as_before = made.is_unchanged and self._is_proven(number, volumes, made)
            seen = self._seen(number, made, volumes, began)
            held = {it.path for it in volumes if is_as_before or it.username in (seen or ())}
            held |= self._held(made, [it.path for it in volumes if it.path not in held])
        except CourseOpsError as error:
            self._failed.append((volumes, error))
            return
        looks = looking.result()
        verdicts = verdicts_on(
            volumes,
            Evidence(
                held=held,
                unread=made.unread,
                on_end=ports.copies.note_unread(ports.hub, number, [it.path for it in made.unread]),
                looks=looks,
                accounts=self._accounts,
            ),
        )
        # A file that grew too large is missed in the snapshot, though nothing there has changed.
        made = replace(made, is_unchanged=is_as_before and self._leaves_out_the_same(verdicts))
        self._feed(number, made, [it for it in volumes if it.path in held], began, seen)
        self._keep(began, verdicts)
        note_looks(ports, began, looks)
        self._files += sum(look.files for look in looks.values())
        self._note_shard(number, made, volumes)

    def _seen(
        self, number: int, made: BackupSummary, volumes: Sequence[Volume], began: datetime
    ) -> Gathered | None:
        try:
            return list_first(self._ports, made, shard_tag(number), volumes, began)
        except CourseOpsError:
            # Which homes it holds may be known all the same; feeding the catalogue says the rest.
            return None

    def _held(self, made: BackupSummary, paths: Sequence[str]) -> frozenset[str]:
        return self._ports.repository.holds(made.snapshot_id, paths) if paths else frozenset()

    def _is_proven(self, number: int, volumes: Sequence[Volume], made: BackupSummary) -> bool:
        """
        Say whether the snapshot before was found to hold these very homes, and no others.

        restic names nothing that changed where a whole home has gone from its list.
        """
        if made.unread:
            return False
        here = {volume.username for volume in volumes}
        runs = {self._last_good[it].run_id for it in here if it in self._last_good}
        in_shard = {it for it, shard in self._numbers.items() if shard == number}
        good = {
            it for it in in_shard if it in self._last_good and self._last_good[it].run_id in runs
        }
        return len(runs) == 1 and good == here and shard_tag(number) in self._known

    def _leaves_out_the_same(self, verdicts: Sequence[Verdict]) -> bool:
        outcomes = [it.outcome for it in verdicts if it.outcome.kind == "too-large"]
        return all(self._before.get(it.subject) == it for it in outcomes)

    def _feed(
        self,
        number: int,
        made: BackupSummary,
        there: Sequence[Volume],
        began: datetime,
        seen: Gathered | None,
    ) -> None:
        ports = self._ports
        try:
            feed(ports, made, shard_tag(number), there, began, seen)
        except CourseOpsError as error:
            self.warnings.append(
                f"the catalogue lacks the snapshot {made.snapshot_id[:8]}: {error}; "
                f"make it whole: courseops backup list {ports.hub} --refresh"
            )

    def _keep(self, began: datetime, verdicts: Sequence[Verdict]) -> None:
        good = [it.outcome.subject for it in verdicts if it.is_good]
        self._ports.copies.note_good(self._ports.hub, good, began, self._entry.run.id)
        self._entry.note(*(it.outcome for it in verdicts))

    def _note_shard(self, number: int, made: BackupSummary, volumes: Sequence[Volume]) -> None:
        self.shards.append(
            ShardRan(
                shard=number,
                snapshot_id=made.snapshot_id,
                homes=len(volumes),
                is_unchanged=made.is_unchanged,
                files_new=made.files_new,
                files_changed=made.files_changed,
                files_unmodified=made.files_unmodified,
                added_bytes=made.added_bytes,
                total_bytes=made.total_bytes,
                unread=len(made.unread),
            )
        )
        self.warnings += [
            f"{it.path or 'something'} could not be read: {it.reason}"
            for it in unread_of_nobody(volumes, made.unread)
        ]

    def _conclude(self, survey: VolumeSurvey) -> None:
        """
        Account for whoever has no snapshot of a home.

        Raises:
            CourseOpsError: nobody has.
        """
        if not survey.volumes:
            raise CourseOpsError(f"there is nothing to back up in {self._ports.volumes.root}")
        if not self.shards:
            raise self._failed[0][1]
        for volumes, error in self._failed:
            self._entry.note(*(_without(volume, error) for volume in volumes))
        there = {volume.username for volume in survey.volumes}
        there |= {outcome.subject for outcome in survey.refused}
        note_gone(self._ports, self._journal.clock.now(), there)
        self._entry.note(
            *survey.refused,
            *missing_outcomes(
                self._before if self._accounts is None else self._accounts, there, self._before
            ),
            *hub_outcome(self._ports.hub, sum(it.unread for it in self.shards), self._files),
        )


def _without(volume: Volume, error: CourseOpsError) -> Outcome:
    return Outcome.failed(
        volume.username, f"no snapshot was made: {error}", kind="no-snapshot", mend=error.hint
    )
