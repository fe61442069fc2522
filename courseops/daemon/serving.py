"""One daemon process, from its start to its end: it takes its seat, beats, reloads and winds down.

Where our record is a file, one daemon works at a time and others stand by; the kernel gives the
seat of one that died to the next. On a database that serves many machines all of them work.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from courseops.daemon.chores import Chore
from courseops.daemon.daemon import Daemon, Duties
from courseops.daemon.showing import Showing
from courseops.daemon.waking import Waking, Wish
from courseops.errors import ConfigError, CourseOpsError, LockedError
from courseops.events import log
from courseops.model.jobs.job import Job
from courseops.model.jobs.ping import Ping
from courseops.model.jobs.standing import Standing
from courseops.ports.liveness import ServiceManager
from courseops.wiring import Site
from courseops.wiring.daemon import job_ports, open_runner, order_config, shares_work
from courseops.wiring.jobs import jobs_in_use, jobs_of
from courseops.wiring.liveness import dead_man_of_daemon, insist_on_jobs_with_pings
from courseops.wiring.status import standing_note
from courseops.wiring.telling import Telling
from courseops.wiring.times import open_times

_SEAT = "daemon"
_PAGES = "the pages that say how it is"
_WORD_EVERY = timedelta(seconds=10)
_TELL_EVERY = timedelta(minutes=1)
_PING_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Served:
    """What a daemon did until it was stopped."""

    started_at: datetime
    ended_at: datetime
    runs: int


class Service:
    """
    The daemon of a site; `load` reads its configuration anew, and may refuse it.

    `actor` is who starts what is due, for the record; `manager` is told how it stands.
    """

    def __init__(self, load: Callable[[], Site], actor: str, manager: ServiceManager) -> None:
        self._load = load
        self._actor = actor
        self._site = load()
        self._seat = ExitStack()
        self._is_active = shares_work(self._site)
        self._is_standing_by = False
        self._runner = open_runner(self._site.config)
        self._note = standing_note(self._site)
        jobs = jobs_of(self._site)
        self._telling = Telling(self._site, jobs)
        self._showing = Showing(manager, self.standing, lambda: self._site)
        duties = self._duties(self._site, jobs, self._telling)
        self._daemon = Daemon(duties, self._runner, count=self._showing.count)
        self._chores: tuple[Chore, ...] = (
            self._chore("status", self._leave_word, _WORD_EVERY),
            self._chore("telling people", self._tell, _TELL_EVERY),
            self._chore("sign of life", self._ping, _PING_EVERY),
        )

    @property
    def site(self) -> Site:
        """Give the site as it was read last."""
        return self._site

    def standing(self) -> Standing:
        """Say how the daemon stands."""
        return self._daemon.standing(is_active=self._is_active)

    def serve(self) -> Served:
        """Work until a signal says to end; give what was done."""
        clock = self._site.journal.clock
        started_at = clock.now()
        log().info("daemon started", jobs=len(self.standing().coming))
        with self._seat, Waking() as waking, self._showing as showing:
            showing.ready()
            for wish in waking:
                if wish is Wish.END:
                    break
                if wish is Wish.RELOAD:
                    showing.reloading()
                    self.reload()
                    showing.ready()
                self.beat()
            log().info("daemon ends", running=self.standing().running)
            showing.close()
            self._daemon.wind_down(self._site.config.daemon.grace_seconds)
            for chore in self._chores:
                chore.close()
            self._leave_last_word(clock.now())
        log().info("daemon ended")
        return Served(started_at=started_at, ended_at=clock.now(), runs=self._daemon.begun)

    def close(self) -> None:
        """Close what is open of the site."""
        self._site.close()

    def beat(self) -> None:
        """Do what there is to do at this second."""
        self._showing.beat()
        if not self._is_active and not self._take_seat():
            return
        with self._daemon.troubles.about(_PAGES):
            self._showing.open()
        self._daemon.beat()
        now = self._site.journal.clock.now()
        for chore in self._chores:
            chore.beat(now)

    def reload(self) -> None:
        """Read the configuration and the jobs anew; what is not valid changes nothing."""
        site = None
        try:
            site = self._load()
            self._refuse_another_record(site)
            jobs = jobs_of(site)
            telling = Telling(site, jobs)
            duties = self._duties(site, jobs, telling)
        except CourseOpsError as error:
            if site is not None:
                site.close()
            self._daemon.troubles.begin("reload", error, is_asked=True)
            return
        self._daemon.troubles.end("reload")
        section = site.config.daemon
        self._runner.configure(order_config(site.config), grace_seconds=section.grace_seconds)
        self._daemon.assign(duties)
        for chore in self._chores:
            chore.close()  # it may be at work on the site that is closed now
        self._telling = telling
        before, self._site = self._site, site
        before.close()
        # What refers to itself would stay for hours: commands have the collector look seldom.
        gc.collect()
        log().info("daemon reloaded", jobs=len(duties.jobs))

    def _chore(self, name: str, do: Callable[[], None], every: timedelta) -> Chore:
        return Chore(name, do, every=every, troubles=self._daemon.troubles)

    def _leave_word(self) -> None:
        """Say how we stand, for a status; only who does the work comes here."""
        self._note.leave(self.standing())

    def _leave_last_word(self, now: datetime) -> None:
        if self._is_active:
            with self._daemon.troubles.about("status"):
                self._note.leave(replace(self.standing(), ended_at=now))

    def _ping(self) -> None:
        dead_man = dead_man_of_daemon(self._site)
        if dead_man is not None:
            dead_man.ping(Ping.SUCCESS)

    def _tell(self) -> None:
        self._telling.tell(self._actor, self._daemon.ailments())

    def _duties(self, site: Site, jobs: Mapping[str, Job], telling: Telling) -> Duties:
        in_use = jobs_in_use(site, jobs)
        insist_on_jobs_with_pings(site, in_use)
        return Duties(
            jobs=in_use,
            ports=job_ports(site, telling),
            times=open_times(site),
            at_once=site.config.daemon.at_once,
            actor=self._actor,
        )

    def _take_seat(self) -> bool:
        with self._daemon.troubles.about("seat"):
            try:
                self._seat.enter_context(self._site.journal.locks.hold(_SEAT))
                self._is_active = True
            except LockedError:
                if not self._is_standing_by:
                    log().info("daemon stands by")
                self._is_standing_by = True
        if self._is_active and self._is_standing_by:
            log().info("daemon takes over")
        return self._is_active

    def _refuse_another_record(self, site: Site) -> None:
        for key in ("state", "database"):
            if getattr(site.config.site, key) != getattr(self._site.config.site, key):
                raise ConfigError(
                    f"site.{key} was changed, and a daemon that runs keeps the one it has",
                    hint="restart the daemon, or put the old one back",
                )
