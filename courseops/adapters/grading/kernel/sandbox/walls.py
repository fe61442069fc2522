"""What walls to put up, as a value that crosses a pipe as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

LEVELS = ("namespaces", "inside", "none")
LEARNER_ID = 1000
# What programs need besides their own interpreter; what is not there is left out. Debian keeps
# links to BLAS in /etc/alternatives and R's settings in /etc/R.
SYSTEM = (
    "/usr",
    *("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store"),
    *("/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache", "/etc/localtime", "/etc/timezone"),
    *("/etc/mime.types", "/etc/protocols", "/etc/services", "/etc/R", "/etc/matplotlibrc"),
)
# nbgrader's exchange lies below /usr where nobody has moved it.
EXCHANGE = "/usr/local/share/nbgrader"


class WallsError(Exception):
    """A wall could not be put up; nothing of a learner's may run in this process."""


@dataclass(frozen=True)
class Walls:
    """
    The walls around one submission: sizes in bytes, times in seconds.

    `level` is "namespaces", "inside" (bubblewrap has put up the outer walls already) or
    "none" (limits only).
    `readable` paths, with those of `SYSTEM`, are seen inside under their own names, read-only;
    `hidden` ones below them, with `EXCHANGE`, are seen empty. `scratch` is where the writable
    folder appears inside.
    `sockets` is a folder of ours, seen inside under its own name and writable; "" for none.
    `scratch_bytes` bounds the scratch folder, /tmp and /dev/shm together. `memory_bytes`,
    `cpu_seconds` and `open_files` hold for each process, `file_bytes` for each file,
    `processes` for all of the learner's processes: as root, for all with the same `uid`, so
    give submissions that run at the same time one each.
    `uid` is whom learners' code becomes where we are root, who must give one; None elsewhere.
    """

    level: str
    readable: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    scratch: str = "/home/learner"
    scratch_bytes: int = 256 << 20
    sockets: str = ""
    memory_bytes: int = 2048 << 20
    cpu_seconds: int = 300
    processes: int = 64
    open_files: int = 256
    file_bytes: int = 200 << 20
    uid: int | None = None

    def __post_init__(self) -> None:
        """
        Refuse what no wall could be built from.

        Raises:
            WallsError: an unknown level, or a learner who would be root.
        """
        if self.level not in LEVELS:
            raise WallsError(f"there is no level {self.level!r}")
        if self.uid is not None and self.uid <= 0:
            raise WallsError("learners' code must not become root")
        for path in (*self.readable, *self.hidden, self.scratch, self.sockets):
            if path and not path.startswith("/"):
                raise WallsError(f"the path {path!r} is not absolute")

    @property
    def learner_id(self) -> int:
        """Give the user and group id that learners' code sees as its own behind namespaces."""
        return LEARNER_ID if self.uid is None else self.uid

    def to_json(self) -> str:
        """Spell it as one line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Walls:
        """
        Read what `to_json` wrote.

        Raises:
            WallsError: it is something else.
        """
        try:
            told = json.loads(text)
            for name in ("readable", "hidden"):
                told[name] = tuple(told.get(name, ()))
            return cls(**told)
        except (ValueError, TypeError, AttributeError) as error:
            raise WallsError(f"these are no walls: {error}") from error
