"""The child process that holds nbgrader: one JSON request a line in, one JSON answer a line out.

`python -m courseops.adapters.nbgrader.worker`. The first request opens a course; the rest are
verbs of `inside.verbs`. Bytes that are `attached` to a request follow its line. What nbgrader,
its kernels and learners' code print goes to the log that is this process's standard error,
never into the answers.
"""

from __future__ import annotations

import json

from courseops.adapters.child_side import load_for_good, take_the_pipes

_VERBS = "courseops.adapters.nbgrader.inside.verbs"


def main() -> None:
    """Answer requests until there are no more."""
    requests, answers = take_the_pipes()
    # Only now: from here on, whatever an import prints goes to the log.
    responder = load_for_good(_VERBS).Responder()
    for line in requests:
        request = json.loads(line)
        arguments = request["arguments"]
        if request["attached"] is not None:
            arguments["attached"] = requests.read(request["attached"])
        answer = responder.respond(request["verb"], arguments)
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    main()
