"""No format of a report tells of fewer than five people, however its world happens to be."""

import json
from datetime import UTC, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from courseops.actions.usage.reporting import ReportedCourse, ReportRequest, named_report
from courseops.adapters.memory.store import MemoryEnrolments
from courseops.adapters.memory.usage import MemoryUsage
from courseops.model.hub import RunningServer
from courseops.model.roster import Enrolment, Person
from courseops.model.usage.discretion import discreet
from courseops.model.usage.report import UsageReport
from courseops.model.usage.seen import HomeSize, Sample, Window
from courseops.model.usage.small_cells import is_small
from courseops.model.usage.starts import StartCounts
from tests.support.usage import DAY, HOUR, MONDAY, journal, month_report, progress

PEOPLE = frozenset({"people", "active", "learners", "fetched", "submitted", "graded", "returned"})
COUNTED = PEOPLE | {"not_submitted", "not_started", "servers", "running", "started", "failed"}
HUBS = {"campus": ("py", "stats"), "lab": ("bio",)}
SINCE = MONDAY - 2 * DAY  # a Saturday, the last of a month: two weeks and two months in four days
DAYS = 4

# How many of a group come on each day, out of how many; groups are courses, and a hub's others.
group = st.tuples(st.integers(0, 12), st.lists(st.integers(0, 12), min_size=DAYS, max_size=DAYS))
worlds = st.fixed_dictionaries(dict.fromkeys(("py", "stats", "bio", "campus", "lab"), group))


def world(groups) -> UsageReport:
    usage, enrolments = MemoryUsage(), MemoryEnrolments()
    for hub, courses in HUBS.items():
        come = [set() for _ in range(DAYS)]
        for name in (*courses, hub):
            size, days = groups[name]
            people = [f"{name}{n}" for n in range(size)]
            if name != hub:
                enrolled = [Enrolment(person=Person(id=it, username=it)) for it in people]
                enrolments.enrol(name, enrolled, SINCE - DAY)
            for day, count in enumerate(days):
                come[day] |= set(people[:count])
        accounts = sum(groups[name][0] for name in (*courses, hub))
        for day, present in enumerate(come):
            at = SINCE + day * DAY + 9 * HOUR
            servers = [RunningServer(username=it, server="", started_at=at) for it in present]
            sample = Sample(hub=hub, taken_at=at, running=len(servers), accounts=accounts)
            usage.add_sample(sample, servers, [])
        sizes = [(f"{courses[0]}{n}", n + 1) for n in range(groups[courses[0]][0])]
        usage.note_sizes(
            [HomeSize(hub=hub, username=it, at=SINCE, size_bytes=n, files=1) for it, n in sizes]
        )
        usage.add_starts(hub, SINCE, StartCounts(started=groups[hub][0], failed=groups[hub][1][0]))
    request = ReportRequest(
        site="",
        title="",
        window=Window(since=SINCE, until=SINCE + DAYS * DAY),
        zone=UTC,
        hubs=tuple(HUBS),
        courses=[ReportedCourse(course_id=c, title=c, hub=h) for h, it in HUBS.items() for c in it],
        progress={"py": (progress("hw", 12, *sorted(groups["py"][1], reverse=True)[:4]),)},
    )
    return named_report(request, usage, enrolments, journal(SINCE + 9 * DAY))


def cells(document):
    """Give every number of a document with its name, and every marker."""
    if isinstance(document, dict):
        for name, value in document.items():
            if name in {"backups", "needs", "observed"}:
                continue
            if isinstance(value, int | float) or value is None:
                yield name, value, document
            else:
                yield from cells(value)
    elif isinstance(document, list):
        for it in document:
            yield from cells(it)


def as_json(report):
    return json.loads(TypeAdapter(UsageReport).dump_json(report))


@settings(max_examples=60, deadline=None)
@given(worlds)
def test_no_number_and_no_difference_of_groups_is_small(groups):
    report = discreet(world(groups))
    found = list(cells(as_json(report)))

    small = [(name, value) for name, value, _ in found if name in COUNTED and is_small(value or 0)]
    assert small == []
    assert all(
        "hidden" in where for name, value, where in found if name in PEOPLE and value is None
    )
    blocks = [report.figures, *(it.figures for it in (*report.hubs, *report.courses))]
    for it in blocks:
        nested(it.active, it.people)
        for month in it.months:
            nested(month.people, it.active, it.people)
        for week, month in product(it.weeks, it.months):
            nested(week.people, it.active)
            if month.first_day <= week.first_day and week.last_day <= month.last_day:
                nested(week.people, month.people)
        for day, span in product(it.days, (*it.weeks, *it.months)):
            if span.first_day <= day.day <= span.last_day:
                nested(day.people, span.people, it.active)


@settings(max_examples=60, deadline=None)
@given(worlds)
def test_the_few_of_a_hub_who_are_in_no_course_stay_unknown(groups):
    report = discreet(world(groups))
    for hub in report.hubs:
        courses = [it.figures for it in report.courses if it.hub == hub.hub]
        for mine in zip(hub.figures.days, *(it.days for it in courses), strict=True):
            whole, *parts = (it.people for it in mine)
            if whole is not None and None not in parts and any(parts):
                assert not is_small(whole - sum(parts))


@settings(max_examples=60, deadline=None)
@given(worlds)
def test_no_total_gives_away_the_one_part_of_it_that_is_hidden(groups):
    exact = world(groups)
    report = discreet(exact)
    for name in ("people", "active", "hours", "sessions"):
        whole = getattr(report.figures, name)
        parts = [getattr(it.figures, name) for it in report.hubs]
        if whole is not None and parts.count(None) == 1:
            # Only where the hidden part is of nobody at all.
            (truth,) = (
                it.figures.active
                for it, shown in zip(exact.hubs, parts, strict=True)
                if shown is None
            )
            assert truth == 0


@settings(max_examples=60, deadline=None)
@given(worlds)
def test_what_few_people_did_together_is_left_out(groups):
    exact = world(groups)
    report = discreet(exact)
    for before, after in zip(
        (*exact.hubs, *exact.courses), (*report.hubs, *report.courses), strict=True
    ):
        if is_small(before.figures.active):
            assert after.figures.hours is after.figures.sessions is None
        if before.storage and is_small(before.storage.homes):
            assert after.storage.largest_bytes is after.storage.total_bytes is None
        if is_small(before.figures.people):
            assert after.needs is None


def nested(inner, *outers):
    for outer in outers:
        if inner is not None and outer is not None:
            assert not is_small(outer - inner)


@pytest.mark.parametrize("hubs", [("campus", "lab"), ("lab",), ()])
def test_a_report_of_a_busy_month_has_no_small_number(hubs):
    report = month_report(hubs=hubs, days=8)

    assert not any(
        is_small(value or 0) for name, value, _ in cells(as_json(report)) if name in COUNTED
    )


def test_what_is_needed_is_never_said_of_fewer_than_five_servers():
    needs = [it.needs for it in month_report(days=2).courses]

    assert all(it.servers.low >= 5 and it.starts_per_minute.low >= 5 for it in needs)


def test_numbers_for_a_courses_own_teachers_are_as_they_are():
    few = {name: (3, [1, 2, 3, 0]) for name in ("py", "stats", "bio", "campus", "lab")}
    exact = world(few)

    assert exact.names_shown
    assert [it.figures.active for it in exact.courses] == [3, 3, 3]
    assert exact.figures.hours == pytest.approx(world(few).figures.hours)
    assert not exact.figures.hidden
    assert exact.until - exact.since == timedelta(days=DAYS)
