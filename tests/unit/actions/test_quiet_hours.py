"""People are left alone when they want to be, and reminded when they want to be; not of backups."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from courseops.model.jobs.quiet import Peace
from courseops.model.notice import Stage
from tests.support.telling import (
    BACKUP,
    DAY,
    HOUR,
    NIGHT,
    SAMPLE,
    SYNC,
    Desk,
    done,
    down,
    failed,
    stages,
)

NEW, STILL, OVER = Stage.NEW, Stage.STILL, Stage.OVER
MINUTE = timedelta(minutes=1)


def test_in_quiet_hours_nobody_is_told_but_of_backups():
    desk = Desk(hours=NIGHT)
    desk.run(SYNC, failed("c1"))
    assert stages(desk.said(9 * HOUR)) == []
    desk.run(BACKUP, failed("campus"))
    assert stages(desk.said()) == [(NEW, "hub/campus")]
    desk.run(BACKUP, done("campus"))
    assert stages(desk.said()) == [(OVER, "hub/campus")]
    assert stages(desk.said(10 * HOUR)) == [(NEW, "course/c1")]


def test_a_hub_that_is_down_at_night_is_told_at_once_if_a_backup_met_it():
    desk = Desk(hours=NIGHT)
    desk.run(SAMPLE, down("campus"))
    assert stages(desk.said(9 * HOUR)) == []
    desk.run(BACKUP, down("campus"))
    assert stages(desk.said()) == [(NEW, "hub/campus")]


def test_what_came_and_went_in_the_night_wakes_nobody_in_the_morning():
    desk = Desk(hours=NIGHT)
    desk.run(SYNC, failed("c1"))
    desk.said()
    desk.clock.advance(9 * HOUR)
    desk.run(SYNC, done("c1"))
    assert desk.said() == []
    desk.run(SYNC, failed("c1"), failed("c2"))
    assert stages(desk.said(11 * HOUR)) == [(NEW, "course/c2")]


def test_people_are_reminded_on_their_days_and_of_backups_on_each():
    desk = Desk(hours=NIGHT)
    desk.run(SYNC, failed("c1"))
    desk.run(BACKUP, failed("campus", reason="disk full"))
    desk.said()
    by_day = []
    for _ in range(7):
        heard = []
        for _ in range(24):
            heard += [scope for _, scope in stages(desk.said(HOUR))]
        by_day.append(heard)
    hub, both = ["hub/campus"], ["course/c1", "hub/campus"]
    # From Tuesday on; nobody is reminded twice on one day.
    assert [sorted(heard) for heard in by_day] == [hub, hub, both, hub, hub, hub, both]


def test_who_was_told_in_the_evening_is_not_reminded_in_the_morning():
    desk = Desk()
    desk.clock.advance(10 * HOUR)
    desk.run(BACKUP, failed("campus"))
    desk.said()
    assert stages(desk.said(12 * HOUR)) == []
    assert stages(desk.said(DAY)) == [(STILL, "hub/campus")]


def test_a_reminder_comes_at_the_same_hour_on_both_sides_of_a_change_of_clocks():
    paris = ZoneInfo("Europe/Paris")
    peace = Peace(zone=paris, hours=(time(20), time(7)), reminder_days=frozenset({"mon"}))
    friday = datetime(2026, 3, 27, 12, tzinfo=paris)
    monday = datetime(2026, 3, 30, 7, tzinfo=paris)  # the clocks went forward on Sunday
    assert not peace.is_reminder_due(friday, monday - MINUTE, daily=False)
    assert peace.is_reminder_due(friday, monday, daily=False)


@pytest.mark.parametrize(
    ("hours", "quiet"),
    [((time(20), time(7)), {20, 23, 0, 5, 6}), ((time(0), time(6)), {0, 5}), (None, set())],
)
def test_quiet_hours_may_pass_midnight(hours, quiet):
    peace = Peace(zone=ZoneInfo("UTC"), hours=hours)
    day = datetime(2026, 3, 2, tzinfo=ZoneInfo("UTC"))
    found = {hour for hour in (0, 5, 6, 7, 19, 20, 23) if peace.is_quiet(day.replace(hour=hour))}
    assert found == quiet
