"""Some of the class come to their hub: they log in at its page and start their servers.

They do so while the other steps go on, as learners do, and are looked at after each step by
the action that the job `usage-sample` runs.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

from courseops.actions.usage.sampling import take_usage_sample
from courseops.adapters.closing import Closing
from courseops.demo.hub import LocalHub
from courseops.demo.stage import HUB, OTHER_HUB, Stage
from courseops.demo.visitor import Visitor

_AT_CAMPUS, _AT_EVENING = 3, 1


class Crowd(Closing):
    """Those of the class who are at work on their hub."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._doors = ThreadPoolExecutor(1)
        self._arrivals: list[Future[None]] = []
        self.first_look_at = stage.site.journal.clock.now()

    def close(self) -> None:
        """Let nobody else in; whoever is on the way finds the hub closed."""
        self._doors.shutdown(wait=False, cancel_futures=True)

    def arrive(self) -> None:
        """Let the first of each class come, one after the other, in the background."""
        hubs = self._stage.hubs
        campus = [learner.username for learner in self._stage.learners[:_AT_CAMPUS]]
        evening = sorted(path.name for path in hubs[OTHER_HUB].homes.iterdir())[:_AT_EVENING]
        for hub, names in ((hubs[HUB], campus), (hubs[OTHER_HUB], evening)):
            self._arrivals += [self._doors.submit(_start_work, hub, name) for name in names]

    def settle(self) -> int:
        """Wait until everyone's server is ready; give how many there are."""
        for arrival in self._arrivals:
            arrival.result()
        return len(self._arrivals)

    def look(self) -> None:
        """Take one usage sample of each hub."""
        site = self._stage.site
        for name in self._stage.hubs:
            take_usage_sample(site.hub(name), site.store.usage, site.journal, site.time_zone)


def _start_work(hub: LocalHub, username: str) -> None:
    with Visitor(hub.url, username, hub.password) as visitor:
        visitor.log_in()
        visitor.start_server()
