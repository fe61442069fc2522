"""Open what restoring needs: who places, what is known of the backups, how a note is worded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from courseops.actions.restores.ports import RestorePorts
from courseops.adapters.sheds import StateFolders
from courseops.config import BackupSection, SiteSection
from courseops.model.backups.restore import FileVersion
from courseops.model.backups.restored import Note
from courseops.ports.backup import Placer, Repository, Volumes
from courseops.ports.copies import KnownVersions


def restore_ports(
    hub: str,
    school: SiteSection,
    backup: BackupSection | None,
    *,
    volumes: Volumes,
    repository: Repository,
    catalogue: KnownVersions,
    mark_broken: Callable[[str, str, FileVersion], None],
    into: Path | None = None,
) -> RestorePorts:
    """Give what the restore actions need for one hub; with `into`, they write to no home."""
    leaves_note = backup is not None and backup.leave_receipt and into is None
    return RestorePorts(
        hub=hub,
        volumes=volumes,
        repository=repository,
        placer=_placer(volumes, StateFolders(school.state).staging, into),
        catalogue=catalogue,
        mark_broken=mark_broken,
        write_note=_note_words(school) if leaves_note else None,
    )


def _note_words(school: SiteSection) -> Callable[[Note], str]:
    from courseops.adapters.pages.restore_note import NoteWords  # noqa: PLC0415

    return NoteWords(school.name, school.language, school.time_zone)


def _placer(volumes: Volumes, staging: Path, into: Path | None) -> Placer:
    if into is None:
        from courseops.adapters.placing.homes import HomePlacer  # noqa: PLC0415

        return HomePlacer(root=volumes.root, staging=staging)
    from courseops.adapters.placing.outside import FolderPlacer  # noqa: PLC0415

    def homes() -> list[Path]:
        # Where a list names folders all over the machine, the root holds more than homes.
        if volumes.root != Path("/"):
            return [volumes.root.resolve()]
        return [(volumes.root / it.path).resolve() for it in volumes.survey().volumes]

    return FolderPlacer(folder=into.absolute(), homes=homes, staging=staging)
