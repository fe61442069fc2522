"""The installed daemon follows the calendar of a course to the second."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest

from courseops.model.roster import Enrolment, Person, Role
from courseops.model.run import Ending
from tests.support.backup import PASSWORD, make_home
from tests.support.daemons import wait_for

pytestmark = [pytest.mark.restic, pytest.mark.xdist_group("daemons")]

DEADLINE = "deadline-snapshot"


def test_homes_are_kept_at_the_second_of_a_deadline_and_of_who_has_longer(keeper, empty_restic):
    desk = keeper.desk
    shutil.copytree(empty_restic, desk.folder / "backup")
    homes = desk.folder / "homes"
    homes.mkdir()
    for who in ("ada", "bob"):
        make_home(homes, who, {"hw1.ipynb": "{}"})
    desk.write("campus.token", "unused", mode=0o600)
    desk.write("backup.password", PASSWORD, mode=0o600)
    backup = {"repository": "backup", "password": {"file": "backup.password"}}
    hub = {
        "url": "http://127.0.0.1:1",
        "token": {"file": "campus.token"},
        "homes": f"{homes}/{{username}}",
        "backup": backup,
    }
    desk.configure(hubs={"campus": hub}, courses={"py": {"hub": "campus"}})
    keeper.configure(at_once=1)
    due_at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=15)
    longer = due_at + timedelta(seconds=1)
    with desk.config.open("a") as config:
        config.write(f"\n[courses.py.assignments.hw1]\ndue_at = {due_at.isoformat()}\n")
        config.write(f"extensions = {{ bob = {longer.isoformat()} }}\n")
    keeper.define(DEADLINE, DEADLINE, 'at = "due"')
    people = [
        Enrolment(person=Person(id=who, username=who), role=Role.LEARNER) for who in ("ada", "bob")
    ]
    keeper.store.enrolments.enrol("py", people, due_at - timedelta(days=1))

    # However slowly it starts: a deadline that passed meanwhile was not before its time.
    keeper.miss(DEADLINE)
    daemon = keeper.daemon()
    wait_for(lambda: len(keeper.runs(DEADLINE, Ending.DONE)) == 2)
    assert daemon.end() == 0

    of_bob, of_class = keeper.runs(DEADLINE)
    assert [(of_class.about, of_class.due_at), (of_bob.about, of_bob.due_at)] == [
        ("py/hw1", due_at),
        ("py/hw1/extended", longer),
    ]
    assert of_class.started_at >= due_at
    taken = keeper.store.runs.recent(action="backup-deadline")
    kept = {it.within: len(keeper.store.runs.outcomes(it.id)) for it in taken}
    assert kept == {of_class.id: 2, of_bob.id: 1}
