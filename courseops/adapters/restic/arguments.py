"""How restic's command lines are spelled; pure, so that a test can compare whole lines.

No argument ever holds a secret: the password and the place of the repository, which may
name a user and a password too, are read from descriptors that only the child inherits.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from courseops.adapters.restic import versions
from courseops.adapters.restic.versions import Version
from courseops.model.backups.backup import AUTO, BackupOrder

# So many patterns cost less than looking into folders that nobody asked for.
_MANY = 8
# What a shell pattern of Go's means, `[...]` aside: https://pkg.go.dev/path/filepath#Match
_SPECIAL = re.compile(r"([*?\[\]\\])")


def opening(program: str, *, repository_fd: int, password_fd: int) -> list[str]:
    """Start any command on a repository."""
    return [
        program,
        "--repository-file",
        f"/dev/fd/{repository_fd}",
        "--password-file",
        f"/dev/fd/{password_fd}",
    ]


def copied_from(*, repository_fd: int, password_fd: int) -> list[str]:
    """Say where `copy` copies from."""
    return [
        "--from-repository-file",
        f"/dev/fd/{repository_fd}",
        "--from-password-file",
        f"/dev/fd/{password_fd}",
    ]


def backup(*, version: Version, host: str, order: BackupOrder, anew: bool = False) -> list[str]:
    """
    Take one snapshot of the folders named on stdin, each ended by NUL; read all of it if `anew`.

    The list of folders changes with every new learner, and restic would then find no parent
    and read everything again: https://github.com/restic/restic/issues/2246
    """
    line = ["backup", "--json", "--host", host, "--tag", ",".join((AUTO, *order.tags))]
    if anew:
        line += ["--force"]
    elif order.parent:
        line += ["--parent", order.parent]
    elif versions.GROUP_BY.of(version):
        line += ["--group-by", "host,tags"]
    if versions.SKIP_UNCHANGED.of(version):
        line += ["--skip-if-unchanged"]
    if versions.NO_SCAN.of(version):
        line += ["--no-scan"]
    line += ["--one-file-system"]
    if not order.is_whole:
        line += ["--exclude-caches", "--exclude-larger-than", str(order.largest_bytes)]
        line += [f"--exclude={pattern}" for pattern in order.exclude]
    return [*line, "--files-from-raw", "-"]


def snapshots(*, host: str, tags: Sequence[str] = (AUTO,)) -> list[str]:
    """List snapshots; without a lock, so that it works while the repository is pruned."""
    return ["snapshots", "--no-lock", "--json", "--host", host, "--tag", ",".join(tags)]


def snapshot(snapshot_id: str) -> list[str]:
    """List one snapshot."""
    return ["snapshots", "--no-lock", "--json", snapshot_id]


def find(*, host: str, patterns: Sequence[str]) -> list[str]:
    """Find paths in all snapshots of a host."""
    return ["find", "--no-lock", "--json", "--host", host, "--tag", AUTO, "--", *patterns]


def find_in(*, snapshot_ids: Sequence[str], patterns: Sequence[str]) -> list[str]:
    """Find paths in some snapshots."""
    chosen = [word for each in snapshot_ids for word in ("--snapshot", each)]
    return ["find", "--no-lock", "--json", *chosen, "--", *patterns]


def restore(*, snapshot_id: str, paths: Sequence[str], into: str) -> list[str]:
    """Write some files of a snapshot below a folder."""
    chosen = [word for path in paths for word in ("--include", f"/{escaped(path)}")]
    return ["restore", "--no-lock", snapshot_id, "--target", into, *chosen]


def folders(*, snapshot_id: str, paths: Sequence[str]) -> list[str]:
    """List what lies directly in some folders of a snapshot."""
    return ["ls", "--no-lock", "--json", snapshot_id, *paths]


def files(*, snapshot_id: str, paths: Sequence[str]) -> list[str]:
    """List all that lies below some folders of a snapshot, or without any, all of it."""
    return ["ls", "--no-lock", "--json", *(["--recursive"] if paths else []), snapshot_id, *paths]


def diff(*, older_id: str, newer_id: str) -> list[str]:
    """List what two snapshots do not hold alike, owners, modes and times included."""
    return ["diff", "--no-lock", "--json", "--metadata", older_id, newer_id]


def dump(*, snapshot_id: str, path: str) -> list[str]:
    """Write one file of a snapshot to stdout."""
    return ["dump", "--no-lock", snapshot_id, path]


def check(*, read_data: bool, part: tuple[int, int] | None) -> list[str]:
    """Verify the repository: how it hangs together, all of its bytes, or a part of them."""
    if part is not None:
        return ["check", f"--read-data-subset={part[0]}/{part[1]}"]
    return ["check", "--read-data"] if read_data else ["check"]


def escaped(path: str) -> str:
    """Make a pattern that means exactly `path`."""
    return _SPECIAL.sub(r"\\\1", path)


def patterns_for(folders: Iterable[str]) -> list[str]:
    """
    Make few patterns that find at least some folders.

    restic compares every path it meets with every pattern, so a part of a path that many
    folders differ in, as in the names of homes, is left open; what is found must be sifted.
    """
    by_depth: defaultdict[int, list[list[str]]] = defaultdict(list)
    for folder in folders:
        parts = folder.split("/")
        by_depth[len(parts)].append(parts)
    patterns = set()
    for alike in by_depth.values():
        many = [len(set(column)) > _MANY for column in zip(*alike, strict=True)]
        for parts in alike:
            shown = [
                "*" if open_ else escaped(part) for part, open_ in zip(parts, many, strict=True)
            ]
            patterns.add("/" + "/".join(shown))
    return sorted(patterns)


def pattern_below(folder: str, pattern: str) -> str:
    """
    Make a pattern that finds at least what `pattern` means below `folder`.

    restic reads a class like "[!a]" otherwise than we do and takes a match of a folder for
    a match of all it holds, so what it finds must be sifted. A byte that is no text, which
    it lists as a replacement character, is any one to it.
    """
    top = f"/{escaped(folder)}"
    if "[" in pattern or "\\" in pattern:
        return top
    pattern = pattern.replace("\N{REPLACEMENT CHARACTER}", "?")
    return f"{top}/{pattern.strip('/')}" if "/" in pattern else f"{top}/**/{pattern}"
