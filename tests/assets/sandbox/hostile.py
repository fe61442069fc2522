"""Run a piece of hostile code behind walls, as the grader does, and say how it went.

Started by path with the learners' own Python: `python -I -B hostile.py`, what to do as JSON on
stdin. Nothing of the test suite is imported here.
"""

import importlib.util
import json
import os
import signal
import socket
import sys
import traceback


def load(folder):
    spec = importlib.util.spec_from_file_location(
        "walls", folder + "/__init__.py", submodule_search_locations=[folder]
    )
    package = importlib.util.module_from_spec(spec)
    sys.modules["walls"] = package
    spec.loader.exec_module(package)
    return package


def learner(sandbox, walls, asked, given, writer, kept):
    """Process B: what it says goes to the keeper, and so does what it did not catch."""

    def say(told):
        os.write(writer, json.dumps(told).encode() + b"\n")

    try:
        if not asked.get("keep_all"):
            sandbox.close_descriptors((writer, *kept))
        sandbox.confine(walls)
        exec(asked["code"], {"__name__": "__main__", "given": given, "say": say})
    except BaseException:
        say("Traceback " + traceback.format_exc())
    os._exit(0)


def keeper(sandbox, walls, asked, given, answers):
    """Process K: one notebook, then nobody is left."""
    reader, writer = os.pipe()
    kept = [given["alive"]] if "alive" in given else []
    child = os.fork()
    if not child:
        os.close(reader)
        learner(sandbox, walls, asked, given, writer, kept)
    os.close(writer)
    for descriptor in kept:
        os.close(descriptor)
    if asked.get("interrupt"):
        assert os.read(reader, 100) == b'"ready"\n'
        os.kill(child, signal.SIGINT)
    if asked.get("weigh"):
        assert os.read(reader, 100) == b'"ready"\n'
        weight = sandbox.memory_bytes_in_use()
    else:
        weight = 0
    _, status = os.waitpid(child, 0)
    left = -1
    if not asked.get("sloppy"):
        sandbox.end_everyone()
        try:
            os.waitpid(-1, os.WNOHANG)
            left = 1
        except ChildProcessError:
            left = 0
    os.set_blocking(reader, False)
    said = b""
    try:
        while chunk := os.read(reader, 1 << 16):
            said += chunk
    except BlockingIOError:
        pass
    told = {
        "said": [json.loads(line) for line in said.splitlines()],
        "code": os.waitstatus_to_exitcode(status),
        "left": left,
        "weight": weight,
    }
    os.write(answers, json.dumps(told).encode())
    os._exit(0)


def main():
    asked = json.load(sys.stdin)
    sandbox = load(asked["sandbox"])
    walls = sandbox.Walls.from_json(json.dumps(asked["walls"]))
    given = {"scratch": walls.scratch, "zygote": os.getpid(), **asked.get("given", {})}
    if walls.level == "none":
        given["scratch"] = os.getcwd()  # noqa: PTH109 - as little as possible is imported
    abstract = socket.socket(socket.AF_UNIX)
    abstract.bind(f"\0courseops-{os.getpid()}")
    abstract.listen()
    given["abstract"] = f"courseops-{os.getpid()}"
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            sandbox.enclose(walls)
            keeper(sandbox, walls, asked, given, writer)
        except BaseException as error:
            os.write(writer, json.dumps({"error": f"{type(error).__name__}: {error}"}).encode())
        os._exit(1)
    os.close(writer)
    if "alive" in given:
        os.close(given["alive"])
    told = os.read(reader, 1 << 16)
    _, status = os.waitpid(child, 0)
    told = json.loads(told)
    told["ended"] = os.waitstatus_to_exitcode(status)
    sys.stdout.write(json.dumps(told))


main()
