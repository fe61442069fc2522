"""Held plans, undo and adoption through the command line, on a real hub."""

import pytest

from tests.support.hubs import client_of

pytestmark = pytest.mark.hub


@pytest.fixture
def site(desk, start_hub, fresh):
    """A site with one course of thirty on a real hub, synced once."""
    hub = start_hub("6")
    desk.course = fresh("py")
    desk.names = [fresh(f"learner{n:02}") for n in range(30)]
    desk.hub = hub
    desk.write("campus.token", hub.token, mode=0o600)
    desk.configure(
        hubs={"campus": {"url": hub.url, "token": {"file": "campus.token"}}},
        courses={desk.course: {"hub": "campus", "roster": {"csv": "class.csv"}}},
    )
    desk.list_ = lambda names: desk.write("class.csv", "username\n" + "\n".join(names) + "\n")
    desk.list_(desk.names)
    desk.first = desk.run("roster", "apply", desk.course, "--yes", "--json").document
    return desk


def enrolled(site):
    plan = site.run("roster", "plan", site.course, "--json").document
    return {change["verb"] for change in plan["changes"]}


def test_a_nightly_sync_that_a_guard_stops_waits_for_a_person_who_approves(site):
    site.list_(site.names[:15])
    assert site.run("job", "run", "roster-sync").code == 3

    status = site.run("status").out
    held = site.run("job", "history", "roster-apply", "--json").document["runs"][0]
    assert held["ending"] == "held"
    assert "waits for approval" in status
    assert held["id"] in status
    shown = site.run("job", "show", held["id"]).out
    assert "15 of 30 learners would be dropped" in shown
    assert site.names[20] in shown

    assert site.run("job", "approve", held["id"]).code == 0
    assert site.run("roster", "plan", site.course).code == 0
    again = site.run("job", "approve", held["id"])
    assert again.code == 1
    assert "does not wait for approval" in again.err


def test_a_held_plan_can_be_turned_down_or_overtaken_by_the_world(site):
    site.list_(site.names[:15])
    assert site.run("roster", "apply", site.course, "--yes").code == 5
    held = site.run("job", "history", "roster-apply", "--json").document["runs"][0]["id"]

    site.list_(site.names[:14])
    overtaken = site.run("job", "approve", held)
    assert overtaken.code == 5
    assert "has changed since" in overtaken.err

    assert site.run("job", "reject", held).code == 0
    assert "rejected" in site.run("job", "show", held).out
    assert site.run("job", "approve", held).code == 1
    assert enrolled(site) == {"drop"}


def test_undo_takes_out_whom_a_run_enrolled_and_keeps_their_accounts(site):
    asked = site.run("roster", "undo", site.first["run_id"])
    assert asked.code == 2
    undone = site.run("roster", "undo", site.first["run_id"], "--yes")
    assert undone.code == 0, undone.err
    assert enrolled(site) == {"return"}
    assert site.run("roster", "apply", site.course, "--yes").code == 0
    assert site.run("roster", "undo", "nothing", "--yes").code == 1


def test_a_guest_is_shown_adopted_and_then_dropped(site, fresh):
    guest = fresh("guest")
    site.write("guests.csv", f"username\n{guest}\n")
    site.configure(
        hubs={"campus": {"url": site.hub.url, "token": {"file": "campus.token"}}},
        courses={
            site.course: {"hub": "campus", "roster": {"csv": "class.csv"}},
            "other": {"hub": "campus", "roster": {"csv": "guests.csv"}},
        },
    )
    site.run("roster", "apply", "other", "--yes")
    _join(site, guest)

    shown = site.run("roster", "plan", site.course)
    assert "added by others" in shown.out
    assert guest in shown.out
    assert site.run("roster", "adopt", site.course, guest, "--yes").code == 0
    assert enrolled(site) == {"drop"}
    assert site.run("roster", "apply", site.course, "--yes").code == 0
    assert site.run("roster", "plan", site.course).code == 0


def _join(site, guest):
    """Do by hand what a teacher does on the hub's admin page."""
    client_of(site.hub).add_to_group(f"nbgrader-{site.course}", [guest])
