"""End what a hub leaves behind when it is killed: its proxy and its single-user servers.

A hub that is asked to end does this itself. Each of them is a session of its own, so only
their ids tell where they are: the proxy's in a file, the servers' in the hub's database. The
kernel hands ids out again, so a process is ended only if its command line is the expected
one, which Linux shows under /proc (https://man7.org/linux/man-pages/man5/proc_pid_cmdline.5.html).
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
from contextlib import closing, suppress
from pathlib import Path


def end_leftovers(folder: Path) -> None:
    """End the proxy and the single-user servers of the hub that ran in `folder`."""
    for pid in _proxy_pids(folder / "proxy.pid"):
        _end(pid, "configurable-http-proxy")
    for pid in _server_pids(folder / "jupyterhub.sqlite"):
        _end(pid, "jupyterhub-singleuser")


def _proxy_pids(file: Path) -> list[int]:
    try:
        return [int(file.read_text())]
    except (FileNotFoundError, ValueError):
        return []


def _server_pids(database: Path) -> list[int]:
    if not database.exists():
        return []
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        try:
            rows = connection.execute(
                "SELECT state FROM spawners WHERE server_id IS NOT NULL"
            ).fetchall()
        except sqlite3.Error:
            return []
    states = [json.loads(state or "{}") for (state,) in rows]
    return [state["pid"] for state in states if state.get("pid")]


def _end(pid: int, program: str) -> None:
    try:
        command_line = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return
    if program.encode() in command_line:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
