"""What samples say of a term is compared with what truly was, to the second.

COURSEOPS_TERM=1000 takes a thousand learners for 14 weeks, which takes some minutes; the suite
takes a few for one week. `--log-cli-level=INFO` shows the figures. The sampler, the store and the
counting are the real ones.
"""

import logging
import os
import random
import shutil
from datetime import UTC, timedelta
from statistics import quantiles

import pytest

from courseops.actions.usage.correcting import read_event_log
from courseops.actions.usage.reporting import ReportRequest, counting_of
from courseops.actions.usage.sampling import take_usage_sample
from courseops.adapters.memory.ambient import FixedClock
from courseops.adapters.memory.store import MemoryEnrolments
from courseops.adapters.store import open_store_in
from courseops.model.usage.drawing import hours
from courseops.model.usage.events import LogRead, ServerEvent
from courseops.model.usage.seen import Window
from courseops.model.usage.tally import tally
from tests.support.journal import memory_journal
from tests.support.term import DAY, FIRST, HOUR, Term, TermHub

_log = logging.getLogger(__name__)
LEARNERS = int(os.environ.get("COURSEOPS_TERM", "200"))
# Each look is written to disk, and a thousand learners are looked at 28 000 times.
pytestmark = [pytest.mark.timeout(3600), pytest.mark.xdist_group("sampled-term")]
WEEKS = 14 if LEARNERS >= 1000 else 1
PERIOD = timedelta(minutes=5)


class Log:
    """The event log of a hub on which everything was stopped by the hub."""

    def __init__(self, term: Term) -> None:
        events = [(it.start, True, it.username) for it in term.worked]
        events += [(it.end, False, it.username) for it in term.worked]
        self.events = [
            ServerEvent(username=name, server="", at=at, is_start=is_start)
            for at, is_start, name in sorted(events)
        ]

    def read(self, bookmark, until):
        first = int(bookmark or 0)
        found = [it for it in self.events[first : first + 2000] if it.at <= until]
        return LogRead(events=tuple(found), bookmark=str(first + len(found)))


@pytest.fixture(scope="module")
def term():
    return Term(LEARNERS, WEEKS)


@pytest.fixture(scope="module")
def looked_at(term, tmp_path_factory):
    """Look at the term every five minutes, and a little late as a daemon does."""
    hub, chance = TermHub(term), random.Random(1)
    folder = tmp_path_factory.mktemp("term")
    with open_store_in(folder) as store:
        at = FIRST
        while at <= term.until:
            hub.now = at + timedelta(seconds=chance.random() * 2)
            take_usage_sample(hub, store.usage, memory_journal(FixedClock(hub.now)))
            at += PERIOD
    return folder


@pytest.fixture
def usage(looked_at, tmp_path):
    """Open what was seen, for one test to change as it likes."""
    shutil.copytree(looked_at, tmp_path, dirs_exist_ok=True)
    with open_store_in(tmp_path) as store:
        yield store.usage


def count(term, usage):
    asked = ReportRequest(
        site="",
        title="",
        window=Window(since=FIRST, until=term.until),
        zone=UTC,
        hubs=["campus"],
        courses=(),
        progress={},
    )
    return counting_of(asked, usage, MemoryEnrolments())


def hours_of_each(counting):
    hub = counting.records["campus"]
    return {
        name: tally({name: mine}, {}, counting.calendar, PERIOD, {})[0].worked
        / (HOUR / timedelta(microseconds=1))
        for name, mine in hub.sessions.items()
    }


def off_by(counting, term):
    """Give the error of each learner's hours, of all hours in percent, of the peak, of days."""
    group, truth = counting.of_hubs["campus"], term.hours_of_each()
    counted = hours_of_each(counting)
    each = sorted(abs(counted.get(name, 0) - worked) for name, worked in truth.items())
    percent = 100 * (sum(counted.values()) / term.hours - 1)
    _, highest = group.track.heights(*hours(counting.calendar))
    days, true_days = counting.calendar.days, term.people_on_each_day()
    people = group.tallies[0].on_days
    days_off = [n - true_days.get(day, 0) for day, n in zip(days, people, strict=True)]
    return quantiles(each, n=20)[-1], percent, highest.servers - term.peak(), days_off


def test_the_term_is_as_courses_are(term):
    sessions = len(term.worked) / LEARNERS / WEEKS * 14
    brief = sum(it.end - it.start < PERIOD for it in term.worked) / len(term.worked)
    assert 26 < sessions < 32
    assert 1.3 < term.hours / len(term.worked) < 1.6
    assert 0.04 < brief < 0.08


def test_hours_peak_and_each_learners_hours_are_as_they_truly_were(term, usage):
    p95, percent, peak, days = off_by(count(term, usage), term)
    _log.info(
        "%d sessions, %.0f h, peak %d: hours %+.3f %%, peak %+d, learner's hours p95 %.3f h, "
        "people of %d days %+d",
        *(len(term.worked), term.hours, term.peak(), percent, peak, p95, len(days), sum(days)),
    )
    assert abs(percent) < 0.2
    assert peak == 0
    assert p95 < 0.3


def test_who_was_active_on_a_day_is_known_though_no_sample_saw_them(term, usage):
    seen = {(it.username, it.started_at) for it in usage.sessions("campus", FIRST, term.until)}
    missed = [it for it in term.worked if (it.username, it.start) not in seen]
    assert missed, "some sessions are too short to be seen"

    _, _, _, days = off_by(count(term, usage), term)
    people = sum(term.people_on_each_day().values())
    assert abs(sum(days)) <= 0.002 * people


def test_everything_was_watched(term, usage):
    assert count(term, usage).observation("campus").percent == pytest.approx(100)


def test_with_the_hubs_own_log_nothing_is_left_to_estimate(term, usage):
    later = memory_journal(FixedClock(term.until + DAY))
    log = Log(term)
    while read_event_log("campus", log, usage, later):
        pass

    p95, percent, peak, days = off_by(count(term, usage), term)
    assert abs(percent) < 1e-6
    assert (peak, sum(map(abs, days))) == (0, 0)
    assert p95 < 1e-3
