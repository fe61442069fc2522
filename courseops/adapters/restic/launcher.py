"""Start restic: secrets through pipes, an environment of our own making, a deadline.

restic is told everything on its command line or by descriptors. Nothing of our own
environment reaches it but what a program needs to run, so that a RESTIC_PASSWORD or
RESTIC_REPOSITORY that happens to be set cannot change what it works on:
https://restic.readthedocs.io/en/stable/040_backup.html#environment-variables
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from courseops.adapters import process
from courseops.adapters.folders import make_private
from courseops.adapters.restic import arguments
from courseops.errors import RefusedError

# Its own clean-up, above all of its lock, may take a round trip to a far repository.
GRACE_SECONDS = 30
# What any pipe takes without a reader: https://man7.org/linux/man-pages/man7/pipe.7.html
_PIPE_BYTES = 4096
# What restic calls a repository that is not of this machine: "sftp:…", "s3:…", "rest:…".
_SCHEME = re.compile(r"[a-z0-9]+:")
_INHERITED = (
    "PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR",
    "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Launcher:
    """How restic is started on one repository; `password` is asked anew for each start."""

    program: str
    repository: str
    password: Callable[[], str]
    cache: Path
    environment: Mapping[str, str]

    def version(self) -> str:
        """Ask restic for its version, once for each program file; that needs no repository."""
        found = shutil.which(self.program)
        if found is None:
            raise process.missing(self.program)
        status = Path(found).stat()
        return _version_of(found, (status.st_ino, status.st_size, status.st_mtime_ns))

    @property
    def folder(self) -> Path | None:
        """Give the folder of a repository of this machine; None for any other."""
        place = self.repository.removeprefix("local:")
        return None if _SCHEME.match(place) else Path(place)

    def run(
        self,
        line: Sequence[str],
        *,
        timeout_seconds: float,
        stdin: bytes = b"",
        stdout: int | None = None,
        cwd: Path | None = None,
        source: Launcher | None = None,
        is_stuck: Callable[[], bool] | None = None,
    ) -> process.Finished:
        """
        Run one restic command to its end, whatever that is; `source` is where it copies from.

        Raises:
            UnreachableError: it was not done in time, or got stuck; it was asked to stop.
        """
        with ExitStack() as opened:
            repository_fd, password_fd = opened.enter_context(self._opened())
            opening = arguments.opening(
                self.program, repository_fd=repository_fd, password_fd=password_fd
            )
            further: tuple[int, ...] = ()
            if source is not None:
                further = opened.enter_context(source._opened())
                opening += arguments.copied_from(repository_fd=further[0], password_fd=further[1])
            if not self.has_cache():
                opening += ["--no-cache"]
            return process.run(
                [*opening, *line],
                env=self._environment(source),
                timeout_seconds=timeout_seconds,
                stdin=stdin,
                stdout=stdout,
                cwd=cwd,
                pass_fds=(password_fd, repository_fd, *further),
                grace_seconds=GRACE_SECONDS,
                is_stuck=is_stuck,
                with_powers=True,
            )

    @contextmanager
    def _opened(self) -> Iterator[tuple[int, int]]:
        """Give descriptors to read the repository's place and its password from."""
        with _pipe(self._secret()) as password_fd, _pipe(self.repository) as repository_fd:
            yield repository_fd, password_fd

    def _secret(self) -> str:
        password = self.password()
        if not password or "\n" in password or "\0" in password:
            raise RefusedError(
                "the repository's password is empty or more than one line",
                hint="see what the file or command for it in config.toml gives",
            )
        return password

    def _environment(self, source: Launcher | None) -> dict[str, str]:
        # Without HOME, as under systemd, restic 0.19 fails unless it is given a cache.
        return {
            **_inherited(),
            **(_storage(source.environment) if source else {}),
            **_storage(self.environment),
            "RESTIC_CACHE_DIR": str(self.cache),
            "RESTIC_PROGRESS_FPS": "0.2",
        }

    def has_cache(self) -> bool:
        """Make restic's cache, which is ours alone, and say whether it is there."""
        try:
            make_private(self.cache)
        except OSError:
            return False
        return True


def _inherited() -> dict[str, str]:
    return {name: os.environ[name] for name in _INHERITED if name in os.environ}


def _storage(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if not name.startswith("RESTIC_")}


@lru_cache(maxsize=16)
def _version_of(program: str, _file: tuple[int, int, int]) -> str:
    answer = process.run([program, "version"], env=_inherited(), timeout_seconds=60)
    return answer.stdout.decode(errors="replace")


@contextmanager
def _pipe(text: str) -> Iterator[int]:
    """Give the reading end of a pipe that holds one line."""
    line = f"{text}\n".encode(errors="surrogateescape")
    if len(line) > _PIPE_BYTES:
        raise RefusedError("a password or repository of more than 4095 bytes is not taken")
    reading, writing = os.pipe()
    try:
        try:
            os.write(writing, line)
        finally:
            os.close(writing)
        yield reading
    finally:
        os.close(reading)
