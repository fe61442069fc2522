"""Walls around learners' code, entered from inside a process that we forked for it.

Standard library and ctypes only, Python 3.10 or newer, relative imports only: this folder is
loaded in the course's own Python, under another name. Linux on x86_64 and aarch64.

The order in which a submission is run:

1. The zygote forks. The child calls `enclose(walls)`. At level "namespaces" it forks once
   more, and `enclose` **returns in pid 1 of the new namespaces only** (K, the keeper); the
   process between (A) closes its descriptors, waits, and ends as K ended. At the levels
   "inside" and "none" nothing is forked and the caller itself is K.
   A and K die with the process that forked them; killing A kills everything behind the walls.
   Call it in a process with one thread. K starts in `walls.scratch`, which is empty and belongs
   to the learner; it sees only the walls' paths, is out of reach of ptrace and signals, and has
   no capabilities but those it needs for writing files, killing, and becoming the learner.
   Descriptors stay open: call `close_descriptors(keep)` in K before the first notebook.
2. For each notebook K forks B. B calls `close_descriptors(keep)`, then `confine(walls)`, and
   only then reads anything of the learner's. `confine` cannot be undone. B leads a session of
   its own afterwards; K signals it by its pid.
3. When the notebook has ended, K calls `end_everyone()`: whatever was started behind the walls
   is killed and reaped. B's own status is returned by `os.wait4(pid, 0)` **before** that call.
   `memory_bytes_in_use()` is what everything behind the walls but K holds, for a limit over
   all processes together: `memory_bytes` bounds each process by itself.

Every failure is a `WallsError` whose text names the wall: never go on without it. Level "none"
sets limits only, and is for who said so in words; no code in here chooses it.
"""

from .confinement import confine
from .descriptors import close_descriptors
from .enclosure import enclose
from .leftovers import end_everyone, memory_bytes_in_use
from .reach import stay_out_of_reach
from .walls import Walls, WallsError

__all__ = [
    "Walls",
    "WallsError",
    "close_descriptors",
    "confine",
    "enclose",
    "end_everyone",
    "memory_bytes_in_use",
    "stay_out_of_reach",
]
