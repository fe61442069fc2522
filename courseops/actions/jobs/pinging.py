"""Give signs of life, from which others see that nothing came: the silence that nobody hears."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from courseops.actions.jobs.ports import Claim
from courseops.errors import CourseOpsError
from courseops.events import log
from courseops.model.jobs.ping import Ping, ping_after
from courseops.ports.liveness import DeadMan
from courseops.ports.records import Runs


class JobPings:
    """
    Signs of life of jobs' runs, to the dead-man service that `dead_man_of` names for a job.

    They are given one after the other by a thread of their own, so that no run waits for a service
    that does not answer; a process ends when the last one was given.
    """

    def __init__(self, dead_man_of: Callable[[str], DeadMan | None], runs: Runs) -> None:
        self._dead_man_of = dead_man_of
        self._runs = runs
        self._giving = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ping")

    def begun(self, claim: Claim) -> None:
        """Say that a run began."""
        self._give(claim, lambda: Ping.START)

    def ended(self, claim: Claim) -> None:
        """Say how a run ended, by our record."""
        self._give(claim, lambda: self._sign_of(claim.run.id))

    def close(self) -> None:
        """Wait until every sign was given."""
        self._giving.shutdown()

    def _sign_of(self, run_id: str) -> Ping:
        run = self._runs.get(run_id)
        return ping_after(run.ending) if run else Ping.FAILURE

    def _give(self, claim: Claim, sign: Callable[[], Ping]) -> None:
        dead_man = self._dead_man_of(claim.job.name)
        if dead_man is not None:
            self._giving.submit(_ping, dead_man, sign, claim)


def _ping(dead_man: DeadMan, sign: Callable[[], Ping], claim: Claim) -> None:
    try:
        dead_man.ping(sign())
    except CourseOpsError as error:
        # It stops nothing: the service itself tells people that no sign came.
        words = {"run": claim.run.id, "job": claim.job.name, "error": str(error)}
        log().warning("sign of life was not taken", action="ping", hint=error.hint, **words)
