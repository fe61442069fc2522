"""What each release of restic can do, and what its exit codes mean.

The manual promises that there will be new exit codes, so one we do not know is a failure:
https://restic.readthedocs.io/en/stable/075_scripting.html#exit-codes
Before 0.17 every failure but 3 was 1, and 0.17.1 to 0.19 still differ on signals; what
restic writes on stderr tells failures apart in all of them.
"""

from __future__ import annotations

import re
from enum import StrEnum

from courseops.errors import CourseOpsError

Version = tuple[int, int, int]

# Debian 12's; the oldest that our commands were tried on.
OLDEST: Version = (0, 14, 0)

# Each with the release that brought it: https://restic.readthedocs.io/en/stable/CHANGELOG.html
FULL_SNAPSHOT_ID: Version = (0, 15, 0)
NO_SCAN: Version = (0, 15, 0)
GROUP_BY: Version = (0, 16, 0)
RETRY_LOCK: Version = (0, 16, 0)
# From here on exit codes tell failures apart, and a restore follows no planted link.
ADVISED: Version = (0, 17, 0)


class Meaning(StrEnum):
    """What an exit code and the words beside it come down to."""

    DONE = "done"
    PARTIAL = "partial"
    INTERRUPTED = "interrupted"
    LOCKED = "locked"
    WRONG_PASSWORD = "wrong-password"  # noqa: S105 - the name of a failure
    UNREACHABLE = "unreachable"
    NO_REPOSITORY = "no-repository"
    NO_SPACE = "no-space"
    DAMAGED = "damaged"
    APPEND_ONLY = "append-only"
    FAILED = "failed"


# restic 0.18 ends with 1 after SIGINT, but only we send it, and we know that we did.
_CODES = {
    0: Meaning.DONE,
    3: Meaning.PARTIAL,
    10: Meaning.NO_REPOSITORY,
    11: Meaning.LOCKED,
    12: Meaning.WRONG_PASSWORD,
    130: Meaning.INTERRUPTED,
    143: Meaning.INTERRUPTED,
    -2: Meaning.INTERRUPTED,
    -15: Meaning.INTERRUPTED,
}

_ABOUT_A_FILE = '"message_type":"error"'

# In this order: 0.14 asks "Is there a repository at the following location?" of a server
# that refuses the connection, too.
_WORDS = {
    Meaning.LOCKED: ("already locked",),
    Meaning.WRONG_PASSWORD: ("wrong password or no key found",),
    Meaning.UNREACHABLE: (
        "dial tcp",
        "connection refused",
        "connection reset",
        "no such host",
        "i/o timeout",
        "network is unreachable",
    ),
    Meaning.NO_SPACE: ("no space left on device", "disk quota exceeded"),
    Meaning.NO_REPOSITORY: (
        "unable to open config file.*(no such file|404|key does not exist)",
        "repository does not exist",
    ),
    Meaning.DAMAGED: (
        "ciphertext verification failed",
        "pack id does not match",
        "invalid data returned",
        "not found in repository",
        "repository contains errors",
    ),
    Meaning.APPEND_ONLY: ("403 forbidden",),
}


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
            f"restic {found[1]}.{found[2]}.{found[3]} is too old",
            hint="install restic 0.14 or newer, better 0.17 or newer",
        )
    return version


def meaning_of(code: int, stderr: str) -> Meaning:
    """Say what restic's ending means; its own code comes first, then its words."""
    if code in _CODES:
        return _CODES[code]
    # What it says about single files quotes their names, and those are a learner's choice.
    words = "\n".join(line for line in stderr.splitlines() if _ABOUT_A_FILE not in line)
    for meaning, patterns in _WORDS.items():
        if re.search("|".join(patterns), words, re.IGNORECASE):
            return meaning
    return Meaning.FAILED
