"""How restic's command lines are spelled; pure, so that a test can compare whole lines.

No argument ever holds a secret: the password and the place of the repository, which may
name a user and a password too, are read from descriptors that only the child inherits.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from courseops.adapters.restic import versions
from courseops.adapters.restic.versions import Version

# A long wait costs nothing but time, and a lock is often only a check that is about to end.
LOCK_WAIT = "5m"

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
