"""What restic's exit codes mean, and the words beside them.

The manual promises that there will be new exit codes, so one we do not know is a failure:
https://restic.readthedocs.io/en/stable/075_scripting.html#exit-codes
Before 0.17 every failure but 3 was 1, and later releases still differ on signals, on sources
that are missing and on a server that only takes new snapshots; what restic writes on stderr
tells failures apart in all of them. A signal is only ever sent by ourselves, and whoever sends
it knows that: 0.18 ends with 1 after it, like after anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum


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
    NO_SNAPSHOT = "no-snapshot"
    NO_INDEX = "no-index"
    DAMAGED = "damaged"
    APPEND_ONLY = "append-only"
    FAILED = "failed"


# A snapshot is there after these two.
MADE_CODES = (0, 3)

_CODES = {
    10: Meaning.NO_REPOSITORY,
    11: Meaning.LOCKED,
    12: Meaning.WRONG_PASSWORD,
    130: Meaning.INTERRUPTED,
    143: Meaning.INTERRUPTED,
    -2: Meaning.INTERRUPTED,
    -15: Meaning.INTERRUPTED,
}

_ABOUT_A_FILE = '"message_type":"error"'

# How a folder, a REST server and S3 say that something is not there.
_GONE = "(no such file|does not exist|404|key does not exist)"

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
    Meaning.APPEND_ONLY: ("403 forbidden",),
    Meaning.NO_SPACE: ("no space left on device", "disk quota exceeded"),
    Meaning.NO_REPOSITORY: (
        f"unable to open config file.*{_GONE}",
        "repository does not exist",
    ),
    Meaning.NO_SNAPSHOT: ("no matching id found", f"load snapshot .*{_GONE}"),
    Meaning.DAMAGED: (
        f"<data/.*{_GONE}",
        "^pack [0-9a-f]+: does not exist",
        "ciphertext verification failed",
        "pack id does not match",
        "invalid data returned",
        "repository contains errors",
    ),
    Meaning.NO_INDEX: ("not found in (repository|index)",),
}

# restic goes on without what it says here, and ends with 0. What goes away while snapshots are
# listed was forgotten meanwhile.
_WORDS_BESIDE_SUCCESS = {
    Meaning.NO_SNAPSHOT: ("^ignoring .*no matching id found",),
    Meaning.DAMAGED: (f"(failed to|could not) load snapshot(?!.*{_GONE})",),
    # Until 0.18, when a snapshot may not be dropped.
    Meaning.APPEND_ONLY: ("403 forbidden",),
    Meaning.FAILED: ("^unable to remove snapshot",),
    Meaning.PARTIAL: ("does not exist, skipping",),
}


def meaning_of(code: int, stderr: str) -> Meaning:
    """Say what restic's ending means; its own code comes first, then its words."""
    # What it says about single files quotes their names, and those are a learner's choice.
    words = "\n".join(line for line in stderr.splitlines() if _ABOUT_A_FILE not in line)
    if code in _CODES:
        return _CODES[code]
    if code == 0:
        return _first(_WORDS_BESIDE_SUCCESS.items(), words) or Meaning.DONE
    said = _first(_WORDS.items(), words)
    if code == 3:  # noqa: PLR2004 - restic's own number, which MADE_CODES names
        # 0.19 ends so, too, when it may not drop a snapshot.
        return said if said is Meaning.APPEND_ONLY else Meaning.PARTIAL
    return said or Meaning.FAILED


def _first(known: Iterable[tuple[Meaning, tuple[str, ...]]], words: str) -> Meaning | None:
    for meaning, patterns in known:
        if re.search("|".join(patterns), words, re.IGNORECASE | re.MULTILINE):
            return meaning
    return None
