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

# A long wait costs nothing but time, and a lock is often only a check that is about to end.
LOCK_WAIT = "5m"

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


def backup(*, version: Version, host: str, tags: Sequence[str], parent: str) -> list[str]:
    """
    Take one snapshot of the folders named on stdin, each ended by NUL.

    The list of folders changes with every new learner, and restic would then find no parent
    and read everything again: https://github.com/restic/restic/issues/2246
    """
    line = ["backup", "--json", "--host", host, "--tag", ",".join(tags)]
    if version >= versions.GROUP_BY:
        line += ["--group-by", "host,tags"]
    elif parent:
        line += ["--parent", parent]
    if version >= versions.RETRY_LOCK:
        line += ["--retry-lock", LOCK_WAIT]
    if version >= versions.NO_SCAN:
        line += ["--no-scan"]
    return [*line, "--one-file-system", "--exclude-caches", "--files-from-raw", "-"]


def snapshots(*, host: str, tag: str) -> list[str]:
    """List snapshots; without a lock, so that it works while the repository is pruned."""
    return ["snapshots", "--no-lock", "--json", "--host", host, "--tag", tag]


def find(*, host: str, tag: str, patterns: Sequence[str]) -> list[str]:
    """Find paths in all snapshots of a host."""
    return ["find", "--no-lock", "--json", "--host", host, "--tag", tag, "--", *patterns]


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


def dump(*, snapshot_id: str, path: str) -> list[str]:
    """Write one file of a snapshot to stdout."""
    return ["dump", "--no-lock", snapshot_id, path]


def check(*, version: Version, read_data: bool) -> list[str]:
    """Verify the repository."""
    line = ["check"]
    if version >= versions.RETRY_LOCK:
        line += ["--retry-lock", LOCK_WAIT]
    return [*line, "--read-data"] if read_data else line


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
    a match of all it holds, so what it finds must be sifted.
    """
    top = f"/{escaped(folder)}"
    if "[" in pattern or "\\" in pattern:
        return top
    return f"{top}/{pattern.strip('/')}" if "/" in pattern else f"{top}/**/{pattern}"
