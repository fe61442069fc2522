"""What a hub's answer to a bulk call means for each name in it.

A hub refuses a whole batch for one name and says which only in its message, for people. Each
function here gives an outcome for the names it is sure of and none for the rest, as
`batches.settle` expects; a batch of one always gets its outcome. The messages are those of
https://github.com/jupyterhub/jupyterhub/tree/main/jupyterhub/apihandlers
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from courseops.adapters.hub.answers import Answer
from courseops.model.run import Outcome

_INVALID = re.compile(r"Invalid usernames?: (.*)", re.DOTALL)
_NOT_MADE = re.compile(r"Failed to create user (.*?): (.*)", re.DOTALL)
_NO_SUCH = re.compile(r"No such user: (.*)", re.DOTALL)


def on_creation(answer: Answer, batch: Sequence[str]) -> Mapping[str, Outcome]:
    """Read the answer to a bulk creation; that all exist already is a success."""
    if answer.status == HTTPStatus.CONFLICT or answer.status < HTTPStatus.BAD_REQUEST:
        return {name: Outcome.done(name) for name in batch}
    if found := _INVALID.fullmatch(answer.message):
        bad = _listed(found[1], batch)
        return {name: invalid(name) for name in bad}
    if (found := _NOT_MADE.fullmatch(answer.message)) and found[1] in batch:
        return {found[1]: not_made(found[1], found[2])}
    return {batch[0]: not_made(batch[0], answer.message)} if len(batch) == 1 else {}


def on_members(answer: Answer, batch: Sequence[str]) -> Mapping[str, Outcome]:
    """Read the answer to a change of a group's members; it names the first unknown one."""
    if answer.status < HTTPStatus.BAD_REQUEST:
        return {name: Outcome.done(name) for name in batch}
    found = _NO_SUCH.fullmatch(answer.message)
    if found and found[1] in batch:
        return {found[1]: unknown(found[1])}
    return {batch[0]: _unchanged(batch[0], answer.message)} if len(batch) == 1 else {}


def on_deletion(answer: Answer, name: str) -> Outcome:
    """Read the answer to the deletion of one account."""
    if answer.status < HTTPStatus.BAD_REQUEST:
        return Outcome.done(name)
    if answer.status == HTTPStatus.NOT_FOUND:
        return absent(name)
    return Outcome.failed(
        name,
        f"the hub did not delete the account: {answer.message}",
        kind="not-deleted",
        mend="if its server is stopping, wait until it has stopped; then look, and run it again",
    )


def unclear_deletion(name: str, why: str) -> Outcome:
    """Say that the hub was told to delete an account and did not answer; nobody asks twice."""
    return Outcome.failed(
        name,
        f"the hub was told to delete the account and gave no answer: {why}",
        kind="unclear",
        mend="look in the hub's admin page whether the account is gone before running it again",
    )


def absent(name: str) -> Outcome:
    """Say that there is nothing to delete."""
    return Outcome.skipped(name, "the hub has no such account", kind="unknown-user")


def protected(name: str) -> Outcome:
    """Say that courseops never deletes this account nor takes it out of a group."""
    return Outcome.failed(
        name,
        "is a protected account: an admin of the hub, a service, or named in the configuration",
        kind="protected",
        mend="do it in the hub's admin page if it is really meant",
    )


def not_made(name: str, why: str) -> Outcome:
    """Say that the hub, or the authenticator behind it, did not make an account."""
    return Outcome.failed(
        name,
        f"the hub did not create the account: {why}",
        kind="not-created",
        mend="mend what the hub's authenticator objects to, then run it again",
    )


def not_listed(name: str) -> Outcome:
    """Say that a hub took a name and made no account of that name."""
    return Outcome.failed(
        name,
        "the hub took the name, but lists no such account",
        kind="not-created",
        mend="does the hub give people other names (c.Authenticator.username_map)? "
        "The roster must hold the name the hub gives",
    )


def invalid(name: str) -> Outcome:
    """Say that the hub's own rules forbid a username."""
    return Outcome.failed(
        name,
        "the hub does not allow this username",
        kind="invalid-name",
        mend="correct the username in the roster, or the hub's username_pattern",
    )


def unknown(name: str) -> Outcome:
    """Say that somebody without an account was to join or leave a group."""
    return Outcome.failed(
        name,
        "the hub has no such account",
        kind="unknown-user",
        mend="create the account first",
    )


def _unchanged(name: str, why: str) -> Outcome:
    return Outcome.failed(
        name, f"the hub did not change the group: {why}", kind="refused", mend="see the hub's log"
    )


def _listed(text: str, batch: Sequence[str]) -> Sequence[str]:
    """Give the names that a message lists; none if a comma in some name makes it unclear."""
    bad = [name for name in batch if name in text.split(", ")]
    if ", ".join(bad) == text and not any("," in name for name in batch):
        return bad
    return batch if len(batch) == 1 else []
