"""What a course's homes held when a deadline passed."""

from datetime import timedelta

import pytest

from courseops.actions.backups.deadline_snapshots import back_up_deadline, just_due
from courseops.actions.backups.taking import run_backup
from courseops.errors import CourseOpsError
from courseops.model.run import Status
from tests.support.backups import hub, verdicts


def volumes(ports, *names):
    return [ports.volumes.volume_of(name) for name in names]


def test_only_the_homes_of_the_course_are_in_it(ports, journal):
    taken = back_up_deadline(ports, journal, "py", "hw1", volumes(ports, "ada", "bob", "newcomer"))

    (made,) = ports.repository.snapshots()
    assert made.tags == ("auto", "deadline:py/hw1")
    assert {path.rpartition("/")[2] for path in made.paths} == {"ada", "bob"}
    assert len(taken.outcomes) == 3
    assert verdicts(taken.outcomes) == {
        "ada": (Status.DONE, ""),
        "bob": (Status.DONE, ""),
        "newcomer": (Status.SKIPPED, "no-volume"),
    }


def test_what_the_last_run_took_in_is_not_read_again(ports, journal):
    run_backup(ports, journal, hub())
    journal.clock.advance(timedelta(hours=1))

    back_up_deadline(ports, journal, "py", "hw1", volumes(ports, "ada"))

    assert ports.repository.orders[-1].parent == ports.catalogue.newest("campus")["shard-00"].id


def test_it_can_be_taken_while_the_hub_is_backed_up(ports, journal):
    with journal.run("backup-run", ports.scope):
        back_up_deadline(ports, journal, "py", "hw1", volumes(ports, "ada"))

    assert len(ports.repository.snapshots()) == 1


def test_a_deadline_is_taken_once_and_only_when_it_has_just_passed(ports, journal):
    now = journal.clock.now()
    due = {
        "now": now,
        "soon": now + timedelta(seconds=1),
        "just": now - timedelta(minutes=4),
        "long ago": now - timedelta(minutes=5),
        "never": None,
    }

    def names():
        return list(just_due(journal.runs, "py", due, now))

    assert names() == ["now", "just"]
    back_up_deadline(ports, journal, "py", "just", volumes(ports, "ada"))
    assert names() == ["now"]


def test_a_deadline_that_was_moved_is_taken_again(ports, journal):
    back_up_deadline(ports, journal, "py", "hw1", volumes(ports, "ada"))
    journal.clock.advance(timedelta(days=1))
    now = journal.clock.now()

    assert list(just_due(journal.runs, "py", {"hw1": now}, now)) == ["hw1"]


def test_one_that_failed_is_tried_again(ports, journal):
    ports.repository.refused = {"deadline:py/hw1"}
    with pytest.raises(CourseOpsError):
        back_up_deadline(ports, journal, "py", "hw1", volumes(ports, "ada"))
    now = journal.clock.now()

    assert list(just_due(journal.runs, "py", {"hw1": now}, now)) == ["hw1"]
