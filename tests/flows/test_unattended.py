"""What the unit in deploy/ grants is enough for the work, and not much more.

The account, its powers, the calls that it may make and what it may write to are taken from the unit
itself; systemd, which puts them together, is stood in for by setpriv, unshare and libseccomp.
"""

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.support.backup import LEARNER, PASSWORD, make_home
from tests.support.command import Desk
from tests.support.service import SERVICE, UNIT, Service, as_account, settings_of

pytestmark = [pytest.mark.system, pytest.mark.restic, pytest.mark.timeout(300)]


# The tests' own may lie in root's home, which nobody behind the walls can see.
SYSTEM_PYTHON = "/usr/bin/python3"


@pytest.fixture
def desk():
    """Give a folder that others can reach, unlike those of pytest."""
    with tempfile.TemporaryDirectory(prefix="courseops-unattended-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield Desk(folder)


@pytest.fixture
def site(desk, service, require, empty_restic):
    """Homes that are closed to everybody but their learners, and a site that is the service's."""
    require("restic", shutil.which("restic"))
    shutil.copytree(empty_restic, desk.folder / "backup")
    desk.write("campus.token", "unused", mode=0o600)
    desk.write("backup.password", PASSWORD, mode=0o600)
    hub = {
        "url": "http://127.0.0.1:1",
        "token": {"file": "campus.token"},
        "homes": f"{desk.folder}/homes/{{username}}",
        "backup": {"repository": "backup", "password": {"file": "backup.password"}},
    }
    desk.configure(hubs={"campus": hub})
    service.give(desk.folder)
    desk.alice = make_home(desk.folder / "homes", "alice", {"notes.txt": "mine"})
    for path in (desk.alice, desk.alice / "notes.txt"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    desk.prefix = service.walled(desk.folder)
    return desk


def as_service(site, *args):
    """Run a command as the service does."""
    more = {"HOME": str(site.folder), "TMPDIR": "/var/tmp"}
    return site.run(*args, "--json", prefix=site.prefix, **more)


def test_others_homes_are_backed_up_proven_and_brought_back_as_their_learners(site):
    backed_up = as_service(site, "backup", "run", "campus")
    assert backed_up.code == 0, backed_up.err
    drilled = as_service(site, "backup", "drill", "campus")
    assert drilled.code == 0, drilled.err

    (site.alice / "notes.txt").unlink()
    back = as_service(site, "restore", "apply", "campus", "alice", "notes.txt", "--yes")

    assert back.code == 0, (back.out, back.err)
    status = (site.alice / "notes.txt").stat()
    assert (site.alice / "notes.txt").read_text() == "mine"
    assert (status.st_uid, stat.S_IMODE(status.st_mode)) == (LEARNER, 0o600)


def test_it_becomes_nobody_to_place_in_a_home_that_is_roots(site):
    assert as_service(site, "backup", "run", "campus").code == 0
    os.chown(site.alice, 0, 0)
    os.chown(site.alice / "notes.txt", 0, 0)
    assert as_service(site, "backup", "run", "campus").code == 0
    ask = ("restore", "apply", "campus", "alice", "notes.txt", "--to", "new", "--yes")
    back = as_service(site, *ask)
    assert "root" in json.dumps(back.document)
    assert [path.name for path in site.alice.iterdir()] == ["notes.txt"]


def test_outside_of_its_own_folders_it_writes_nothing(site):
    said = subprocess.run(
        [*site.prefix, "sh", "-c", f"echo x > {site.folder.parent}/elsewhere"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert said.returncode != 0
    assert "Read-only file system" in said.stderr


def test_learners_code_is_kept_apart_as_well_as_without_the_unit(site):
    """The sandbox says itself at which level its walls hold, by trying them."""
    look = (
        "import json, sys; from courseops.adapters.powers import keep_to_ourselves;"
        "from courseops.adapters.grading.walls.probe import choose; keep_to_ourselves();"
        f"found = choose({SYSTEM_PYTHON!r});"
        "print(json.dumps([found.level, [it.reason for it in found.faults]]))"
    )
    done = subprocess.run(
        [*site.prefix, sys.executable, "-c", look],
        capture_output=True, text=True, check=False, cwd=site.folder, env=site.environment(),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    level, faults = json.loads(done.stdout)
    assert level == "namespaces", faults


def test_each_power_that_the_unit_grants_is_bounded_and_has_its_reason(site):
    unit = UNIT.read_text()
    powers = settings_of(unit, "AmbientCapabilities")
    assert powers == settings_of(unit, "CapabilityBoundingSet")
    reasons = [line for line in unit.splitlines() if line.startswith("#   CAP_")]
    assert all(any(power in line for line in reasons) for power in powers)


@pytest.mark.parametrize("power", ["CAP_DAC_READ_SEARCH", "CAP_SETUID", "CAP_SETGID"])
def test_without_any_one_of_its_powers_the_work_fails(site, power):
    fewer = [it for it in settings_of(UNIT.read_text(), "AmbientCapabilities") if it != power]
    assert as_service(site, "backup", "run", "campus").code == 0
    (site.alice / "notes.txt").unlink()
    site.prefix = Service(as_account(SERVICE, fewer)).walled(site.folder)
    ask = ("restore", "apply", "campus", "alice", "notes.txt", "--yes")
    assert as_service(site, *ask).code != 0
    assert not (site.alice / "notes.txt").exists()


def test_the_unit_is_one_that_systemd_understands(require):
    require("systemd-analyze", shutil.which("systemd-analyze"))
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(UNIT)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    complaints = [
        line for line in said.stderr.splitlines() if line and "/opt/courseops" not in line
    ]
    assert complaints == []
