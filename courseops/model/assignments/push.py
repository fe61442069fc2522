"""A released assignment on its way into learners' homes: what lies there, what was placed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from courseops.model.backups.restore import parts_of
from courseops.model.run import Outcome

DEFAULT_FOLDER = "{course}/{assignment}"
_SHOWN = 3


@dataclass(frozen=True, kw_only=True)
class PushedFile:
    """One file of a release; `path` is below the assignment's folder, with `/`."""

    path: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Pushed:
    """
    What became of one learner: the paths that were placed, and those that were there already.

    Of the latter, some are the `same` as released and others `differ`.

    With a `problem`, whose `kind` is `no-home`, `link` or `error`, the rest had not been dealt
    with when it arose.
    """

    username: str
    placed: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    differ: tuple[str, ...] = ()
    problem: str = ""
    kind: str = ""


def folder_for(template: str, course_id: str, assignment: str) -> str:
    """
    Say which folder of a home an assignment goes to.

    Raises:
        ValueError: the template has other braces than {course} and {assignment}.
        RefusedError: it leads out of the home.
    """
    try:
        folder = template.format(course=course_id, assignment=assignment)
    except (AttributeError, LookupError, ValueError) as error:
        raise ValueError("may hold {course} and {assignment}, and no other braces") from error
    return "/".join(parts_of(folder))


def outcome_of(pushed: Pushed, *, previewed: bool) -> Outcome:
    """Say how a learner fared, or in a preview would."""
    who = pushed.username
    if pushed.kind == "no-home":
        return Outcome.skipped(
            who, pushed.problem, kind=pushed.kind, mend="push again once they have had a server"
        )
    if pushed.problem:
        mend = "ask them to rename what is in the way" if pushed.kind == "link" else "push again"
        return Outcome.failed(who, pushed.problem, kind=pushed.kind, mend=mend)
    other = f"; {_named(pushed.differ)}, left alone" if pushed.differ else ""
    if not pushed.placed:
        kind = "differs" if pushed.differ else "already-there"
        return Outcome.skipped(who, f"nothing is missing{other}", kind=kind)
    count = f"{len(pushed.placed)} file{'s' if len(pushed.placed) != 1 else ''}"
    if previewed:
        return Outcome.skipped(who, f"{count} would be placed{other}", kind="preview")
    return Outcome.done(who, f"{count} placed{other}")


def _named(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    verb = "differ" if len(paths) > 1 else "differs"
    return f"{', '.join(paths[:_SHOWN])}{more} {verb}"
