"""One course in two copies, nbgrader's and ours, and the commands that both sides run."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from classwork import COURSE, hand_in, write_course

from courseops.config.writing import config_text

_BIN = Path(sys.executable).parent


@dataclass(frozen=True, kw_only=True)
class Took:
    """What a command took, with all it started: by the clock, and of the processor's time."""

    wall: float
    cpu: float
    said: str


class Lesson:
    """A folder with a course, its exchange and a configuration of ours for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.course, self.exchange = folder / "course", folder / "exchange"
        self.config = folder / "config.toml"

    @property
    def gradebook(self) -> Path:
        return self.course / "gradebook.db"

    def write(self, *assignments: str) -> None:
        """Write the course, and release its assignments by nbgrader's own command."""
        write_course(self.course, self.exchange)
        self.configure()
        for name in assignments:
            self.nbgrader("generate_assignment", name)
            self.nbgrader("release_assignment", name)

    def hand_in(self, assignment: str, count: int) -> None:
        """Let a class submit."""
        inbound = self.exchange / COURSE / "inbound"
        hand_in(self.course / "release" / assignment, inbound, assignment, count)

    def copy(self, folder: Path) -> Lesson:
        """Give a second lesson that is at the same point, with an exchange of its own."""
        shutil.copytree(self.folder, folder)
        lesson = Lesson(folder)
        settings = lesson.course / "nbgrader_config.py"
        settings.write_text(settings.read_text().replace(str(self.exchange), str(lesson.exchange)))
        lesson.configure()
        return lesson

    def configure(self, **grading: object) -> None:
        hub = {"url": "http://127.0.0.1:1", "token": {"env": "NO_TOKEN"}}
        course = {"hub": "campus", "folder": str(self.course)}
        if grading:
            course["grading"] = grading
        self.config.write_text(config_text({}, {"campus": hub}, {COURSE: course}))

    def nbgrader(self, *words: str) -> Took:
        """Run nbgrader's command in the course, as a teacher would."""
        return run([str(_BIN / "nbgrader"), *words], self.course)

    def courseops(self, *words: str) -> Took:
        """Run our command."""
        return run([str(_BIN / "courseops"), *words, "--config", str(self.config)], self.folder)

    def assignment(self, verb: str, name: str, *more: str) -> Took:
        """Run one of our commands on an assignment."""
        return self.courseops("assignment", verb, COURSE, name, "--json", *more)


def run(command: list[str], cwd: Path) -> Took:
    """Run a command to its end; whatever it says goes into what it took."""
    path = os.pathsep.join([str(_BIN), os.environ["PATH"]])
    environment = {"PATH": path, "HOME": str(cwd), "LANG": "C.UTF-8"}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 3):
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr[-3000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Took(wall=wall, cpu=cpu, said=done.stdout)


@contextlib.contextmanager
def folder_for(given: Path | None) -> Iterator[Path]:
    """Give the folder that was asked for, or one for the length of a benchmark."""
    if given is not None:
        given.mkdir(parents=True, exist_ok=True)
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="courseops-benchmark-") as folder:
        yield Path(folder)


def failures(took: Took) -> list[str]:
    """Name who failed, of what one of our commands said."""
    outcomes = json.loads(took.said)["outcomes"]
    return [f"{it['subject']}: {it['reason']}" for it in outcomes if it["status"] == "failed"]
