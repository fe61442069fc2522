"""A hub whose learners' files are in Docker volumes: looked at, backed up, and brought back."""

import os
import shutil
from pathlib import Path

import pytest

from courseops.adapters.volumes.naming import NAMINGS
from courseops.demo.hub import SERVICE
from tests.support.backup import LEARNER, PASSWORD
from tests.support.hubs import client_of

pytestmark = [pytest.mark.docker, pytest.mark.restic, pytest.mark.xdist_group("docker")]

GOOD = '{"cells": [], "nbformat": 4}'


def fill(home: Path, **files: str) -> None:
    """Write files as the learner's own server does."""
    for name, text in files.items():
        (home / name.replace("_", ".")).write_text(text)
    for path in (home, *home.iterdir()):
        os.chown(path, LEARNER, LEARNER)


def fared(ran) -> dict[str, str]:
    """Say by learner how a run went; databases are backed up beside them."""
    outcomes = [it for it in ran["outcomes"] if it["kind"] != "database"]
    return {it["subject"]: it["kind"] for it in outcomes}


@pytest.fixture
def site(desk, dockerd, require, empty_restic):
    """Give a site whose hub does not answer, with two learners' volumes and one of Docker's."""
    require("restic", shutil.which("restic"))
    shutil.copytree(empty_restic, desk.folder / "backup")
    desk.write("campus.token", "unused", mode=0o600)
    desk.write("backup.password", PASSWORD, mode=0o600)
    desk.homes = {}
    for username, spelled in {"Ada.L": "-41da-2e-4c", "bob": "bob"}.items():
        desk.homes[username] = dockerd.make_volume(f"jupyterhub-user-{spelled}")
        fill(desk.homes[username], hw1_ipynb=GOOD, notes_txt=username)
    dockerd.make_volume("jupyterhub-data")
    desk.configure(
        hubs={
            "campus": {
                "url": "http://127.0.0.1:1",
                "token": {"file": "campus.token"},
                "volumes": {
                    "docker": "jupyterhub-user-{username}",
                    "engine": dockerd.address,
                },
                "backup": {"repository": "backup", "password": {"file": "backup.password"}},
            }
        }
    )
    desk.dockerd = dockerd
    return desk


def test_a_notebook_in_a_docker_volume_comes_back(site):
    backed_up = site.run("backup", "run", "--json")
    assert backed_up.code == 0, backed_up.err
    (ran,) = backed_up.document["hubs"]
    assert set(fared(ran)) == {"Ada.L", "bob"}

    lost = site.homes["Ada.L"] / "hw1.ipynb"
    lost.unlink()
    restored = site.run("restore", "apply", "campus", "Ada.L", "hw1.ipynb", "--yes")

    assert restored.code == 0, restored.err
    assert lost.read_text() == GOOD
    assert lost.stat().st_uid == LEARNER


def test_a_volume_that_docker_mounts_on_demand_fails_by_name_and_stops_nobody(site):
    elsewhere = site.folder / "elsewhere"
    elsewhere.mkdir()
    options = {"type": "none", "o": "bind", "device": str(elsewhere)}
    site.dockerd.make_volume("jupyterhub-user-eve", options)

    backed_up = site.run("backup", "run", "--json")

    assert backed_up.code == 3
    (ran,) = backed_up.document["hubs"]
    assert fared(ran) == {"Ada.L": "", "bob": "", "eve": "volume-is-elsewhere"}


def test_doctor_says_where_files_are_and_whose_are_not_known(site):
    said = site.run("doctor")

    assert "Docker's volumes jupyterhub-user-{username} at unix://" in said.out
    assert f"(names: escape): 2 found in {site.dockerd.volumes}" in said.out
    assert "the hub did not say who has an account" in said.out


def test_an_engine_that_does_not_run_is_one_clear_message(site):
    text = site.config.read_text().replace(site.dockerd.address, "unix:///nowhere/docker.sock")
    site.config.write_text(text)

    refused = site.run("backup", "run")

    assert refused.code == 13
    assert "the Docker engine does not answer at unix:///nowhere/docker.sock" in refused.err
    assert "is it running" in refused.err


@pytest.mark.hub
def test_doctor_compares_volumes_with_the_hubs_accounts_both_ways(site, start_hub, fresh):
    local = start_hub("6")
    with client_of(local) as hub:
        has, lacks = fresh("a.has"), fresh("0lacks")
        hub.create_users([has, lacks])
    site.dockerd.make_volume(f"jupyterhub-user-{NAMINGS['escape'][0].spell(has)}")
    text = site.config.read_text().replace("http://127.0.0.1:1", local.url)
    site.config.write_text(text)
    site.write("campus.token", local.tokens[SERVICE], mode=0o600)

    said = site.run("doctor")

    (compared,) = [line for line in said.out.splitlines() if "accounts have a volume" in line]
    assert "1 of " in compared
    assert lacks in compared
    assert "2 of 3 volumes belong to no account: Ada.L, bob" in said.out
