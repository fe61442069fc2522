"""Find the versions of a learner's files: in the catalogue, else in the repository itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from courseops.actions.restores.ports import RestorePorts
from courseops.errors import CourseOpsError, RefusedError
from courseops.model.backups.backup import Snapshot, Volume
from courseops.model.backups.history import Known, around
from courseops.model.backups.restore import Content, FileVersion, Sighting, versions_of
from courseops.model.backups.restored import moment_after
from courseops.model.run import Outcome
from courseops.ports.copies import KnownVersions

_NO_TEXT = "\N{REPLACEMENT CHARACTER}"

CATALOGUE, REPOSITORY = "catalogue", "repository"


@dataclass(frozen=True, kw_only=True)
class VersionsFound:
    """
    What `restore find` shows: by path, and for each path newest first.

    With `at`, of each file only the version that counted then and its neighbours. `teller` is
    who was asked, our "catalogue" or the "repository"; `outcomes` name what a check could not
    read.
    """

    hub: str
    username: str
    pattern: str
    versions: tuple[FileVersion, ...]
    at: datetime | None = None
    teller: str = REPOSITORY
    outcomes: tuple[Outcome, ...] = ()


def find_versions(
    ports: RestorePorts,
    username: str,
    pattern: str = "*",
    *,
    at: datetime | None = None,
    check: bool = False,
    trusting: bool = False,
) -> VersionsFound:
    """
    List every version of every file of a learner that `pattern` means.

    A `trusting` search ends with the catalogue if that knows the home at all: to find out that
    the repository does not hold something either may take it many seconds.

    With `check`, each notebook among them is read out of the repository and marked if it is
    none; one that cannot be read stops no other. That takes half a second a version.
    """
    volume = ports.volumes.volume_of(username)
    known = look_up(ports, volume, [pattern], trusting=trusting)
    versions = _narrowed(known.versions, at) if at else known.versions
    outcomes: list[Outcome] = []
    if check:
        versions = tuple(_checked(ports, volume, versions, outcomes))
    return VersionsFound(
        hub=ports.hub,
        username=username,
        pattern=pattern,
        versions=versions,
        at=at,
        teller=known.teller,
        outcomes=tuple(outcomes),
    )


def look_up(
    ports: RestorePorts, volume: Volume, patterns: Sequence[str], *, trusting: bool = False
) -> Known:
    """
    Give every version of what some patterns mean.

    The catalogue answers if it knows any of them, and the repository otherwise: what was backed
    up before there was a catalogue, or by somebody else, is found all the same, unless `trusting`.
    """
    catalogue = ports.catalogue
    snapshots = catalogue.snapshots(ports.hub) if catalogue is not None else []
    if catalogue is not None and snapshots:
        known = _in_catalogue(catalogue, ports.hub, volume, snapshots, patterns)
        if known.versions or (trusting and catalogue.versions(ports.hub, volume.username)):
            return known
    return _in_repository(ports, volume, patterns)


def too_early(at: datetime | None, versions: Iterable[FileVersion]) -> RefusedError:
    """Say that there are versions, but none that is so old, and when the first one is."""
    first = min(version.first_taken_at for version in versions)
    until = f"{at:%Y-%m-%d %H:%M %Z}" if at is not None else "now"
    return RefusedError(
        f"no snapshot up to {until} holds it",
        hint=f"the first that does is of {first:%Y-%m-%d %H:%M} UTC: --at {moment_after(first)}",
    )


def nowhere(ports: RestorePorts, volume: Volume, elsewhere: Iterable[str]) -> RefusedError:
    """Say that no snapshot has a path, and where else something of that name was."""
    meant = ", ".join(sorted(elsewhere))
    find = f"courseops restore find {ports.hub} {volume.username}"
    return RefusedError(
        "no snapshot holds it",
        hint=f"did you mean {meant}?" if meant else f"list what there is: {find}",
    )


def dump(ports: RestorePorts, volume: Volume, version: FileVersion, to: int) -> None:
    """
    Write the bytes of a version to the descriptor `to`.

    Raises:
        CourseOpsError: they could not be had whole.
    """
    seen = Sighting(
        path=version.path,
        snapshot_id=version.snapshot_id,
        taken_at=version.taken_at,
        modified_at=version.modified_at,
        size_bytes=version.size_bytes,
        mode=version.mode,
        uid=version.uid,
        gid=version.gid,
    )
    try:
        ports.repository.dump(volume, seen, to)
    except CourseOpsError as error:
        if _NO_TEXT not in version.path:
            raise
        # restic tells such names with a loss, and then does not know them again.
        raise CourseOpsError(
            str(error),
            hint="some bytes of its name are no text: bring back the folder that it lies in",
        ) from error


def mark_broken(ports: RestorePorts, volume: Volume, version: FileVersion) -> None:
    """Note for later that a version is no notebook, though it is named like one."""
    # It is only a remark, and must not fail what somebody waits for.
    if ports.mark_broken is not None and not version.is_broken:
        with suppress(CourseOpsError):
            ports.mark_broken(ports.hub, volume.username, version)


def _in_catalogue(
    catalogue: KnownVersions,
    hub: str,
    volume: Volume,
    snapshots: Sequence[Snapshot],
    patterns: Sequence[str],
) -> Known:
    found = {
        (it.path, it.first_taken_at): it
        for pattern in patterns
        for it in catalogue.versions(hub, volume.username, pattern)
    }
    holding = {it.snapshot_id for it in found.values()}
    shards = {it.shard for it in snapshots if it.id in holding}
    return Known(
        versions=tuple(found.values()),
        snapshots=tuple(it for it in snapshots if it.shard in shards),
        teller=CATALOGUE,
    )


def _in_repository(ports: RestorePorts, volume: Volume, patterns: Sequence[str]) -> Known:
    by_path = versions_of(ports.repository.find(volume, patterns))
    snapshots = [it for it in ports.repository.snapshots() if it.covers(volume)] if by_path else []
    newest = max((it.taken_at for it in snapshots), default=None)
    return Known(
        versions=tuple(
            replace(version, is_deleted=newest is not None and versions[0].taken_at < newest)
            for versions in by_path.values()
            for version in versions
        ),
        snapshots=tuple(snapshots),
        teller=REPOSITORY,
    )


def _narrowed(versions: Iterable[FileVersion], at: datetime) -> tuple[FileVersion, ...]:
    by_path = groupby(versions, key=lambda it: it.path)
    return tuple(it for _, of_one in by_path for it in around(tuple(of_one), at))


def _checked(
    ports: RestorePorts,
    volume: Volume,
    versions: Iterable[FileVersion],
    outcomes: list[Outcome],
) -> Iterator[FileVersion]:
    for version in versions:
        try:
            is_broken = version.is_broken or _is_broken(ports, volume, version)
        except CourseOpsError as error:
            is_broken = False
            outcomes.append(
                Outcome.failed(version.path, str(error), kind="unread", mend=error.hint)
            )
        if is_broken:
            mark_broken(ports, volume, version)
        yield replace(version, is_broken=is_broken)


def _is_broken(ports: RestorePorts, volume: Volume, version: FileVersion) -> bool:
    if not version.path.endswith(".ipynb"):
        return False
    with ports.placer.stage() as staged:
        dump(ports, volume, version, staged)
        content: Content = ports.placer.examine(staged, version.path)
    return content.is_notebook is False
