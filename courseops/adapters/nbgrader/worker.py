"""The child process that holds nbgrader: one JSON request a line in, one JSON answer a line out.

`python -m courseops.adapters.nbgrader.worker`. The first request opens a course; the rest are
verbs of `inside.verbs`. What nbgrader, its kernels and learners' code print goes to the log
that is this process's standard error, never into the answers.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
from typing import BinaryIO


def main() -> None:
    """Answer requests until there are no more."""
    requests, answers = _take_the_pipes()
    # Only now: from here on, whatever an import prints goes to the log. Nothing of what is
    # loaded goes again; looking for what could takes its time.
    gc.disable()
    responder = importlib.import_module("courseops.adapters.nbgrader.inside.verbs").Responder()
    gc.freeze()
    gc.enable()
    for line in requests:
        request = json.loads(line)
        answer = responder.respond(request["verb"], request["arguments"])
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


def _take_the_pipes() -> tuple[BinaryIO, BinaryIO]:
    """
    Move the two pipes to descriptors of our own, which kernels do not inherit.

    Standard input becomes empty and standard output becomes the log.
    """
    requests, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return os.fdopen(requests, "rb"), os.fdopen(answers, "wb")


if __name__ == "__main__":
    main()
