"""What `doctor` says of a repository: whether it is there, and what an old restic costs."""

from __future__ import annotations

from collections.abc import Iterator

from courseops.adapters.restic import versions
from courseops.adapters.restic.repository import Restic
from courseops.model.finding import Finding


def look(repository: Restic, hub: str) -> Iterator[Finding]:
    """
    Look at the program and the repository of `hub`; make nothing.

    Raises:
        CourseOpsError: restic is not there, or the repository cannot be opened.
    """
    subject = f"backup/{hub}"
    number = versions.written(repository.version)
    lacks = versions.costs(repository.version)
    for lack in lacks:
        yield Finding.warning(
            subject,
            f"restic {number} works, but {lack}",
            "install restic 0.17 or newer, Debian 13's for example",
        )
    if not lacks:
        yield Finding.ok(subject, f"restic {number}")
    if repository.exists():
        yield Finding.ok(subject, "the repository is there and the password opens it")
    else:
        yield Finding.problem(subject, "there is no repository yet", f"courseops backup init {hub}")
