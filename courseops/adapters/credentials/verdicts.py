"""What a credential came to, in the words that every authenticator shares.

Usernames were examined when the roster was read. They are looked at again here, because a colon, a
second line or a leading hyphen would be obeyed rather than stored by some program.
"""

from __future__ import annotations

from courseops.adapters.hub.names import refusal_of
from courseops.model.run import Outcome

# Longer passwords are cut off, or refused, by bcrypt.
LONGEST_PASSWORD_BYTES = 72


def has_password(username: str) -> Outcome:
    """Say that somebody keeps the password they have."""
    return Outcome.skipped(username, "has a password already", kind="has-password")


def no_password(username: str) -> Outcome:
    """Say that there is no password to replace."""
    return Outcome.failed(
        username,
        "has no password on this hub",
        kind="no-password",
        mend="apply the roster: that gives a first password to everybody who has none",
    )


def refusal(username: str, password: str, forbidden: str) -> Outcome | None:
    """Say why this must not be written; `forbidden` holds characters that the hub refuses."""
    if found := refusal_of(username):
        return found
    if username.startswith("-") or any(letter in username for letter in f":{forbidden}"):
        return invalid_name(username)
    if (
        not password
        or not password.isprintable()
        or len(password.encode()) > LONGEST_PASSWORD_BYTES
    ):
        return Outcome.failed(
            username,
            f"was to get a password that is empty, longer than {LONGEST_PASSWORD_BYTES} bytes, or "
            "holds characters that cannot be typed",
            kind="invalid-password",
            mend="choose another password",
        )
    return None


def invalid_name(username: str) -> Outcome:
    """Say that nobody can log in under this name."""
    return Outcome.failed(
        username,
        "is no name that the hub's authenticator accepts",
        kind="invalid-name",
        mend="correct the username in the roster",
    )
