"""People are told once when something goes wrong and once when it is over, however much fails."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from courseops.actions.jobs.telling import keep_troubles, tell
from courseops.adapters.memory.notices import MemoryNotifier
from courseops.adapters.steady_alerts import SteadyAlerts
from courseops.errors import CourseOpsError, UnreachableError
from courseops.model.jobs.job import Severity
from courseops.model.jobs.quiet import Peace
from courseops.model.notice import Stage
from courseops.model.rosters.plan import Change, Plan, Target, Verb, spell_plan
from courseops.model.run import Ending, Run
from tests.support.telling import (
    BACKUP,
    COLLECT,
    DAY,
    DRILL,
    HOUR,
    NIGHT,
    SAMPLE,
    SYNC,
    Desk,
    done,
    down,
    failed,
)

NEW, STILL, OVER = Stage.NEW, Stage.STILL, Stage.OVER
MINUTE = timedelta(minutes=1)


def stages(said):
    return [(stage, scope) for stage, scope, _ in said]


def test_a_hub_that_is_down_for_an_hour_makes_one_message_and_one_recovery():
    desk = Desk()
    courses = [f"c{number}" for number in range(200)]
    for _ in range(12):
        desk.run(SAMPLE, down("campus"))
        desk.run(SYNC, *map(down, courses))
        desk.said(5 * MINUTE)
    assert desk.messages() == 1

    desk.run(SAMPLE, done("campus"))
    assert stages(desk.said()) == [(OVER, "hub/campus")]
    desk.run(SYNC, *map(done, courses))
    assert desk.said() == []
    assert desk.messages() == 2
    assert desk.store.alerts.open() == []


def test_two_hundred_courses_that_fail_are_one_message():
    desk = Desk()
    desk.run(SYNC, *(failed(f"c{number}", reason=f"c{number} broke") for number in range(200)))
    assert len(desk.said()) == 200
    assert desk.messages() == 1


def test_those_that_fail_alike_are_one_matter():
    desk = Desk()
    desk.run(SYNC, failed("c1"), failed("c2"), failed("c3", reason="another"))
    assert desk.said() == [
        (NEW, "course/c3", "another"),
        (NEW, "course/c1, course/c2", "it broke"),
    ]


def test_what_fails_night_after_night_is_told_once():
    desk = Desk(reminder_days=frozenset())
    for _ in range(5):
        desk.run(SYNC, failed("c1"), done("c2"))
        desk.said(DAY)
    assert desk.messages() == 1
    (alert,) = desk.store.alerts.open()
    assert (alert.runs, alert.run_id) == (5, "run4")


def test_what_was_well_before_anybody_was_told_is_never_told():
    desk = Desk()
    desk.run(SYNC, failed("c1"))
    desk.run(SYNC, done("c1"))
    assert desk.said() == []
    assert desk.store.alerts.open() == []


def test_one_course_that_recovers_says_nothing_of_the_other():
    desk = Desk()
    desk.run(SYNC, failed("c1"), failed("c2"))
    desk.said()
    desk.run(SYNC, done("c1"), failed("c2"))
    assert stages(desk.said()) == [(OVER, "course/c1")]


def test_one_job_that_does_well_says_nothing_of_another():
    desk = Desk()
    desk.run(BACKUP, failed("campus"))
    desk.said()
    desk.run(SAMPLE, done("campus"))
    assert desk.said() == []


def test_a_job_that_fails_for_another_reason_leaves_the_first_to_those_who_met_it():
    desk = Desk()
    desk.run(SAMPLE, down("campus"))
    desk.run(SYNC, down("c1"))
    desk.said()
    desk.run(SYNC, failed("c1", "ldaps://ldap unreachable", "ldap does not answer"))
    assert stages(desk.said()) == [(NEW, "ldaps://ldap")]

    desk.run(SAMPLE, done("campus"))
    assert stages(desk.said()) == [(OVER, "hub/campus")]


def test_a_backup_that_failed_with_its_repository_is_not_forgotten_when_that_is_back():
    desk = Desk()
    gone = failed("campus", "repository s3:x unreachable", "the repository did not answer")
    desk.run(BACKUP, gone)
    assert stages(desk.said()) == [(NEW, "repository s3:x")]
    desk.run(DRILL, gone)
    assert desk.said() == []

    desk.run(DRILL, done("campus"))
    new, over = desk.said()
    assert new[:2] == (NEW, "hub/campus")
    assert "has not succeeded since" in new[2]
    assert over[:2] == (OVER, "repository s3:x")

    desk.run(BACKUP, done("campus"))
    assert stages(desk.said()) == [(OVER, "hub/campus")]


def test_a_run_that_fails_as_a_whole_is_told_and_its_next_good_one_too():
    desk = Desk()
    desk.run(SYNC, ending=Ending.FAILED, error="config.toml cannot be read")
    assert desk.said() == [(NEW, "job/roster-sync", "config.toml cannot be read")]
    desk.run(SYNC, failed("c1"))
    assert stages(desk.said()) == [(NEW, "course/c1"), (OVER, "job/roster-sync")]


def test_a_run_at_its_deadline_is_told_with_what_failed_until_then():
    desk = Desk()
    desk.run(SYNC, failed("c1"), done("c2"), ending=Ending.INTERRUPTED, error="its deadline")
    assert {scope for _, scope in stages(desk.said())} == {"course/c1", "job/roster-sync"}


@pytest.mark.parametrize("how", [{"cancelled": True}, {"by_hand": True}])
def test_who_stopped_a_run_is_not_told_that_it_was_stopped(how):
    desk = Desk()
    desk.run(SYNC, ending=Ending.INTERRUPTED, error="stopped", **how)
    assert desk.said() == []


def test_what_failed_at_one_deadline_is_not_made_up_by_the_next_but_by_a_run_by_hand():
    desk = Desk()
    desk.run(COLLECT, failed("c1"), about="c1/hw1")
    desk.run(COLLECT, failed("c1", reason="no home"), about="c1/hw1/alice")
    desk.said()
    desk.run(COLLECT, done("c1"), about="c1/hw2")
    assert desk.said() == []
    desk.run(COLLECT, done("c1"), by_hand=True)
    assert len(desk.said()) == 2
    assert desk.store.alerts.open() == []


def test_what_failed_at_a_deadline_is_dropped_after_two_weeks_and_what_fails_still_is_not():
    desk = Desk()
    desk.run(COLLECT, failed("c1"), about="c1/hw1")
    desk.run(SYNC, failed("c1"))
    desk.said()
    desk.said(15 * DAY)
    assert [alert.job for alert in desk.store.alerts.open()] == ["roster-sync"]


def test_a_course_that_a_job_no_longer_goes_to_is_over():
    desk = Desk()
    desk.run(SYNC, failed("c1"), failed("c2"))
    desk.said()
    desk.run(SYNC, done("c2"))
    assert stages(desk.said()) == [(OVER, "course/c1, course/c2")]
    assert desk.store.alerts.open() == []


def test_what_no_job_can_ever_see_gone_is_forgotten():
    desk = Desk()
    desk.run(SYNC, failed("c1"))
    desk.said()
    desk.jobs = (BACKUP, replace(SYNC, enabled=False))
    assert desk.said() == []
    assert desk.store.alerts.open() == []


def test_a_mail_server_that_is_down_keeps_nothing_from_the_chat_and_is_told_what_it_missed():
    mail, chat = MemoryNotifier(reachable=False), MemoryNotifier()
    desk = Desk(ways={"mail": mail, "chat": chat})
    desk.run(SYNC, failed("c1"))
    for _ in range(60):
        desk.said()
    assert [it.stage for notice in chat.told for it in notice.matters] == [NEW, NEW]
    assert [notice.scope for notice in chat.told] == ["course/c1", "notices/mail"]

    desk.run(SYNC, failed("c2", reason="another"))
    desk.said()
    mail.reachable = True
    assert {scope for _, scope in stages(desk.said())} == {"course/c1", "course/c2"}
    assert stages(desk.said()) == []
    assert chat.told[-1].scope == "notices/mail"
    assert chat.told[-1].matters[0].stage is OVER
    assert len(mail.told) == 1


def test_where_nobody_can_be_reached_all_is_told_later_also_what_is_over():
    mail = MemoryNotifier(reachable=False)
    desk = Desk(ways={"mail": mail})
    desk.run(SYNC, failed("c1"), failed("c2", reason="another"))
    desk.said()
    desk.run(SYNC, done("c1"), failed("c2", reason="another"))
    assert desk.said() == []
    mail.reachable = True
    assert stages(desk.said()) == [(NEW, "course/c2"), (OVER, "course/c1")]
    assert stages(desk.said()) == []
    assert [alert.scope for alert in desk.store.alerts.open()] == ["course/c2"]


def test_where_there_is_no_way_to_tell_it_stays_on_record_until_it_is_over():
    desk = Desk(ways={})
    desk.run(SYNC, failed("c1"))
    assert tell(desk.ports) == {}
    assert len(desk.store.alerts.open()) == 1
    desk.run(SYNC, done("c1"))
    tell(desk.ports)
    assert desk.store.alerts.open() == []


def test_a_job_says_by_which_ways_it_tells_of_what():
    chat, mail = MemoryNotifier(), MemoryNotifier()
    desk = Desk(ways={"mail": mail, "chat": chat})
    picky = replace(SYNC, notify={Severity.WARNING: (), Severity.PROBLEM: ("chat",)})
    desk.jobs = (picky, SAMPLE)
    desk.run(picky, failed("c1", "incomplete"), failed("c2"))
    assert stages(desk.said()) == []
    assert [notice.scope for notice in chat.told] == ["course/c2"]

    desk.run(SAMPLE, failed("campus"))
    assert stages(desk.said()) == [(NEW, "hub/campus")]


def test_what_some_people_only_are_concerned_by_is_a_warning_except_in_backups():
    desk = Desk()
    desk.run(SYNC, failed("c1", "incomplete"))
    desk.run(BACKUP, failed("campus", "incomplete"))
    severities = {it.job: it.severity for it in desk.store.alerts.open()}
    assert severities == {"roster-sync": "warning", "nightly-backup": "problem"}


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


def test_a_clock_that_is_set_back_loses_no_recovery():
    desk = Desk()
    desk.run(SYNC, failed("c1"))
    desk.said()
    desk.clock.advance(-HOUR)
    desk.run(SYNC, done("c1"))
    assert stages(desk.said()) == [(OVER, "course/c1")]


def test_what_is_over_while_people_are_told_of_it_is_told_as_over_next():
    class Slow(MemoryNotifier):
        def tell(self, notice):
            super().tell(notice)
            if len(self.told) == 1:
                desk.run(SYNC, done("c1"))

    desk = Desk(ways={"mail": Slow()})
    desk.run(SYNC, failed("c1"))
    assert stages(desk.said()) == [(NEW, "course/c1")]
    assert stages(desk.said()) == [(OVER, "course/c1")]
    assert stages(desk.said()) == []


HELD = Plan(
    course_id="c1",
    changes=tuple(
        Change(verb=Verb.DROP, target=target, username="zoe", where="nbgrader-c1")
        for target in (Target.GROUP, Target.RECORD)
    ),
)


def hold(desk, run_id):
    """Leave a run whose plan waits for a person."""
    runs, now = desk.store.runs, desk.clock.now()
    run = Run(
        id=run_id,
        action="roster-apply",
        scope="course/c1",
        actor="daemon",
        started_at=now,
        plan=HELD.fingerprint,
    )
    runs.start(run)
    desk.store.plans.keep(HELD.fingerprint, "course/c1", spell_plan(HELD), now)
    runs.end(run_id, Ending.HELD, now, "too many")


def test_a_plan_that_is_held_is_told_once_with_its_changes_and_what_to_say():
    desk = Desk()
    hold(desk, "waits")
    desk.run(SYNC, failed("c1", "held", "too many would be dropped"))
    ((matter,),) = desk.told().values()
    assert (matter.scopes, matter.what) == (("course/c1",), "too many would be dropped")
    assert matter.changes == ("drop zoe (hub group nbgrader-c1)",)
    assert matter.commands == tuple(
        f"courseops job {verb} waits" for verb in ("show", "approve", "reject")
    )

    # The same plan the next night, and trouble of another kind the night after.
    desk.run(SYNC, failed("c1", "plan-refused", "too many would be dropped"))
    assert desk.said() == []
    desk.run(SYNC, failed("c1", reason="another"))
    assert stages(desk.said()) == [(NEW, "course/c1")]
    assert len(desk.store.alerts.open()) == 2


def test_who_decided_about_a_plan_is_not_told_of_it_again():
    desk = Desk()
    hold(desk, "waits")
    desk.run(SYNC, failed("c1", "held"))
    desk.said()
    desk.store.runs.settle("waits", Ending.REFUSED, desk.clock.now(), "rejected")
    assert desk.said(8 * DAY) == []
    assert desk.store.alerts.open() == []


def test_another_plan_that_is_held_is_another_question():
    desk = Desk()
    hold(desk, "waits")
    desk.run(SYNC, failed("c1", "held"))
    desk.said()
    desk.store.runs.settle("waits", Ending.REFUSED, desk.clock.now(), "superseded")
    hold(desk, "waits too")
    desk.run(SYNC, failed("c1", "held"))
    assert stages(desk.said()) == [(NEW, "course/c1")]


def test_a_plan_that_waits_is_among_the_reminders():
    desk = Desk()
    hold(desk, "waits")
    desk.run(SYNC, failed("c1", "held"))
    desk.said()
    desk.run(SYNC, failed("c1", "plan-refused"))
    assert stages(desk.said(3 * DAY)) == [(STILL, "course/c1")]


def test_two_who_tell_at_once_tell_once():
    desk = Desk()
    desk.run(SYNC, failed("c1"))
    with desk.locks.hold("notices"):
        assert desk.said() == []
    assert len(desk.said()) == 1


def test_what_ails_the_daemon_is_told_once_at_any_hour_and_once_when_it_is_over():
    desk = Desk(hours=NIGHT)
    desk.clock.advance(10 * HOUR)
    for words in ("database is locked", "database is locked still"):
        keep_troubles(desk.ports, "host", {"the record of runs": words})
        desk.said()
    keep_troubles(desk.ports, "elsewhere", {})
    assert desk.messages() == 1

    keep_troubles(desk.ports, "host", {})
    assert desk.said() == [(OVER, "host", "the record of runs: database is locked still")]
    assert desk.store.alerts.open() == []


class Unwritable:
    """A record that a test can take away."""

    def __init__(self, record):
        self.record = record
        self.there = True

    def __getattr__(self, name):
        def act(*arguments):
            if not self.there:
                raise CourseOpsError("disk full")
            return getattr(self.record, name)(*arguments)

        return act


def test_with_no_record_to_write_to_people_are_told_once_and_it_is_written_down_later():
    desk = Desk()
    record = Unwritable(desk.store.alerts)
    desk.alerts = SteadyAlerts(record)
    desk.run(SYNC, failed("c1"))
    desk.said()
    record.there = False
    for _ in range(3):
        keep_troubles(desk.ports, "host", {"the record of runs": "disk full"})
        desk.said()
    assert desk.messages() == 2

    record.there = True
    keep_troubles(desk.ports, "host", {})
    assert stages(desk.said()) == [(OVER, "host")]
    assert [alert.scope for alert in desk.store.alerts.open()] == ["course/c1"]


def test_a_way_that_fails_is_named_to_who_asked():
    desk = Desk(ways={"mail": MemoryNotifier(reachable=False)})
    desk.run(SYNC, failed("c1"))
    assert isinstance(tell(desk.ports)["mail"], UnreachableError)
