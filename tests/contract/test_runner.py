"""A run is carried out apart from us, told of once when it is over, and stopped when asked."""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from courseops.adapters.memory.runner import MemoryRunner
from courseops.adapters.runner import ChildRunner, Order
from courseops.errors import CourseOpsError
from courseops.model.jobs.job import Job
from courseops.model.run import Run

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
JOB = Job(name="nightly", description="", action="backup", cron="0 2 * * *")
# It says who it is, and goes on until it is told to end, or for ever, as its name says.
CHILD = """
import os, pathlib, signal, subprocess, sys, time
from courseops.adapters.runner import Order
order = Order.read(sys.stdin.buffer.read())
folder = pathlib.Path(order.config["folder"])
if order.run.id == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if order.run.id == "parent":
    subprocess.Popen(["sleep", "1000"])
(folder / "order").write_bytes(order.spell())
(folder / f"{order.run.id}.begun").write_text(str(os.getpid()))
while not (folder / f"{order.run.id}.end").exists():
    time.sleep(0.01)
sys.exit(int((folder / f"{order.run.id}.end").read_text()))
"""


def run_called(name: str) -> Run:
    return Run(id=name, action="backup", scope=JOB.scope, actor="daemon", started_at=NOW)


def wait_for(happened, seconds=60):
    deadline = time.monotonic() + seconds
    while not (found := happened()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return found


class MemoryWorld:
    def __init__(self) -> None:
        self.runner = MemoryRunner()

    def end(self, name: str) -> None:
        self.runner.end(name)

    def broken(self) -> MemoryRunner:
        return MemoryRunner(exhausted=True)


class ChildWorld:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        script = folder / "child.py"
        script.write_text(CHILD)
        self.runner = self.with_program(sys.executable, str(script))

    def with_program(self, *program: str) -> ChildRunner:
        return ChildRunner({"folder": str(self.folder)}, grace_seconds=0.5, program=program)

    def process(self, name: str) -> psutil.Process:
        begun = self.folder / f"{name}.begun"
        return psutil.Process(int(wait_for(lambda: begun.exists() and begun.read_text())))

    def end(self, name: str, code: int = 0) -> None:
        self.process(name)
        end = self.folder / f"{name}.end"
        end.with_suffix(".new").write_text(str(code))
        end.with_suffix(".new").rename(end)

    def broken(self) -> ChildRunner:
        return self.with_program("/nowhere/courseops")


@pytest.fixture
def children(tmp_path):
    world = ChildWorld(tmp_path)
    yield world
    for name in world.runner.running():
        world.runner.stop(name, "the test is over")
    wait_for(lambda: world.runner.ended() is not None and not world.runner.running())


@pytest.fixture(params=["memory", "children"])
def world(request):
    if request.param == "memory":
        return MemoryWorld()
    return request.getfixturevalue("children")


def test_what_was_started_runs_until_it_is_over_and_is_told_of_once(world):
    world.runner.start(JOB, run_called("one"), "owner")
    world.runner.start(JOB, run_called("two"), "owner")
    assert world.runner.running() == {"one": JOB, "two": JOB}
    assert world.runner.ended() == []

    world.end("one")
    assert [run_id for run_id, _ in wait_for(world.runner.ended)] == ["one"]
    assert world.runner.ended() == []
    assert world.runner.running() == {"two": JOB}


def test_what_is_stopped_is_over_and_says_why(world):
    world.runner.start(JOB, run_called("one"), "owner")
    world.runner.stop("one", "it took too long")
    assert wait_for(world.runner.ended) == [("one", "it took too long")]
    world.runner.stop("one", "it took too long")
    assert world.runner.running() == {}


def test_where_nothing_can_be_started_it_says_so(world):
    runner = world.broken()
    with pytest.raises(CourseOpsError):
        runner.start(JOB, run_called("one"), "owner")
    assert runner.running() == {}


def test_a_child_is_told_all_in_its_standard_input_and_nothing_in_its_arguments(children):
    children.runner.start(JOB, run_called("one"), "whose-it-is")
    process = children.process("one")
    told = Order.read((children.folder / "order").read_bytes())
    assert (told.run, told.job, told.owner) == (run_called("one"), JOB, "whose-it-is")
    assert "whose-it-is" not in " ".join(process.cmdline()) + str(process.environ())


def test_a_child_that_ends_without_a_word_is_told_of_in_words(children):
    children.runner.start(JOB, run_called("one"), "owner")
    children.end("one", code=7)
    assert wait_for(children.runner.ended) == [("one", "its process ended with 7 without a word")]

    children.runner.start(JOB, run_called("two"), "owner")
    children.process("two").kill()
    words = "its process was killed by signal 9 without a word"
    assert wait_for(children.runner.ended) == [("two", words)]


@pytest.mark.parametrize("name", ["deaf", "parent"])
def test_one_that_will_not_stop_is_killed_with_all_that_it_started(children, name):
    children.runner.start(JOB, run_called(name), "owner")
    process = children.process(name)
    family = [process, *process.children(recursive=True)]
    children.runner.stop(name, "it took too long")
    assert wait_for(children.runner.ended) == [(name, "it took too long")]
    assert psutil.wait_procs(family, timeout=30)[1] == []


def test_one_that_overlooks_its_deadline_is_stopped_from_outside(children):
    job = Job(**{**vars(JOB), "deadline_minutes": 0.001})
    children.runner.start(job, run_called("deaf"), "owner")
    ((_, why),) = wait_for(children.runner.ended)
    assert why == "it took longer than its deadline of 0.001 minutes"
