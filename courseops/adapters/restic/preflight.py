"""What `doctor` says of a repository: whether it is there, and what an old restic costs."""

from __future__ import annotations

from collections.abc import Iterator

from courseops.adapters.restic import versions
from courseops.adapters.restic.repository import Restic
from courseops.errors import CourseOpsError
from courseops.model.finding import Finding


def look(
    repository: Restic, hub: str, *, second: Restic | None = None, append_only: bool = False
) -> Iterator[Finding]:
    """
    Look at the program and the repository of `hub`, and at the `second` one; make nothing.

    Raises:
        CourseOpsError: restic is not there, or the repository cannot be opened.
    """
    subject = f"backup/{hub}"
    yield _release(subject, repository)
    if repository.exists():
        yield Finding.ok(subject, "the repository is there and the password opens it")
    else:
        yield Finding.problem(subject, "there is no repository yet", f"courseops backup init {hub}")
    if append_only:
        yield Finding.ok(
            subject,
            "the repository only takes new snapshots from here: forget old ones elsewhere, by age "
            "and not by number, so that nobody can push good ones out",
        )
    if second is not None:
        yield _reach(subject, second)


def _release(subject: str, repository: Restic) -> Finding:
    named = f"restic {versions.written(repository.version)}"
    costs = versions.costs(repository.version)
    if not costs:
        return Finding.ok(subject, named)
    return Finding.warning(
        subject,
        f"{named} works, but " + "; ".join(costs),
        "install restic 0.17 or newer, Debian 13's for example, and set its path: "
        f"[hubs.{subject.partition('/')[2]}.backup] restic",
    )


def _reach(subject: str, second: Restic) -> Finding:
    """Look at the second repository, whose absence stops no backup."""
    try:
        if second.exists():
            return Finding.ok(subject, "the second repository is there, too")
    except CourseOpsError as error:
        return Finding.problem(subject, f"the second repository: {error}", error.hint)
    return Finding.problem(
        subject,
        f"there is no second repository yet at {second.door.place}",
        "make it: restic init, with the password of copy_to",
    )
