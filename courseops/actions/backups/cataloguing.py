"""Keep the catalogue as the repository is: after each run, anew, and after an erasure.

What is known of a shard is all that the repository has of it, from the oldest snapshot on, and
each is compared with the one before: only the files of homes that changed are listed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Protocol

from courseops.actions.journal import Journal
from courseops.errors import CourseOpsError, LockedError, RefusedError, UnreachableError
from courseops.model.backups.backup import AUTO, STATE, BackupSummary, Snapshot, Volume, shard_tag
from courseops.model.backups.catalogue import is_same
from courseops.model.backups.gathered import Gathered
from courseops.model.backups.owners import Owners
from courseops.model.run import Outcome
from courseops.ports.backup import Repository, Volumes
from courseops.ports.copies import Catalogue, Copies

REFRESH = "backup-refresh"


class CataloguePorts(Protocol):
    """What keeping a hub's catalogue reads from and writes to; `BackupPorts` has all of it."""

    @property
    def hub(self) -> str:
        """Name the hub."""
        ...

    @property
    def scope(self) -> str:
        """Name the hub as runs and locks do."""
        ...

    @property
    def volumes(self) -> Volumes:
        """Give where the homes are."""
        ...

    @property
    def repository(self) -> Repository:
        """Give where the snapshots are."""
        ...

    @property
    def catalogue(self) -> Catalogue:
        """Give what is kept."""
        ...

    @property
    def copies(self) -> Copies:
        """Give who is in which shard, also of those whose home is gone."""
        ...


@dataclass(frozen=True, kw_only=True)
class CatalogueRefreshed:
    """
    What `backup list --refresh` did: one outcome for each snapshot that was read.

    `known` counts those that were not read again, `dropped` those that the repository lacks.
    """

    hub: str
    run_id: str
    known: int
    dropped: int
    outcomes: tuple[Outcome, ...]


def list_first(
    ports: CataloguePorts, made: BackupSummary, tag: str, volumes: Sequence[Volume], at: datetime
) -> Gathered | None:
    """
    List what the first snapshot of a shard holds of `volumes`; None for any other snapshot.

    Whoever has a file in it is proven to be in it: the repository need not be asked again.

    Raises:
        CourseOpsError: it cannot be read.
    """
    if made.files_unmodified or tag in ports.catalogue.newest(ports.hub):
        return None
    return _gathered(ports, _snapshot_of(made, tag, at), volumes)


def feed(
    ports: CataloguePorts,
    made: BackupSummary,
    tag: str,
    volumes: Sequence[Volume],
    at: datetime,
    seen: Gathered | None = None,
) -> None:
    """
    Take the snapshot of a run into the catalogue; `volumes` are those that it holds.

    What was `seen` of it is not listed again. Where earlier ones of its shard are in the
    repository and nothing is known of them, as after an upgrade, they are read too; that may take
    minutes, once.

    Raises:
        CourseOpsError: it cannot be read; `refresh` makes up for it.
    """
    snapshot = _snapshot_of(made, tag, at)
    before = ports.catalogue.newest(ports.hub).get(snapshot.shard)
    if seen is not None:
        seen.include(it.username for it in volumes)
        ports.catalogue.add(ports.hub, seen.snapshot, seen)
    elif before is None and snapshot.shard and made.files_unmodified:
        _take_in_from_the_oldest(ports, snapshot.shard)
    elif before is not None and made.is_unchanged:
        ports.catalogue.add(ports.hub, snapshot, {})
    elif before is None or not is_same(before.id, snapshot.id):
        _take_in(ports, snapshot, [*_without_home(ports, snapshot.shard, volumes), *volumes])


def refresh(ports: CataloguePorts, journal: Journal) -> CatalogueRefreshed:
    """
    Make the catalogue of a hub as its repository is; a snapshot that is known is not read again.

    A refresh that was stopped is gone on with by the next. One snapshot that cannot be read
    stops no other.

    Raises:
        CourseOpsError: the repository cannot be asked at all.
    """
    with journal.run(REFRESH, ports.scope) as entry:
        held = [it for it in ports.repository.snapshots() if STATE not in it.tags]
        known = ports.catalogue.snapshots(ports.hub)
        lacking, late = _not_in(known, held), _late(known, _not_in(held, known))
        ports.catalogue.forget(ports.hub, [it.id for it in (*lacking, *late)])
        unread = _not_in(held, ports.catalogue.snapshots(ports.hub))
        everybody = _everybody(ports) if unread else []
        entry.expect(len(unread))
        stage = journal.progress.stage(f"read the snapshots of {ports.hub}", len(unread))
        with stage as advance:
            for snapshot in sorted(unread, key=_taken_at):
                entry.note(_read(ports, snapshot, everybody))
                advance(1)
    return CatalogueRefreshed(
        hub=ports.hub,
        run_id=entry.run.id,
        known=len(held) - len(unread),
        dropped=len(lacking),
        outcomes=tuple(entry.outcomes),
    )


def follow_rewriting(catalogue: Catalogue, repository: Repository, hub: str) -> int:
    """
    Give the snapshots that are known the ids they have since somebody was erased; say how many.

    restic keeps the time and the tags of what it writes anew. The erased must be erased from
    the catalogue, too; everything else it holds is as before. Where it does not add up, what
    the repository lacks is dropped, and `refresh` makes up for it.
    """
    held, known = repository.snapshots(), catalogue.snapshots(hub)
    by_tags: defaultdict[frozenset[str], list[Snapshot]] = defaultdict(list)
    for it in _not_in(held, known):
        by_tags[frozenset(it.tags)].append(it)
    ids: dict[str, str] = {}
    lacking = sorted(_not_in(known, held), key=lambda it: (sorted(it.tags), it.taken_at))
    for tags, group in groupby(lacking, key=lambda it: frozenset(it.tags)):
        old, new = list(group), sorted(by_tags[tags], key=_taken_at)
        if len(old) == len(new):
            ids |= {one.id: other.id for one, other in zip(old, new, strict=True)}
    catalogue.rename(hub, ids)
    catalogue.forget(hub, [it.id for it in lacking if it.id not in ids])
    return len(ids)


def _take_in_from_the_oldest(ports: CataloguePorts, shard: str) -> None:
    everybody = _everybody(ports)
    of_shard = [it for it in ports.repository.snapshots() if it.shard == shard]
    for snapshot in sorted(of_shard, key=_taken_at):
        _take_in(ports, snapshot, everybody)


def _read(ports: CataloguePorts, snapshot: Snapshot, volumes: Sequence[Volume]) -> Outcome:
    subject = snapshot.id[:8]
    try:
        _take_in(ports, snapshot, volumes)
    except (LockedError, RefusedError, UnreachableError):
        raise
    except CourseOpsError as error:
        return Outcome.failed(subject, str(error), kind="unread", mend=error.hint)
    return Outcome.done(subject)


def _snapshot_of(made: BackupSummary, tag: str, at: datetime) -> Snapshot:
    return Snapshot(id=made.snapshot_id, taken_at=at, paths=(), tags=(AUTO, tag))


def _take_in(ports: CataloguePorts, snapshot: Snapshot, volumes: Sequence[Volume]) -> None:
    """Take a snapshot in as what has changed since the one before of its shard."""
    before = ports.catalogue.newest(ports.hub).get(snapshot.shard)
    if before is None:
        seen = _gathered(ports, snapshot, volumes)
        there = (it for it in volumes if not snapshot.paths or snapshot.covers(it))
        seen.include(it.username for it in there)
    else:
        owners = Owners(volumes)
        paths = ports.repository.changes(before.id, snapshot.id)
        changed = {whose[0] for path in paths if (whose := owners.owner_of(path))}
        folders = [it.path for it in volumes if it.username in changed]
        seen = _gathered(ports, snapshot, volumes, folders) if folders else Gathered(snapshot)
        seen.include(changed)
    ports.catalogue.add(ports.hub, seen.snapshot, seen)


def _gathered(
    ports: CataloguePorts,
    snapshot: Snapshot,
    volumes: Sequence[Volume],
    folders: Sequence[str] = (),
) -> Gathered:
    """Gather the files of `volumes` that a snapshot holds, or of those in some folders."""
    seen, owners = Gathered(snapshot), Owners(volumes)
    for file in ports.repository.files(snapshot.id, folders):
        if whose := owners.owner_of(file.path):
            seen.add(*whose, file)
    return seen


def _everybody(ports: CataloguePorts) -> list[Volume]:
    """Give the homes that are there, and those of people who once had one."""
    shards = ports.copies.shards(ports.hub)
    there = ports.volumes.survey(shards).volumes
    return [*_volumes_of(ports, shards, there), *there]


def _without_home(ports: CataloguePorts, shard: str, there: Sequence[Volume]) -> Iterator[Volume]:
    """Give the homes of a shard that are gone: in the catalogue their files end."""
    members = [it for it, number in ports.copies.shards(ports.hub).items()
               if shard_tag(number) == shard]  # fmt: skip
    return _volumes_of(ports, members, there)


def _volumes_of(
    ports: CataloguePorts, usernames: Iterable[str], but: Sequence[Volume]
) -> Iterator[Volume]:
    known = {it.username for it in but}
    for username in usernames:
        if username not in known:
            # Where nobody can say any more where a home was, its files cannot be told apart.
            with suppress(CourseOpsError):
                yield ports.volumes.volume_of(username)


def _late(known: Iterable[Snapshot], unread: Iterable[Snapshot]) -> list[Snapshot]:
    """Give what follows an unread snapshot of its shard: it was compared with another one."""
    first: dict[str, datetime] = {}
    for it in unread:
        first[it.shard] = min(it.taken_at, first.get(it.shard, it.taken_at))
    return [it for it in known if it.shard in first and it.shard and it.taken_at >= first[it.shard]]


def _not_in(some: Iterable[Snapshot], others: Sequence[Snapshot]) -> list[Snapshot]:
    return [it for it in some if not any(is_same(it.id, other.id) for other in others)]


def _taken_at(snapshot: Snapshot) -> datetime:
    return snapshot.taken_at
