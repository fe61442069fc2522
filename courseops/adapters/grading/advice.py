"""What a person can do about a submission that could not be graded, by the kind of its trouble."""

from __future__ import annotations

_AGAIN = "ask the learner to mend it and submit again"

_MEND = {
    "crash": "the learner's code ended Python itself (os._exit, a native crash); " + _AGAIN,
    "timeout": "look for an endless loop that cannot be interrupted, or raise wall_seconds in "
    "config.toml; " + _AGAIN,
    "cpu": "look for an endless loop, or raise cpu_seconds in config.toml; " + _AGAIN,
    "memory": "look for data that grows without end, or raise memory_mb in config.toml; " + _AGAIN,
    "output": "look for a print in a loop, or raise output_mb in config.toml; " + _AGAIN,
    "forbidden": "the code did what the sandbox does not allow: look at it before anything else",
    "protocol": "the code interfered with grading itself: look at it before anything else",
    "kernel": "install the kernel that the notebook needs, or ask the learner to submit a "
    "notebook with the assignment's own",
    "bad-path": "look at the submission's file names: they were made to lead elsewhere",
    "bad-timestamp": "put the time of submission into timestamp.txt as nbgrader writes it, "
    "for example 2026-03-02 09:00:00.000000 UTC, and autograde again",
}


def mend_for(kind: str) -> str:
    """Say what would mend trouble of this kind."""
    return _MEND.get(kind) or "see nbgrader's own words; ask the learner to submit again"
