"""How the command lines of a repository's upkeep are spelled; pure, as those in `arguments`."""

from __future__ import annotations

from collections.abc import Sequence

from courseops.adapters.restic.arguments import escaped
from courseops.model.backups.backup import AUTO
from courseops.model.backups.retention import Retention


def forget(*, host: str, retention: Retention, dry_run: bool) -> list[str]:
    """Drop snapshots by age, those of each kind by themselves."""
    line = ["forget", "--json", "--host", host, "--tag", AUTO, "--group-by", "host,tags"]
    line += ["--keep-within", retention.within]
    for each in ("hourly", "daily", "weekly", "monthly"):
        line += [f"--keep-within-{each}", getattr(retention, each)]
    return [*line, "--dry-run", "--no-lock"] if dry_run else line


def prune(*, whole: bool) -> list[str]:
    """Free what no snapshot needs; restic by itself leaves up to 5 % of it."""
    return ["prune", "--max-unused", "0"] if whole else ["prune"]


def copy(*, host: str, snapshot_ids: Sequence[str]) -> list[str]:
    """Copy snapshots to this repository, unless it has them."""
    return ["copy", "--host", host, "--tag", AUTO, *snapshot_ids]


def rewrite(*, host: str, paths: Sequence[str]) -> list[str]:
    """Write every snapshot anew without some folders, and drop the old ones."""
    without = [f"--exclude=/{escaped(path)}" for path in paths]
    return ["rewrite", "--forget", "--host", host, "--tag", AUTO, *without]
