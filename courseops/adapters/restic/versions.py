"""What each release of restic can do.

One table for all that we use, each entry with the release that brought it:
https://restic.readthedocs.io/en/stable/CHANGELOG.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from courseops.errors import CourseOpsError

Version = tuple[int, int, int]

# Debian 12's; the oldest that our commands were tried on.
OLDEST: Version = (0, 14, 0)
# From here on exit codes tell failures apart, and a restore follows no planted link.
ADVISED: Version = (0, 17, 0)


@dataclass(frozen=True)
class Feature:
    """Something that restic can do from a release on; `cost` is what its lack means for ops."""

    since: Version
    cost: str = ""

    def of(self, version: Version) -> bool:
        """Say whether this release has it."""
        return version >= self.since


FULL_SNAPSHOT_ID = Feature((0, 15, 0))
NO_SCAN = Feature((0, 15, 0))
REWRITE = Feature((0, 15, 0), "nobody can be erased from the snapshots before they expire")
GROUP_BY = Feature((0, 16, 0))
RETRY_LOCK = Feature((0, 16, 0))
REPAIR = Feature((0, 16, 0), "a damaged snapshot cannot be mended, only dropped")
EXIT_CODES = Feature((0, 17, 0), "a failure is recognised by restic's words alone")
SAFE_RESTORE = Feature(
    (0, 17, 0), "`restic restore`, run by hand into a home, follows links that a learner planted"
)
SKIP_UNCHANGED = Feature((0, 17, 0), "a run without any change makes a snapshot all the same")
CLEAN_SIGTERM = Feature((0, 17, 0), "a restic that is stopped with SIGTERM leaves its lock behind")

TABLE = (
    FULL_SNAPSHOT_ID,
    NO_SCAN,
    REWRITE,
    GROUP_BY,
    RETRY_LOCK,
    REPAIR,
    EXIT_CODES,
    SAFE_RESTORE,
    SKIP_UNCHANGED,
    CLEAN_SIGTERM,
)


def costs(version: Version) -> list[str]:
    """Say what a release lacks, as far as it matters to ops."""
    return [it.cost for it in TABLE if it.cost and not it.of(version)]


def written(version: Version) -> str:
    """Write a version as restic does."""
    return ".".join(map(str, version))


def parse_version(said: str) -> Version:
    """
    Read the answer of `restic version`.

    Raises:
        CourseOpsError: it is not restic's, or of a release that is too old.
    """
    found = re.search(r"^restic (\d+)\.(\d+)\.(\d+)", said)
    if found is None:
        raise CourseOpsError(
            f"this does not answer like restic: {said.strip()[:80]!r}",
            hint="set the path of restic in config.toml",
        )
    version = (int(found[1]), int(found[2]), int(found[3]))
    if version < OLDEST:
        raise CourseOpsError(
            f"restic {written(version)} is too old",
            hint="install restic 0.14 or newer, better 0.17 or newer",
        )
    return version
