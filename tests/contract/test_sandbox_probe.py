"""Which level holds is found out by trying, and a level whose walls do not hold is never chosen."""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from courseops.adapters.grading.kernel.sandbox import Walls
from courseops.adapters.grading.walls import bubblewrap, probe
from courseops.errors import CourseOpsError
from courseops.model.assignments.sandbox import Level
from tests.support.sandbox import AS_ORDINARY, SANDBOX, SYSTEM_PYTHON

ROOT = Path(__file__).parents[2]
CHOOSE = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from courseops.adapters.grading.walls.probe import choose; print(choose(sys.argv[2]).level)"
)


@pytest.mark.system
def test_root_has_namespaces_and_every_wall_holds(require):
    require("root", os.geteuid() == 0)
    found = probe.choose(sys.executable)
    assert found.level is Level.NAMESPACES
    assert found.faults == ()


@pytest.mark.system
def test_no_mount_reaches_the_machine_even_where_mounts_are_shared(require):
    require("root", os.geteuid() == 0)
    script = (
        "mount --make-rshared / && cat /proc/self/mountinfo > $1/before && "
        '"$2" -c "$3" "$4" "$2" > $1/level && cat /proc/self/mountinfo > $1/after'
    )
    with tempfile.TemporaryDirectory() as name:
        args = ["unshare", "--mount", "--propagation", "private", "sh", "-ec", script, "sh", name]
        subprocess.run([*args, sys.executable, CHOOSE, str(ROOT)], check=True, timeout=60)
        folder = Path(name)
        assert (folder / "level").read_text().strip() == "namespaces"
        assert (folder / "before").read_text() == (folder / "after").read_text()


@pytest.mark.system
def test_bubblewrap_by_root_is_refused_because_nothing_bounds_roots_processes(require):
    require("root", os.geteuid() == 0)
    require("bwrap", shutil.which("bwrap"))
    told = probe._try(Level.BUBBLEWRAP, sys.executable, probe.readable_for(sys.executable), "bwrap")
    assert set(told["broken"]) == {"processes"}


@pytest.fixture
def system_python(require):
    require("the system's python3", Path(SYSTEM_PYTHON).exists())
    return SYSTEM_PYTHON


def test_nothing_is_chosen_where_nothing_holds(system_python, monkeypatch):
    told = {"broken": {"network": "a server outside can be reached"}, "lacking": []}
    monkeypatch.setattr(probe, "_try", lambda *_: told)
    found = probe.choose(system_python)
    assert found.level is Level.NONE
    assert not found.holds
    assert [fault.level for fault in found.faults] == [Level.NAMESPACES, Level.BUBBLEWRAP]
    assert all(
        "a server outside can be reached" in one.reason and one.to_do for one in found.faults
    )


@pytest.mark.parametrize("said", ["", "{}", "[]", "nonsense", '{"lacking": []}'])
def test_an_answer_that_says_less_than_all_is_no_success(said):
    told = probe._answer(["printf", "%s", said], b"")
    assert told.get("broken")


def test_without_bubblewrap_it_says_so(system_python):
    told = probe._try(Level.BUBBLEWRAP, system_python, (), "/nowhere/bwrap")
    assert "/nowhere/bwrap is not here" in told["broken"]["start"]


def test_no_interpreter_is_an_error():
    with pytest.raises(CourseOpsError, match="is not here"):
        probe.readable_for("/nowhere/python")


@pytest.mark.parametrize(
    ("left_out", "added", "noticed"),
    [
        ([], [], ""),
        (["--unshare-net"], [], "there is still a network"),
        ([], ["--ro-bind", "/tmp", "/tmp"], "is in sight"),
        ([], ["--tmpfs", "/home/learner"], "scratch: "),
    ],
)
def test_a_wall_that_was_left_out_is_noticed(
    system_python, require, monkeypatch, left_out, added, noticed
):
    require("bwrap", shutil.which("bwrap"))
    require("setpriv, as root", os.geteuid() == 0 and shutil.which("setpriv"))
    real = bubblewrap.command

    def weaker(walls, program, *, bwrap):
        args = [one for one in real(walls, program, bwrap=bwrap) if one not in left_out]
        end = args.index("--remount-ro", args.index("--tmpfs"))
        return [*AS_ORDINARY, *args[:end], *added, *args[end:]]

    monkeypatch.setattr(bubblewrap, "command", weaker)
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        Path(name).chmod(0o755)
        shutil.copytree(SANDBOX, f"{name}/sandbox")
        monkeypatch.setattr(probe, "_SANDBOX", Path(name, "sandbox"))
        readable = probe.readable_for(system_python)
        told = probe._try(Level.BUBBLEWRAP, system_python, readable, "bwrap")
    harm = "; ".join(f"{wall}: {what}" for wall, what in told["broken"].items())
    assert (noticed in harm) if noticed else not harm, harm


def test_walls_cross_a_pipe():
    walls = Walls(level="inside", readable=("/opt",), scratch_bytes=5, uid=7)
    assert Walls.from_json(walls.to_json()) == walls
    assert replace(walls, uid=None).learner_id == 1000


def test_the_sandbox_needs_nothing_of_ours():
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", str(SANDBOX)],
        input=b"{}",
        capture_output=True,
        check=False,
        cwd="/",
    )
    assert b"KeyError: 'walls'" in done.stderr
