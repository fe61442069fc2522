"""A Dask scheduler and its workers on this machine, as processes of their own."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

from distributed import Client

_START_SECONDS = 60


@contextlib.contextmanager
def cluster(workers: int) -> Iterator[str]:
    """Start a cluster on loopback; give the scheduler's address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    dask = [sys.executable, "-m", "distributed.cli"]
    scheduler = [*dask[:2], "distributed.cli.dask_scheduler", "--host", "127.0.0.1"]
    commands = [[*scheduler, "--port", str(port), "--no-dashboard"]]
    worker = [*dask[:2], "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny"]
    commands += [[*worker, "--no-dashboard"] for _ in range(workers)]
    with contextlib.ExitStack() as stack:
        for command in commands:
            process = stack.enter_context(
                subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            )
            stack.callback(process.terminate)
        _wait_for(address, workers)
        yield address


def _wait_for(address: str, workers: int) -> None:
    give_up = time.monotonic() + _START_SECONDS
    while True:
        with contextlib.suppress(OSError), Client(address, timeout=5) as client:
            client.wait_for_workers(workers, timeout=_START_SECONDS)
            return
        if time.monotonic() > give_up:
            raise SystemExit("the Dask cluster did not come up")
