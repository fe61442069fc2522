"""Where a stock kernel's own program is started: what is asked of a sandbox, and of none.

`PlainLauncher` confines nothing. It is for courses whose owner trusts every learner's code,
and for tests; a sandbox offers the same by putting its own launcher in the place.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from courseops.adapters import process
from courseops.adapters.grading.stock.meeting import MeetingPlace, SharedFolder
from courseops.errors import CourseOpsError
from courseops.model.assignments.allowance import Allowance
from courseops.model.assignments.graded import ResourceUse

_LAST_WORDS_BYTES = 2000
_LONGEST_TEMPORARY = 40


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a program ended; `kind` as in KernelDiedError, `how` in words."""

    kind: str
    how: str


class Launched(Protocol):
    """A program that was started."""

    def poll(self) -> Ended | None:
        """Say how it ended; None while it runs."""
        ...

    def interrupt(self) -> None:
        """Send SIGINT to it and to those of its process group."""
        ...

    def kill(self) -> None:
        """End it and everything it started, and wait until they are gone."""
        ...

    def last_words(self) -> str:
        """Give the end of what it wrote to its stderr, for people."""
        ...


class Launcher(Protocol):
    """One submission's sandbox, as far as a stock kernel's program needs it."""

    def meeting_place(self) -> MeetingPlace:
        """Make a folder for the sockets of one program; its path is short."""
        ...

    def launch(self, argv: Sequence[str], env: Mapping[str, str]) -> Launched:
        """
        Start a program in the scratch folder, with `env` on top of the sandbox's own.

        Raises:
            CourseOpsError: the program is not there, or may not be run.
        """
        ...

    def use(self) -> ResourceUse:
        """Say what its programs have used so far."""
        ...


class Launchers(Protocol):
    """Opens a place for one submission's programs."""

    def open(
        self, files: Mapping[str, bytes], allowance: Allowance
    ) -> AbstractContextManager[Launcher]:
        """Open one, with these files in its scratch folder."""
        ...


class PlainLaunchers:
    """Places without any walls; `path` is what programs find others by."""

    def __init__(self, *, path: str = os.defpath) -> None:
        self._path = path

    @contextmanager
    def open(self, files: Mapping[str, bytes], allowance: Allowance) -> Iterator[Launcher]:  # noqa: ARG002
        """Make a temporary folder with the files; it is removed at the end."""
        # Sockets have short names.
        usual = Path(tempfile.gettempdir())
        where = usual if len(str(usual)) < _LONGEST_TEMPORARY else Path("/tmp")  # noqa: S108
        root = Path(tempfile.mkdtemp(prefix="k-", dir=where))
        try:
            for name in ("scratch", "home", "tmp", "s"):
                (root / name).mkdir()
            _place(files, root / "scratch")
            yield PlainLauncher(root, path=self._path)
        finally:
            shutil.rmtree(root, ignore_errors=True)


def _place(files: Mapping[str, bytes], scratch: Path) -> None:
    for name, content in files.items():
        inside = PurePosixPath(name)
        if inside.is_absolute() or ".." in inside.parts or not inside.parts:
            raise CourseOpsError(f"the file name {name!r} leads out of the submission")
        (scratch / inside).parent.mkdir(parents=True, exist_ok=True)
        (scratch / inside).write_bytes(content)


class PlainLauncher:
    """A temporary folder, in which programs run with the rights of whoever started us."""

    def __init__(self, root: Path, *, path: str) -> None:
        self._root = root
        self._env = _environment(root, path)
        self._started_at = time.monotonic()
        self._cpu_seconds, self._memory_bytes = 0.0, 0

    def meeting_place(self) -> MeetingPlace:
        """Make a folder beside the scratch folder."""
        folder = self._root / "s" / uuid.uuid4().hex[:12]
        return SharedFolder(folder, inside=str(folder))

    def launch(self, argv: Sequence[str], env: Mapping[str, str]) -> Launched:
        """Start a program with nothing of our own environment."""
        # A file, for a pipe that nobody reads would stop a kernel that complains much.
        complaints = tempfile.TemporaryFile(dir=self._root / "tmp")  # noqa: SIM115 - lives on
        try:
            with Path(os.devnull).open("wb") as nowhere:
                program = process.start(
                    argv,
                    env={**self._env, **env},
                    cwd=self._root / "scratch",
                    stdout=nowhere.fileno(),
                    stderr=complaints.fileno(),
                )
        except BaseException:
            complaints.close()
            raise
        return _PlainProgram(program, complaints, self)

    def use(self) -> ResourceUse:
        """Give what the programs that ended have used."""
        return ResourceUse(
            wall_seconds=time.monotonic() - self._started_at,
            cpu_seconds=self._cpu_seconds,
            memory_bytes=self._memory_bytes,
        )

    def add(self, cpu_seconds: float, memory_bytes: int) -> None:
        """Count what one program has used."""
        self._cpu_seconds += cpu_seconds
        self._memory_bytes = max(self._memory_bytes, memory_bytes)


def _environment(root: Path, path: str) -> dict[str, str]:
    # What a kernel writes for itself shall not lie among the learner's files.
    own = ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR")
    return {
        "PATH": path,
        "HOME": str(root / "home"),
        "TMPDIR": str(root / "tmp"),
        "LANG": "C.UTF-8",
        "NBGRADER_EXECUTION": "autograde",
        **{name: str(root / "home" / name.lower()) for name in own},
    }


class _PlainProgram:
    def __init__(self, program: process.Process, complaints: IO[bytes], owner: PlainLauncher):
        self._program, self._complaints, self._owner = program, complaints, owner
        self._words = ""

    def poll(self) -> Ended | None:
        self._reap(os.WNOHANG)
        code = self._program.returncode
        if code is None:
            return None
        if code >= 0:
            return Ended(kind="crash", how=f"it ended with exit code {code}")
        kind = "cpu" if code == -signal.SIGXCPU else "crash"
        return Ended(kind=kind, how=f"it was ended by {signal.Signals(-code).name}")

    def _reap(self, flags: int) -> None:
        if self._program.returncode is not None:
            return
        # wait4 rather than Popen's own wait: it alone says what the program has used.
        pid, status, used = os.wait4(self._program.pid, flags)
        if pid:
            self._program.returncode = os.waitstatus_to_exitcode(status)
            self._owner.add(used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)

    def interrupt(self) -> None:
        self._signal(signal.SIGINT)

    def _signal(self, which: signal.Signals) -> None:
        if self._program.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._program.pid, which)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)
        self._reap(0)
        self._words = self.last_words()
        self._complaints.close()

    def last_words(self) -> str:
        if self._complaints.closed:
            return self._words
        return read_last_words(self._complaints.fileno())


def read_last_words(descriptor: int) -> str:
    """Read the end of the file into which a program complained."""
    start = max(0, os.fstat(descriptor).st_size - _LAST_WORDS_BYTES)
    return os.pread(descriptor, _LAST_WORDS_BYTES, start).decode(errors="replace").strip()
