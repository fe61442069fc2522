"""A hub of this machine comes up, says why when it does not, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from courseops.adapters.hub import JupyterHub
from courseops.demo.hub import LocalHub
from courseops.demo.visitor import Visitor
from courseops.errors import CourseOpsError, UnreachableError
from tests.support.hubs import never_pause

pytestmark = [
    pytest.mark.hub,
    pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="looks at /proc"),
]

FOREGROUND = """
import sys, time
from pathlib import Path
from courseops.demo.hub import LocalHub
LocalHub(Path(sys.argv[1])).start()
print("up", flush=True)
time.sleep(600)
"""


def at_work_in(folder: Path) -> set[int]:
    """Give the processes whose working folder is `folder` or below."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                where = (entry / "cwd").readlink()
            except OSError:
                continue
            if where.is_relative_to(folder):
                found.add(int(entry.name))
    return found


def wait_until_nobody_is_at_work_in(folder: Path) -> None:
    limit = time.monotonic() + 30
    while at_work_in(folder):
        assert time.monotonic() < limit, f"still there: {at_work_in(folder)}"
        time.sleep(0.1)


def test_a_hub_that_is_killed_leaves_neither_proxy_nor_server_behind(tmp_path):
    with LocalHub(tmp_path / "hub") as local:
        hub = JupyterHub(name="local", url=local.url, token=local.token, sleep=never_pause)
        with Visitor(local.url, "ada", local.password) as visitor:
            visitor.log_in()
            visitor.start_server()
        assert (local.homes / "ada").is_dir()
        assert (local.folder / "token").read_text().strip() == local.token
        for secret in local.folder / "token", local.folder / "jupyterhub_config.py":
            assert secret.stat().st_mode & 0o777 == 0o600
        assert len(at_work_in(local.folder)) >= 3
        os.kill(local.pid, signal.SIGKILL)

    wait_until_nobody_is_at_work_in(local.folder)
    with pytest.raises(UnreachableError):
        hub.users()


def test_a_hub_ends_with_the_process_that_started_it_even_if_that_was_killed(tmp_path):
    args = [sys.executable, "-c", FOREGROUND, str(tmp_path / "hub")]
    with subprocess.Popen(args, stdout=subprocess.PIPE, text=True) as starter:
        try:
            assert starter.stdout.readline() == "up\n"
            assert at_work_in(tmp_path)
        finally:
            starter.kill()

    wait_until_nobody_is_at_work_in(tmp_path)


def test_a_hub_that_does_not_come_up_shows_the_end_of_its_log(tmp_path):
    local = LocalHub(tmp_path, more_config="raise RuntimeError('no such course')\n")

    with pytest.raises(CourseOpsError, match="while starting") as failed:
        local.start()

    assert any("no such course" in line for line in failed.value.problems)
    assert str(local.log) in failed.value.hint
    assert not at_work_in(tmp_path)


def test_a_machine_without_jupyterhub_is_told_so(tmp_path):
    with pytest.raises(CourseOpsError, match="not here"):
        LocalHub(tmp_path / "hub", programs=tmp_path).start()
