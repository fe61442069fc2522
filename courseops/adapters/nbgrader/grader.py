"""Grade with nbgrader's own converters, several child processes side by side.

Each worker grades one submission at a time and shares the course's gradebook; SQLite makes
them wait for each other's writes. A worker that dies or hangs costs the submission it was at
work on, and what it had half graded is removed, as nbgrader does after a failure.
"""

from __future__ import annotations

import os
import queue
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from pathlib import Path

from courseops.adapters.nbgrader.child import DiedError
from courseops.adapters.nbgrader.client import Client, NbgraderRefusedError, Opening
from courseops.adapters.nbgrader.scoring import read_score
from courseops.errors import CourseOpsError, UnreachableError
from courseops.model.grade import in_words
from courseops.model.run import Outcome

DEFAULT_SUBMISSION_TIMEOUT_SECONDS = 600.0
_MOST_WORKERS = 4
_TIDY_TIMEOUT_SECONDS = 120.0

_MEND = {
    "crash": "the learner's code ended Python itself (os._exit, out of memory, a native crash); "
    "ask the learner to mend it and submit again",
    "timeout": "look for an endless loop that cannot be interrupted; ask the learner to mend it "
    "and submit again",
    "bad-timestamp": "put the time of submission into timestamp.txt as nbgrader writes it, "
    "for example 2026-03-02 09:00:00.000000 UTC, and autograde again",
}


class NbgraderGrader:
    """Grades the work of one course; `submission_timeout_seconds` ends what nbgrader cannot."""

    def __init__(
        self,
        *,
        course_id: str,
        folder: Path,
        exchange: Path | None = None,
        submission_timeout_seconds: float = DEFAULT_SUBMISSION_TIMEOUT_SECONDS,
    ) -> None:
        self._opening = Opening(course_id=course_id, folder=folder, exchange=exchange)
        self._timeout_seconds = submission_timeout_seconds

    def grade(self, name: str, learners: Sequence[str], *, workers: int = 0) -> Iterator[Outcome]:
        """
        Grade collected work anew, several at once; 0 workers means one a core, at most 4.

        Raises:
            CourseOpsError: nbgrader cannot open the course at all.
        """
        count = min(workers or min(os.cpu_count() or 1, _MOST_WORKERS), len(learners))
        if not count:
            return
        with ExitStack() as stack:
            clients = [stack.enter_context(Client(self._opening)) for _ in range(count)]
            threads = stack.enter_context(ThreadPoolExecutor(count, thread_name_prefix="nbgrader"))
            for opened in [threads.submit(_open, client) for client in clients]:
                opened.result()
            yield from self._side_by_side(name, learners, clients, threads)

    def _side_by_side(
        self,
        name: str,
        learners: Sequence[str],
        clients: Sequence[Client],
        threads: ThreadPoolExecutor,
    ) -> Iterator[Outcome]:
        idle: queue.SimpleQueue[Client] = queue.SimpleQueue()
        for client in clients:
            idle.put(client)

        def grade_one(learner: str) -> Outcome:
            client = idle.get()
            try:
                return self._grade_one(client, name, learner)
            finally:
                idle.put(client)

        running = [threads.submit(grade_one, learner) for learner in learners]
        try:
            for finished in as_completed(running):
                yield finished.result()
        finally:
            # When the caller stops listening, what is under way ends and no more begins.
            for future in running:
                future.cancel()

    def _grade_one(self, client: Client, name: str, learner: str) -> Outcome:
        try:
            row = client.ask(
                "grade", timeout_seconds=self._timeout_seconds, name=name, learner=learner
            )
            return Outcome.done(learner, in_words(read_score(row)))
        except NbgraderRefusedError as error:
            return _failed(learner, str(error), error.kind)
        except (DiedError, UnreachableError) as error:
            kind = "timeout" if isinstance(error, UnreachableError) else "crash"
            return _failed(learner, f"{error}{self._tidy(client, name, learner)}", kind)

    def _tidy(self, client: Client, name: str, learner: str) -> str:
        try:
            client.ask(
                "remove_graded", timeout_seconds=_TIDY_TIMEOUT_SECONDS, name=name, learner=learner
            )
        except CourseOpsError as error:
            return f"; what was half graded could not be removed: {error}"
        return ""


def _failed(learner: str, reason: str, kind: str) -> Outcome:
    mend = _MEND.get(kind) or "see nbgrader's own words; ask the learner to submit again"
    return Outcome.failed(learner, reason, kind=kind, mend=mend)


def _open(client: Client) -> None:
    """Start a worker, so that what is wrong with the course itself is raised, not counted."""
    client.ask("describe", timeout_seconds=_TIDY_TIMEOUT_SECONDS)
