"""Worker processes held ready in a process that is not ours, such as a Dask worker.

A task there must not run nbgrader in its own process: nbgrader changes directory and
environment as it works, tasks share a process with each other, and what crashes or hangs could
not be ended. So each task borrows one of our worker processes, and waits for it.
"""

from __future__ import annotations

import select
import threading
from collections import defaultdict

from courseops.adapters.grading.workers.member import Member, Terms
from courseops.adapters.grading.workers.pool import TRIES, why_lost
from courseops.errors import CourseOpsError
from courseops.ports.grading import Parcel, Reply

_lock = threading.Lock()
_idle: dict[str, list[Member]] = defaultdict(list)
_busy: dict[str, list[Member]] = defaultdict(list)
_ended: set[str] = set()


class EndedError(CourseOpsError):
    """The run that this work is for has ended."""


def answer(run: str, bundle: bytes, terms: Terms, parcel: Parcel) -> Reply:
    """
    Do one parcel's work on a worker of `run` that is idle, or on a new one.

    Raises:
        EndedError: the run was ended.
        RefusedError: workers cannot work with this bundle here.
    """
    for tries_left in reversed(range(TRIES)):
        member = _borrow(run, bundle, terms)
        try:
            reply, failure = _ask(member, parcel)
        except BaseException:
            _drop(run, member)
            member.kill()
            raise
        if reply is not None:
            _give_back(run, member)
            return reply
        _drop(run, member)
        if run in _ended:
            break
        words = member.bury()
        if not tries_left:
            reason = why_lost(failure, terms, words)
            return Reply(subject=parcel.subject, failure=failure, reason=reason)
    raise EndedError("the run has ended")


def release(run: str) -> None:
    """Kill all workers of a run, whatever they are at; it gets no new ones."""
    with _lock:
        _ended.add(run)
        members = [*_idle.pop(run, []), *_busy.pop(run, [])]
    for member in members:
        member.kill()


def _borrow(run: str, bundle: bytes, terms: Terms) -> Member:
    with _lock:
        if run in _ended:
            raise EndedError("the run has ended")
        member = _idle[run].pop() if _idle[run] else _new(bundle, terms)
        _busy[run].append(member)
    return member


def _new(bundle: bytes, terms: Terms) -> Member:
    member = Member(terms)
    member.open(bundle)
    return member


def _give_back(run: str, member: Member) -> None:
    with _lock:
        if run not in _ended:
            _busy[run].remove(member)
            _idle[run].append(member)


def _drop(run: str, member: Member) -> None:
    with _lock:
        if member in _busy[run]:
            _busy[run].remove(member)


def _ask(member: Member, parcel: Parcel) -> tuple[Reply | None, str]:
    """Give the reply, or say why there is none: `crash` or `timeout`."""
    member.give(parcel)
    while member.seconds_left > 0:
        member.send()
        sending = [member.requests] if member.wants_to_send else []
        readable, _, _ = select.select([member.replies], sending, [], member.seconds_left)
        if not readable:
            continue
        replies = member.receive()
        if replies is None:
            return None, "crash"
        if replies:
            return replies[0], ""
    return None, "timeout"
