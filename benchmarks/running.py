"""A process that runs all the time, as the one that keeps a school in order does.

It syncs whenever it reads a line, and answers with what that took, by the clock and of its own
processor time, as one JSON line. What it loads, it has loaded before the first line.

    python benchmarks/running.py CONFIG
"""

from __future__ import annotations

import gc
import json
import sys
import time
from pathlib import Path

from courseops.actions.jobs.running import run_job
from courseops.adapters.memory.ambient import SilentProgress
from courseops.cli.logs import configure_logs
from courseops.config import load_config
from courseops.model.run import failures
from courseops.wiring import Site
from courseops.wiring.courses import roster_ports
from courseops.wiring.jobs import job_action, jobs_of

JOB = "roster-sync"


def sync(config: Path) -> None:
    site = _site(config)
    job = jobs_of(site)[JOB]
    outcomes = run_job(job, *job_action(site, job), note=lambda _outcome: None)
    site.close()
    assert not failures(outcomes), outcomes


def look(config: Path) -> None:
    """Read what a sync reads, once, so that everything is loaded."""
    site = _site(config)
    roster_ports(site, next(iter(site.config.courses))).read()
    site.close()


def _site(config: Path) -> Site:
    return Site(load_config(config), actor="benchmark", progress=SilentProgress())


def main() -> None:
    config = Path(sys.argv[1])
    configure_logs(verbose=False)
    look(config)
    # What is loaded stays for good, and Python's collector need not search it ever again.
    gc.collect()
    gc.freeze()
    print("ready", flush=True)
    for _ in sys.stdin:
        began, spent = time.monotonic(), time.process_time()
        sync(config)
        took = {"wall": time.monotonic() - began, "cpu": time.process_time() - spent}
        print(json.dumps(took), flush=True)


if __name__ == "__main__":
    main()
