"""A learner's lost work comes back through the command line, from a real repository."""

import shutil

import pytest

from tests.support.backup import LEARNER, PASSWORD, make_home

pytestmark = pytest.mark.restic

GOOD = '{"cells": [], "nbformat": 4}'


@pytest.fixture
def site(desk, require):
    """A site whose hub does not answer, with three homes."""
    require("restic", shutil.which("restic"))
    desk.write("campus.token", "unused", mode=0o600)
    desk.write("backup.password", PASSWORD, mode=0o600)
    desk.homes = desk.folder / "homes"
    make_home(desk.homes, "ada", {"week1/hw1.ipynb": GOOD})
    make_home(desk.homes, "bob", {"hw1.ipynb": GOOD})
    make_home(desk.homes, "cyd", {"notes.txt": "nothing happens here"})
    desk.configure(
        hubs={
            "campus": {
                "url": "http://127.0.0.1:1",
                "token": {"file": "campus.token"},
                "homes": f"{desk.homes}/{{username}}",
                "backup": {"repository": "backup", "password": {"file": "backup.password"}},
            }
        }
    )
    return desk


def test_a_deleted_and_a_spoiled_notebook_come_back_beside_what_is_there(site):
    refused = site.run("backup", "run")
    assert refused.code == 12
    assert "courseops backup init campus" in refused.err

    assert site.run("backup", "init", "campus").code == 0
    backed_up = site.run("backup", "run", "--json")
    assert backed_up.code == 0, backed_up.err
    (ran,) = backed_up.document["hubs"]
    backed_up = {outcome["subject"] for outcome in ran["outcomes"]}
    assert backed_up == {"ada", "bob", "cyd", "database courseops"}

    deleted, spoiled = site.homes / "ada/week1/hw1.ipynb", site.homes / "bob/hw1.ipynb"
    deleted.unlink()
    spoiled.write_text("spoiled")

    found = site.run("restore", "find", "campus", "ada", "hw1.ipynb", "--json")
    assert [version["path"] for version in found.document["versions"]] == ["week1/hw1.ipynb"]

    previewed = site.run("restore", "apply", "campus", "ada", "week1/hw1.ipynb")
    assert "to do it, repeat with --yes" in previewed.out
    assert not deleted.exists()

    for user, path in (("ada", "week1/hw1.ipynb"), ("bob", "hw1.ipynb")):
        restored = site.run("restore", "apply", "campus", user, path, "--yes")
        assert restored.code == 0, restored.err

    beside = site.homes / "bob/hw1.restored.ipynb"
    assert spoiled.read_text() == "spoiled"
    for path in (deleted, beside):
        assert path.read_bytes() == GOOD.encode()
        assert path.stat().st_uid == LEARNER


def test_what_cannot_be_meant_is_said(site, empty_restic):
    shutil.copytree(empty_restic, site.folder / "backup")
    site.run("backup", "run")

    when = site.run("restore", "apply", "campus", "ada", "week1/hw1.ipynb", "--at", "some day")
    path = site.run("restore", "apply", "campus", "ada", "hw1.ipynb")

    assert (when.code, path.code) == (2, 3)
    assert "2026-03-02T15:00" in when.err
    assert "did you mean week1/hw1.ipynb?" in path.out


def test_a_shipped_job_backs_up_every_hub_that_has_a_repository(site, empty_restic):
    shutil.copytree(empty_restic, site.folder / "backup")

    ran = site.run("job", "run", "nightly-backup", "--json")

    assert (ran.code, ran.document["outcomes"][0]["subject"]) == (0, "campus"), ran.err
    listed = site.run("backup", "list", "campus", "--user", "cyd", "--json")
    assert [snapshot["homes"] for snapshot in listed.document["snapshots"]] == [3]
    assert site.run("backup", "check", "campus").code == 0
