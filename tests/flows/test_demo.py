"""The demonstration: green, quiet, and gone without a trace, also after Ctrl-C."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.command import PROGRAM

pytestmark = [
    pytest.mark.hub,
    pytest.mark.nbgrader,
    pytest.mark.restic,
    pytest.mark.xdist_group("demo"),
]


@pytest.fixture
def scratch(tmp_path):
    """A folder for temporary files, in which everything of ours can be found."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    return folder


def start(desk, scratch, *args):
    return subprocess.Popen(
        [PROGRAM, "demo", *args],
        env=desk.environment(TMPDIR=str(scratch)),
        cwd=desk.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def processes_in(folder):
    """Name the processes that were started for anything in `folder`."""
    needle = str(folder).encode()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if needle in words and int(process.name) != os.getpid():
            yield words.split(b"\0")[:4]


@pytest.mark.timeout(600)
def test_a_whole_semester_and_nothing_left_behind(desk, scratch):
    playing = start(desk, scratch, "--students", "10", "--json")
    out, err = playing.communicate(timeout=500)
    assert playing.returncode == 0, err
    assert "Traceback" not in err
    assert "warning" not in err.lower()
    for title in (
        "JupyterHubs",
        "class list",
        "assignment",
        "Collected",
        "backed up",
        "work",
        "Use",
    ):
        assert title in err
    for line in ("stats: in their groups", "is not JSON", "was deleted", "did not end in time"):
        assert line in out
    assert list(scratch.iterdir()) == []
    assert list(processes_in(scratch)) == []


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_it_cleans_up_after_itself(desk, scratch, sent, code):
    playing = start(desk, scratch)
    deadline = time.monotonic() + 120
    while not list(scratch.glob("*/hubs/*/jupyterhub_config.py")) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(2)
    playing.send_signal(sent)
    out, err = playing.communicate(timeout=120)
    assert playing.returncode == code, err
    assert "Traceback" not in err + out
    assert list(scratch.iterdir()) == []
    assert list(processes_in(scratch)) == []


def test_a_folder_that_is_not_empty_is_left_alone(desk):
    (desk.folder / "mine").write_text("precious")
    said = desk.run("demo", "--keep", ".")
    assert said.code == 1
    assert [path.name for path in desk.folder.iterdir()] == ["mine"]
