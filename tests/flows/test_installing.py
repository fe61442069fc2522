"""The lines of the how-to, run as they stand there, on a machine of their own as far as they write.

A private mount namespace stands in for the machine: whatever the lines change is gone with it. What
needs the network or a running systemd is left out.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.backup import LEARNER, PASSWORD, make_home
from tests.support.command import Desk

pytestmark = [pytest.mark.system, pytest.mark.restic, pytest.mark.timeout(300)]

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/how-to/run-unattended.md"
LEFT_OUT = ("python3 -m venv", "/opt/courseops/bin/pip", "systemctl", "journalctl", "courseops")

# What the lines write to is our own; what they read of it, the machine's.
MACHINE = """
set -eu
here=$1
cp -a /etc "$here/etc"
mount --bind "$here/etc" /etc
for folder in /opt /srv /var/lib /usr/local/bin /usr/lib/sysusers.d /usr/lib/tmpfiles.d; do
    mount -t tmpfs -o mode=755 private "$folder"
done
mkdir -p /etc/systemd/system /etc/courseops /opt/courseops
ln -s "$2" /opt/courseops/bin
cp "$here"/files/* /etc/courseops/
cp -a "$here/repository" "$here/homes" /srv/
set -x
"""


def lines_of_the_page():
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    kept = [line for line in lines if not line.startswith(LEFT_OUT)]
    assert len(kept) >= 8, "the page has its lines elsewhere now"
    return kept


@pytest.fixture
def machine(tmp_path, require, empty_restic):
    """Give a function that runs lines on a machine on which courseops is installed by the page."""
    require("root", os.geteuid() == 0)
    for program in ("restic", "setpriv", "unshare", "systemd-sysusers", "systemd-tmpfiles"):
        require(program, shutil.which(program))
    shutil.copytree(empty_restic, tmp_path / "repository")
    make_home(tmp_path / "homes", "alice", {"notes.txt": "mine"}).chmod(0o700)
    desk = Desk(tmp_path / "files")
    desk.folder.mkdir()
    desk.write("campus.token", "unused")
    desk.write("backup.password", PASSWORD)
    hub = {
        "url": "http://127.0.0.1:1",
        "token": {"file": "campus.token"},
        "homes": "/srv/homes/{username}",
        "backup": {"repository": "/srv/repository", "password": {"file": "backup.password"}},
    }
    desk.configure(hubs={"campus": hub}, state="/var/lib/courseops")
    text = desk.config.read_text()
    desk.write("config.toml", f'{text}\n[daemon]\nlisten = ""\n')

    def run(*lines):
        script = MACHINE + "\n".join([*lines_of_the_page(), *lines])
        alone = ("unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh")
        return subprocess.run(
            [*alone, str(tmp_path), str(Path(sys.executable).parent)],
            cwd=ROOT,
            env={"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
            capture_output=True,
            text=True,
            check=False,
            timeout=200,
        )

    return run


def test_by_its_lines_root_backs_up_and_restores_as_the_service(machine):
    done = machine(
        "chown -R courseops: /srv/repository",
        "courseops backup run campus",
        "rm /srv/homes/alice/notes.txt",
        "courseops restore apply campus alice notes.txt --yes",
        'stat -c "%u %n" /srv/homes/alice/notes.txt',
        'find /var/lib/courseops /srv/repository ! -user courseops -exec echo "not its own:" {} +',
    )
    assert done.returncode == 0, done.stderr
    assert f"{LEARNER} /srv/homes/alice/notes.txt" in done.stdout
    assert "not its own:" not in done.stdout


def test_by_its_lines_doctor_finds_fault_with_nothing_but_the_hub_that_is_away(machine):
    done = machine("courseops doctor --json || true")
    assert done.returncode == 0, done.stderr
    assert '"exit_code"' not in done.stdout
    problems = re.findall(r'"level": "problem",\s+"subject": "([^"]*)"', done.stdout)
    assert {it for it in problems if "campus" in it} == set(problems), done.stdout


def test_the_account_can_log_in_nowhere_and_others_see_nothing_of_it(machine):
    done = machine(
        "getent passwd courseops",
        'stat -c "%a %U %G %n" /etc/courseops /etc/courseops/config.toml /var/lib/courseops',
    )
    assert done.returncode == 0, done.stderr
    assert "/var/lib/courseops:/usr/sbin/nologin" in done.stdout
    assert done.stdout.splitlines()[-3:] == [
        "750 root courseops /etc/courseops",
        "640 root courseops /etc/courseops/config.toml",
        "700 courseops courseops /var/lib/courseops",
    ]
