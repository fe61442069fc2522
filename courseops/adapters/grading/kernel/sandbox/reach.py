"""Keep a trusted process out of reach of the untrusted ones that it starts."""

from __future__ import annotations

import os
import signal

from . import calls
from .walls import WallsError


def stay_out_of_reach() -> None:
    """
    Make this process one that its own user can neither trace, read nor signal into its code.

    No signal runs code of ours any more; for pid 1 that means that those from its own
    namespace are ignored (pid_namespaces(7)), SIGKILL and SIGSTOP included. Orphans come to us.

    Raises:
        WallsError: the kernel refuses.
    """
    calls.prctl("not being dumpable", calls.SET_DUMPABLE, 0)
    calls.prctl("adopting orphans", calls.SET_SUBREAPER, 1)
    for number in signal.valid_signals():
        # None: it is nothing that Python has set.
        if signal.getsignal(number) not in {signal.SIG_DFL, signal.SIG_IGN, None}:
            signal.signal(number, signal.SIG_DFL)


def die_with_parent(parent: int) -> None:
    """
    Let the kernel kill this process when the one that forked it, `parent`, ends.

    Raises:
        WallsError: it has ended already.
    """
    calls.prctl("dying with the parent", calls.SET_DEATH_SIGNAL, int(signal.SIGKILL))
    # 0 is what a parent outside of our pid namespace looks like.
    if os.getppid() not in (parent, 0):
        raise WallsError("the process that asked for walls is gone")
