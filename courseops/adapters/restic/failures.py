"""Turn a restic command that failed into one of our errors, with what to do about it."""

from __future__ import annotations

from courseops.adapters.process import Finished
from courseops.adapters.restic import answers
from courseops.adapters.restic.endings import Meaning, meaning_of
from courseops.errors import CourseOpsError, LockedError, RefusedError, UnreachableError

_ERRORS: dict[Meaning, tuple[type[CourseOpsError], str, str]] = {
    Meaning.LOCKED: (
        LockedError,
        "the repository {place} is locked by {holder}",
        "wait for it to end; what a killed restic left is dropped by the next backup",
    ),
    Meaning.WRONG_PASSWORD: (
        RefusedError,
        "the repository {place} does not take our password",
        "see what the file or command for it in config.toml gives; nothing was changed",
    ),
    Meaning.UNREACHABLE: (
        UnreachableError,
        "the repository {place} did not answer: {said}",
        "see whether its server runs and can be reached from here",
    ),
    Meaning.NO_REPOSITORY: (
        RefusedError,
        "there is no repository at {place}",
        "mount its disk, if it has one, or make a new repository: courseops backup init {host}",
    ),
    Meaning.NO_SPACE: (
        CourseOpsError,
        "no space is left: {said}",
        "make room at the repository {place} or in the cache; earlier snapshots are intact",
    ),
    Meaning.NO_SNAPSHOT: (
        CourseOpsError,
        "the repository {place} does not have this snapshot: {said}",
        "list anew what is there: courseops backup list {host} --refresh",
    ),
    Meaning.NO_INDEX: (
        CourseOpsError,
        "the repository {place} does not find what it holds: {said}",
        (
            "see with courseops backup check {host}; a missing index is made anew by "
            "restic repair index, before 0.16: restic rebuild-index"
        ),
    ),
    Meaning.DAMAGED: (
        CourseOpsError,
        "the repository {place} is damaged: {said}",
        "see all of it with: courseops backup check {host}",
    ),
    Meaning.APPEND_ONLY: (
        RefusedError,
        "the repository {place} only takes new snapshots: {said}",
        "do this from where it may be changed, and set append_only in config.toml",
    ),
    Meaning.INTERRUPTED: (CourseOpsError, "restic was interrupted at {place}", "run it again"),
    Meaning.PARTIAL: (CourseOpsError, "restic could not do all of it at {place}: {said}", ""),
    Meaning.FAILED: (CourseOpsError, "restic failed ({code}) at {place}: {said}", ""),
}

# Nothing of ours works for so long without refreshing its lock every five minutes.
_ABANDONED_HOURS = 2


def no_room(place: str, said: str) -> CourseOpsError:
    """Make the error of a disk that got full without restic's saying so."""
    kind, message, hint = _ERRORS[Meaning.NO_SPACE]
    words = {"place": answers.without_login(place), "said": said}
    return kind(message.format(**words), hint=hint.format(**words))


def failure(answer: Finished, *, place: str, host: str) -> CourseOpsError:
    """Make the error that says why a command on the repository `place` failed."""
    kind, message, hint = _ERRORS[meaning_of(answer.code, answer.stderr)]
    holder = answers.holder(answer.stderr)
    if kind is LockedError and holder and holder.hours >= _ABANDONED_HOURS:
        hint = "see that no restic hangs on {machine}; half an hour after it, the lock is dropped"
    words = {
        "place": answers.without_login(place),
        "host": host,
        "said": answers.complaint(answer.stderr),
        "code": answer.code,
        "holder": str(holder) if holder else "another restic",
        "machine": holder.machine if holder else "",
    }
    # A repository that says no to one says it to all that would use it.
    blamed = f"repository {words['place']}" if kind in {RefusedError, UnreachableError} else ""
    return kind(message.format(**words), hint=hint.format(**words), system=blamed)
