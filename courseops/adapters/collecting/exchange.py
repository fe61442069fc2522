"""nbgrader's exchange on the file system, read without nbgrader and through no link.

A submission is a folder `inbound/LEARNER+ASSIGNMENT+TIME+RANDOM`; a learner's name may hold a
plus, an assignment's may not (`ExchangeSubmit.init_dest` in nbgrader/exchange/default/submit.py).
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cache
from pathlib import Path

from courseops.adapters.collecting.found import limits_of, look_into, take_folder
from courseops.adapters.collecting.stamps import read_stamp
from courseops.adapters.collecting.walking import FOLDER
from courseops.errors import CourseOpsError
from courseops.model.assignments.candidate import (
    Bounds,
    Candidate,
    NotTakenError,
    Source,
    Trouble,
    link_trouble,
)
from courseops.model.microseconds import moment_of_ns
from courseops.ports.collecting import Sink

_PARTS = 3


class ExchangeWork:
    """
    The inbound folder of one course.

    With `check_owner`, a submission must belong to the account that it names; where all of a
    hub's servers run as one account, that would refuse everybody.
    """

    def __init__(
        self,
        *,
        root: Path,
        course_id: str,
        zone: str = "UTC",
        check_owner: bool = False,
        bounds: Bounds,
    ) -> None:
        self._inbound = root / course_id / "inbound"
        self._zone = zone
        self._check_owner = check_owner
        self._limits = limits_of(bounds)

    def candidates(
        self,
        name: str,
        until: Callable[[str], datetime | None],  # noqa: ARG002 -- the exchange has no past to look into
    ) -> Iterator[Candidate]:
        """List everything handed in for an assignment, newer and older."""
        with self._opened() as inbound:
            for folder in os.listdir(inbound):  # noqa: PTH208 -- no Path has a descriptor
                parts = _parts(folder, name)
                if parts is not None:
                    # A learner may take a submission away at any moment.
                    with suppress(FileNotFoundError):
                        yield self._candidate(inbound, folder, *parts)

    def take(self, name: str, candidate: Candidate, sink: Sink) -> Candidate:  # noqa: ARG002 -- the place says it all
        """Copy one submission."""
        with self._opened() as inbound:
            try:
                top = os.open(candidate.place, FOLDER, dir_fd=inbound)
            except OSError as error:
                raise NotTakenError(link_trouble(candidate.place)) from error
            try:
                return take_folder(top, candidate, sink, self._limits)
            finally:
                os.close(top)

    def _candidate(self, inbound: int, folder: str, learner: str, stamp: str) -> Candidate:
        seen, trouble = look_into(inbound, folder, self._limits)
        changed_ns = (
            seen.changed_ns
            if seen
            else os.stat(folder, dir_fd=inbound, follow_symlinks=False).st_ctime_ns
        )
        owner = _account(seen.uid) if seen else ""
        if trouble is None and self._check_owner and owner != learner:
            trouble = _not_theirs(learner, owner)
        # A name whose time cannot be read says nothing, and the machine's clock is believed.
        claimed_at = read_stamp(stamp, self._zone) or moment_of_ns(changed_ns)
        return Candidate(
            learner=learner,
            source=Source.EXCHANGE,
            place=folder,
            claimed_at=claimed_at,
            witnessed_at=moment_of_ns(changed_ns),
            stamp=seen.stamp if seen else "",
            owner=owner,
            trouble=trouble,
        )

    @contextmanager
    def _opened(self) -> Iterator[int]:
        try:
            inbound = os.open(self._inbound, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise CourseOpsError(
                f"the exchange cannot be read: {error.strerror} ({self._inbound})",
                hint="release an assignment first, or run courseops as the course's own account",
            ) from error
        try:
            yield inbound
        finally:
            os.close(inbound)


def _parts(folder: str, name: str) -> tuple[str, str] | None:
    """Give the learner and the time in a folder's name, if it is of this assignment."""
    # Without add_random_string there is no fourth part, and a name with a plus splits too soon.
    for count in (_PARTS, _PARTS - 1):
        parts = folder.rsplit("+", count)
        if len(parts) == count + 1 and parts[1] == name:
            return parts[0], parts[2]
    return None


@cache
def _account(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def _not_theirs(learner: str, owner: str) -> Trouble:
    return Trouble(
        kind="owner",
        reason=f"it is handed in as {learner[:40]!r}, but belongs to {owner!r}",
        mend="ask both; if all servers of the hub run as one account, "
        "set check_owner = false in the course's [collect]",
    )
