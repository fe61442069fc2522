"""What a daemon shows of itself: pages for those who ask, and word to whoever has started it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from courseops.actions.jobs.figures import Sources, gather
from courseops.adapters.closing import Closing
from courseops.daemon.health import HealthServer, Pages
from courseops.daemon.metrics import Metrics
from courseops.daemon.pages import healthz, readyz
from courseops.events import log
from courseops.model.jobs.standing import Standing, in_words
from courseops.model.run import Run
from courseops.ports.liveness import ServiceManager
from courseops.wiring import Site
from courseops.wiring.backups import freshness_of_hubs


class Showing(Closing):
    """
    Shows a daemon's `standing`, and the figures of its `site`; both are asked anew each time.

    The pages are answered from `open` on: two daemons cannot listen at the same place, and one
    that stands by has nothing to show but its status.
    """

    def __init__(
        self,
        manager: ServiceManager,
        standing: Callable[[], Standing],
        site: Callable[[], Site],
    ) -> None:
        self._manager = manager
        self._standing = standing
        self._site = site
        self._metrics = Metrics(
            standing=standing, figures=lambda: gather(_sources(site(), standing))
        )
        self._listens_at: tuple[str, int] | None = None
        self._server: HealthServer | None = None

    def open(self) -> None:
        """
        Answer where the site's configuration says, perhaps elsewhere than until now.

        Raises:
            CourseOpsError: nobody can listen there; what was answered until now still is.
        """
        wanted = self._site().config.daemon.listens_at
        if wanted == self._listens_at:
            return
        before, self._server = (
            self._server,
            HealthServer(*wanted, self._pages()) if wanted else None,
        )
        self._listens_at = wanted
        if before is not None:
            before.close()
        if wanted and self._server:
            where = f"{wanted[0]}:{self._server.port}"
            log().info("health is answered", action="health", listen=where)

    def close(self) -> None:
        """Answer no more, and say that the end is near."""
        self._manager.stopping()
        if self._server is not None:
            self._server.close()
            self._server = None

    def count(self, run: Run) -> None:
        """Count a run that has ended."""
        self._metrics.count(run)

    def ready(self) -> None:
        """Say that the daemon works, after its start or after it has read its files anew."""
        self._manager.ready(self._words())

    def reloading(self) -> None:
        """Say that it reads its files anew."""
        self._manager.reloading()

    def beat(self) -> None:
        """Say that it still works."""
        self._manager.alive(self._words())

    def _words(self) -> str:
        return in_words(self._standing(), self._site().time_zone)

    def _pages(self) -> Pages:
        clock = self._site().journal.clock
        return {
            "/healthz": lambda: healthz(self._standing(), clock),
            "/readyz": lambda: readyz(self._standing(), clock),
            "/metrics": self._metrics.page,
        }


def _sources(site: Site, standing: Callable[[], Standing]) -> Sources:
    return Sources(
        runs=site.store.runs,
        slots=site.store.slots,
        alerts=site.store.alerts,
        clock=site.journal.clock,
        # Those that it has, whatever has become of their files.
        jobs=lambda: standing().coming,
        backups=partial(freshness_of_hubs, site),
    )
