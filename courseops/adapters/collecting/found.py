"""What a walk through a learner's folder means for collecting, in our own words."""

from __future__ import annotations

import errno
import os

from courseops.adapters.collecting import walking
from courseops.model.assignments.candidate import (
    Bounds,
    Candidate,
    NotTakenError,
    Trouble,
    changing_trouble,
    link_trouble,
    special_trouble,
)
from courseops.model.microseconds import moment_of_ns
from courseops.ports.collecting import Sink


def limits_of(bounds: Bounds, ignored: tuple[str, ...] = ()) -> walking.Limits:
    """Say where a walk ends."""
    return walking.Limits(files=bounds.files, depth=bounds.depth, ignored=ignored)


def trouble_of(kind: str, at: str) -> Trouble:
    """Say what a refusal of the walk means."""
    if kind == "link":
        return link_trouble(at)
    if kind == "special-file":
        return special_trouble(at)
    if kind == "changing":
        return changing_trouble()
    mends = {
        "too-many": "ask the learner to submit again without what was not asked for, or raise "
        "max_files in the course's [collect]",
        "too-deep": "ask the learner to submit again without so many folders",
    }
    reasons = {
        "too-many": "it holds too many files and folders",
        "too-deep": f"{at[:80]!r} lies too deep",
    }
    return Trouble(
        kind=kind,
        reason=reasons.get(kind, f"it cannot be read: {at}"),
        mend=mends.get(kind, "run courseops as an account that may read it"),
    )


def take_folder(
    top: int,
    candidate: Candidate,
    sink: Sink,
    limits: walking.Limits,
) -> Candidate:
    """
    Copy an open folder; give the candidate as it was then.

    Raises:
        NotTakenError: something in it is refused, or it changed meanwhile.
    """
    try:
        seen = walking.survey(top, limits)
        for file in seen.files:
            sink.receive(
                file.path, walking.read(top, file), modified_at=moment_of_ns(file.modified_ns)
            )
        if not walking.is_still(top, seen):
            raise NotTakenError(changing_trouble())
    except walking.RefusedError as error:
        raise NotTakenError(trouble_of(error.kind, error.path)) from error
    except OSError as error:
        raise NotTakenError(trouble_of("unreadable", error.strerror or str(error))) from error
    return Candidate(
        **{
            **vars(candidate),
            "witnessed_at": moment_of_ns(seen.changed_ns),
            "stamp": seen.stamp,
        }
    )


def look_into(
    parent: int, name: str, limits: walking.Limits
) -> tuple[walking.Survey | None, Trouble | None]:
    """Survey the folder `name` of an open one, or say why not."""
    try:
        top = os.open(name, walking.FOLDER, dir_fd=parent)
    except OSError as error:
        linked = isinstance(error, NotADirectoryError) or error.errno == errno.ELOOP
        return None, trouble_of("link" if linked else "unreadable", name)
    try:
        return walking.survey(top, limits), None
    except walking.RefusedError as error:
        return None, trouble_of(error.kind, error.path)
    except OSError as error:
        return None, trouble_of("unreadable", error.strerror or str(error))
    finally:
        os.close(top)
