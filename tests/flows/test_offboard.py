"""A course ends: its learners are archived, removed and erased, on a real hub with real restic."""

import json
import shutil
import tarfile

import pytest

from courseops.adapters.restic.launcher import Launcher
from courseops.adapters.restic.versions import REWRITE, parse_version
from tests.support.backup import PASSWORD, PROGRAMS, make_home

pytestmark = [pytest.mark.restic, pytest.mark.hub]


def can_erase(program):
    found = shutil.which(program)
    if found is None:
        return False
    asked = Launcher(program=found, repository="", password=str, cache=None, environment={})
    return REWRITE.of(parse_version(asked.version()))


NEWEST = next((it for it in reversed(PROGRAMS) if can_erase(it)), "")


@pytest.fixture
def site(desk, start_hub, fresh, require, empty_restic):
    """A hub with one course of two learners, and homes with something in them."""
    require("restic", shutil.which("restic"))
    hub = start_hub("6")
    desk.course, desk.ada, desk.bob = fresh("py"), fresh("ada"), fresh("bob")
    desk.write("campus.token", hub.token, mode=0o600)
    desk.write("backup.password", PASSWORD, mode=0o600)
    desk.write("class.csv", f"username\n{desk.ada}\n{desk.bob}\n")
    desk.homes = desk.folder / "homes"
    make_home(desk.homes, desk.ada, {"hw1.ipynb": '{"cells": []}', "diary.txt": "ada's own words"})
    make_home(desk.homes, desk.bob, {"hw1.ipynb": '{"cells": [1]}'})
    make_home(desk.homes, "prof", {"solutions.ipynb": '{"cells": [2]}'})
    for name in ("backup", "second"):
        shutil.copytree(empty_restic, desk.folder / name)
    configure(desk, hub, "restic")
    desk.hub = hub
    applied = desk.run("roster", "apply", desk.course, "--yes")
    assert applied.code == 0, applied.err
    return desk


def configure(desk, hub, program):
    password = {"file": "backup.password"}
    backup = {"repository": "backup", "password": password, "restic": program}
    desk.configure(
        hubs={
            "campus": {
                "url": hub.url,
                "token": {"file": "campus.token"},
                "homes": f"{desk.homes}/{{username}}",
                "backup": {**backup, "copy_to": {"repository": "second", "password": password}},
            }
        },
        courses={desk.course: {"hub": "campus", "roster": {"csv": "class.csv"}}},
    )


def archived(site, who):
    (place,) = (site.folder / "gone").glob(f"campus-{who}-*.tar.gz")
    with tarfile.open(place) as tar:
        return {it.name: tar.extractfile(it).read().decode() for it in tar if it.isfile()}


def leave(site, *args):
    return site.run("offboard", *args, "--to", "gone")


def test_a_course_that_ends_is_archived_and_only_then_removed(site):
    planned = leave(site, "plan", site.course, "--json")
    assert planned.code == 4, planned.err
    assert {it["username"] for it in planned.document["partings"]} == {site.ada, site.bob}
    assert not (site.folder / "gone").exists()

    fingerprint = planned.document["fingerprint"]
    done = leave(site, "apply", site.course, "--plan", fingerprint, "--json")
    assert done.code == 0, done.err
    assert archived(site, site.ada) == {
        "hw1.ipynb": '{"cells": []}',
        "diary.txt": "ada's own words",
    }
    assert leave(site, "plan", site.course).code == 0
    assert {it.name for it in site.homes.iterdir()} == {site.ada, site.bob, "prof"}

    asked = leave(site, "apply", site.course, "--erase")
    assert (asked.code, "--yes" in asked.err) == (2, True)
    erased = leave(site, "apply", site.course, "--erase", "--yes", "--json")
    assert erased.code == 0, erased.err
    assert {it.name for it in site.homes.iterdir()} == {"prof"}
    assert leave(site, "plan", site.course, "--erase").code == 0

    (path,) = (site.folder / "gone").glob(f"campus-{site.ada}-*.receipt.json")
    receipt = json.loads(path.read_text())["receipt"]
    assert receipt["erased_at"]
    shown = site.run("job", "show", erased.document["run_id"], "--json")
    assert any(receipt["archive"]["sha256"] in it["detail"] for it in shown.document["audit"])
    dropped = site.run("roster", "plan", site.course, "--json")
    assert {it["verb"] for it in dropped.document["changes"]} == {"create", "return"}


def test_what_cannot_be_meant_is_said(site):
    for args in (["plan"], ["plan", site.course, "--user", "x"], ["plan", "x", "--hub", "campus"]):
        assert site.run("offboard", *args).code == 2, args
    assert site.run("offboard", "erase", "campus").code == 2
    assert site.run("offboard", "erase", "campus", site.ada, "--again").code == 2
    assert site.run("offboard", "plan", "nothing").code == 1


def test_a_guard_ends_with_5_and_names_the_number(site):
    names = "\n".join(f"more-{number}-{site.ada}" for number in range(12))
    site.write("class.csv", f"username\n{site.ada}\n{site.bob}\n{names}\n")
    assert site.run("roster", "apply", site.course, "--yes").code == 0

    planned = leave(site, "plan", site.course, "--erase")
    refused = leave(site, "apply", site.course, "--erase", "--yes")

    assert (planned.code, refused.code) == (5, 5)
    assert "--allow 14" in refused.err
    assert {it.name for it in site.homes.iterdir()} == {site.ada, site.bob, "prof"}
    assert not (site.folder / "gone").exists()
    assert leave(site, "apply", site.course, "--erase", "--yes", "--allow", "14").code == 0
    assert {it.name for it in site.homes.iterdir()} == {"prof"}


def test_one_person_leaves_by_name_and_not_while_enrolled(site):
    refused = leave(site, "apply", "--user", site.ada, "--erase", "--yes")
    assert refused.code == 5
    assert f"is enrolled in {site.course}" in refused.err

    site.write("class.csv", f"username\n{site.bob}\n")
    assert site.run("roster", "apply", site.course, "--yes", "--allow-drops", "1").code == 0
    done = leave(site, "apply", "--user", site.ada, "--hub", "campus", "--erase", "--yes")
    assert done.code == 0, done.err + done.out
    assert {it.name for it in site.homes.iterdir()} == {site.bob, "prof"}


def test_erasing_with_an_old_restic_is_refused_with_what_to_install(site):
    if can_erase("restic"):
        pytest.skip("the system's restic can erase")
    for args in (["roster", "plan", site.course], ["backup", "run"]):
        site.run(*args)
    shutil.rmtree(site.homes / site.ada)
    refused = site.run("offboard", "erase", "campus", site.ada, "--yes")
    assert refused.code == 5, "she is enrolled"
    site.write("class.csv", f"username\n{site.bob}\n")
    site.run("roster", "apply", site.course, "--yes", "--allow-drops", "1")

    refused = site.run("offboard", "erase", "campus", site.ada, "--yes")

    assert refused.code == 12
    assert "install restic 0.15 or newer" in refused.err
    assert site.run("offboard", "erase", "campus", site.ada).code == 4


@pytest.mark.skipif(not NEWEST, reason="needs restic 0.15 or newer: scripts/fetch_restics")
def test_somebody_is_erased_from_both_repositories_and_again_from_an_old_copy(site):
    configure(site, site.hub, NEWEST)
    for program in ("backup", "second"):
        assert site.run("backup", "run").code in {0, 3}, program
    shutil.rmtree(site.folder / "second")
    shutil.copytree(site.folder / "backup", site.folder / "second")
    shutil.copytree(site.folder / "backup", site.folder / "old")
    site.write("class.csv", f"username\n{site.bob}\n")
    site.run("roster", "apply", site.course, "--yes", "--allow-drops", "1")
    early = site.run("offboard", "erase", "campus", site.ada, "--yes")
    assert early.code == 5
    assert "is there still" in early.err
    assert leave(site, "apply", "--user", site.ada, "--erase", "--yes").code == 0

    shown = site.run("offboard", "erase", "campus", site.ada, "--json")
    assert shown.code == 4
    assert [it["files"] > 0 for it in shown.document["found"]] == [True, True]
    done = site.run("offboard", "erase", "campus", site.ada, "--yes", "--json")
    assert done.code == 0, done.err + done.out

    after = site.run("offboard", "erase", "campus", site.ada, "--json")
    assert after.code == 0
    assert [it["files"] for it in after.document["found"]] == [0, 0]
    found = site.run("restore", "find", "campus", site.bob, "--json")
    assert [it["path"] for it in found.document["versions"]] == ["hw1.ipynb"]
    assert site.run("backup", "check", "campus", "--read-data").code == 0

    shutil.rmtree(site.folder / "backup")
    (site.folder / "old").rename(site.folder / "backup")
    assert site.run("offboard", "erase", "campus", site.ada).code == 4
    again = site.run("offboard", "erase", "campus", "--again", "--json")
    assert again.code == 0, again.err + again.out
    assert [it["status"] for it in again.document["outcomes"]] == ["done"]
    assert site.run("offboard", "erase", "campus", site.ada).code == 0
    quiet = site.run("offboard", "erase", "campus", "--again", "--json")
    assert [it["status"] for it in quiet.document["outcomes"]] == ["skipped"]
