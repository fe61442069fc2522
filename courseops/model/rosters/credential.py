"""First passwords: easy to type from paper, hard to guess, and handed out once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

# Nothing that looks like something else on paper: no 0 o O, no 1 l i I.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP_LETTERS = 3, 4


@dataclass(frozen=True, kw_only=True)
class FirstPassword:
    """
    What somebody logs in with for the first time.

    `is_set` says that the hub has it: it is kept before it is set, so that a process that dies
    in between neither loses a password nor hands out one that opens nothing.
    """

    username: str
    password: str = field(repr=False)
    is_set: bool = False


def new_password() -> str:
    """Make up a password of three groups of four letters and digits, of 59 bits."""
    groups = (
        "".join(secrets.choice(_LETTERS) for _ in range(_GROUP_LETTERS)) for _ in range(_GROUPS)
    )
    return "-".join(groups)
