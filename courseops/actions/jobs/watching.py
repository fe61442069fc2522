"""Watch over a run while it is carried out: hold on to its claim, stop it when it must stop.

Other threads of this process do the work meanwhile. A claim that could not be renewed for two
thirds of its lease is given up. In the last third the work is stopped: after it, another daemon
that still reaches the record may begin the same.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Self

from courseops.actions.jobs.ports import Claim, JobPorts
from courseops.errors import CourseOpsError
from courseops.events import log

_LOOK_EVERY_SECONDS = 1.0


class Watch:
    """
    A thread that looks after one run, from `with` to `close`.

    `why` says why it had the run stopped; empty as long as it did not.
    """

    def __init__(
        self, ports: JobPorts, claim: Claim, *, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        self.why = ""
        self._ports = ports
        self._claim = claim
        self._elapsed = elapsed
        self._began = self._renewed = elapsed()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_on, name="watch", daemon=True)

    def __enter__(self) -> Self:
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Look no more."""
        self.close()

    def close(self) -> None:
        """Look no more; when this returns, nothing is stopped any more."""
        self._over.set()
        self._thread.join()

    def look(self) -> str:
        """Hold on to the claim if it is time to, and say why the run must stop; empty if not."""
        now = self._elapsed()
        limit = self._claim.job.deadline_minutes
        if now - self._began > limit * 60:
            return f"it took longer than its deadline of {limit:g} minutes"
        try:
            if now - self._renewed >= self._ports.lease_seconds / 3:
                if not self._renew():
                    return "its claim was lost, and somebody else has it"
                self._renewed = now
            by = self._ports.slots.cancelled_by(self._claim.run.id)
        except CourseOpsError as error:
            log().warning("claim cannot be renewed", action="job-run", error=str(error))
            # To find out took time itself, where a server is cut off without a word.
            if self._elapsed() - self._renewed > self._ports.lease_seconds * 2 / 3:
                return f"its claim runs out, since it could not be renewed: {error}"
            return ""
        return f"{by} cancelled it" if by else ""

    def _renew(self) -> bool:
        return self._ports.slots.renew(self._claim.run.id, self._claim.owner, self._ports.until())

    def _look_on(self) -> None:
        while not self._over.wait(_LOOK_EVERY_SECONDS):
            self.why = self.look()
            if self.why:
                log().warning("run is stopped", action="job-run", why=self.why)
                self._ports.stop()
                return
