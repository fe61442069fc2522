"""Which usernames we never send to a hub, because it would take them and do something else.

The hub lower-cases names in bulk calls, so `Ada` would make or move `ada`; and it accepts
names that break paths and databases (line breaks, `..` before 5.5.3, more than its column's
255 characters). What a hub refuses by its own rules is left to the hub. See
https://jupyterhub.readthedocs.io/en/stable/reference/api/auth.html
"""

from __future__ import annotations

from courseops.model.run import Outcome

# The `name` column of the hub's `users` table; PostgreSQL enforces it.
LONGEST_NAME = 255


def refusal_of(name: str) -> Outcome | None:
    """Say why `name` must not be sent to a hub; None if it may be."""
    if name.lower() != name:
        return Outcome.failed(
            name,
            f"the hub would make it {name.lower()}, which is another account",
            kind="not-normalised",
            mend="write the username in lower case in the roster",
        )
    if name in {"", ".", ".."} or len(name) > LONGEST_NAME or not name.isprintable():
        return Outcome.failed(
            name,
            "is empty, a path, too long, or holds characters that cannot be printed",
            kind="invalid-name",
            mend="correct the username in the roster",
        )
    return None
