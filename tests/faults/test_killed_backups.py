"""
A backup that is killed or interrupted loses nothing, and the next one goes on.

The suite kills three; `COURSEOPS_KILLS=50` as many as one likes.
"""

import os
import random
import shutil
import signal
import socket
import subprocess
import time
from datetime import UTC, datetime, timedelta

import psutil
import pytest

from courseops.adapters.restic.door import Deadlines
from courseops.errors import LockedError
from courseops.model.run import Ending
from tests.support.backends import serving
from tests.support.backup import PASSWORD, restic_at
from tests.support.faults import RESTIC, assert_heals, assert_kept
from tests.support.restic_format import plant_lock

pytestmark = [
    pytest.mark.restic,
    pytest.mark.timeout(1800),
    pytest.mark.xdist_group("killed-backups"),
]

KILLS = int(os.environ.get("COURSEOPS_KILLS", "3"))
BACKUP = ("backup", "run", "campus")
MEBIBYTE = 1 << 20


def family(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def wait_for(happened, seconds=60):
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def end(processes: list[psutil.Process]) -> None:
    """Kill what is left, and see it gone."""
    for each in processes:
        if each.is_running():
            each.kill()
    _, alive = psutil.wait_procs(processes, timeout=30)
    assert [it for it in alive if it.is_running() and it.status() != psutil.STATUS_ZOMBIE] == []


def test_killed_at_random_moments_nothing_is_lost_and_the_next_run_goes_on(site):
    # A seed of its own: whoever sees it fail can see it again.
    chance = random.Random(20260302)
    for turn in range(KILLS):
        (site.homes / "bob/data.bin").write_bytes(chance.randbytes(24 * MEBIBYTE))
        started = site.start(*BACKUP)
        process = psutil.Process(started.pid)
        wait_for(lambda process=process: len(family(process)) > 1)
        time.sleep(chance.uniform(0, 1.2))
        relatives = family(process)
        # Ours alone, restic alone, or both as when a machine goes down.
        for victim in chance.choice((relatives[:1], relatives[1:], relatives)):
            victim.kill()
        if turn % 2:
            end(relatives)
        started.wait(120)
        psutil.wait_procs(relatives, timeout=120)
        assert_kept(site)
        assert site.back_up().code == 0

    assert_heals(site)
    assert site.check("--read-data").code == 0
    assert Ending.RUNNING not in {run.ending for run in site.runs()}


def test_a_run_whose_process_was_killed_is_on_record_as_interrupted(site):
    with serving(site.repository) as storage:
        site.set_up(repository=storage.repository)
        (site.homes / "bob/data.bin").write_bytes(b"new")
        storage.close_gate()
        started = site.start(*BACKUP)
        assert storage.is_waited_at.wait(60)
        end(family(psutil.Process(started.pid)))
        started.wait(60)
        assert len(site.locks()) == 1

    site.set_up()
    assert_heals(site)
    endings = [run.ending for run in site.runs() if run.action == "backup-run"]
    assert endings == [Ending.DONE, Ending.INTERRUPTED, Ending.DONE]


@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
)
@pytest.mark.parametrize("whom", ["alone", "with-restic"])
def test_an_interrupted_backup_takes_its_lock_away_and_says_so(site, sent, code, whom):
    with serving(site.repository) as storage:
        site.set_up(repository=storage.repository)
        (site.homes / "bob/data.bin").write_bytes(b"new")
        storage.close_gate()
        process = psutil.Popen(
            [site.program, *BACKUP],
            env=site.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert storage.is_waited_at.wait(60)
        relatives = family(process)
        if whom == "alone":  # as a service manager does it, or a person with `kill`
            process.send_signal(sent)
        else:  # as Ctrl-C in a terminal does it
            os.killpg(process.pid, sent)
        said = process.stderr.read().decode()
        process.stderr.close()
        assert process.wait(60) == code
        assert "Traceback" not in said
        end(relatives[1:])

    site.set_up()
    assert_kept(site)
    if (sent, whom) != (signal.SIGTERM, "with-restic"):
        assert site.locks() == []  # restic 0.14 leaves it behind when it gets SIGTERM itself
    assert site.runs()[0].ending is Ending.INTERRUPTED
    assert_heals(site)


def ago(**span: float) -> datetime:
    return datetime.now(UTC) - timedelta(**span)


def gone_process() -> int:
    with subprocess.Popen(["true"]) as process:
        process.wait()
    return process.pid


def test_the_lock_of_a_process_that_is_gone_holds_nothing_up(site):
    plant_lock(
        site.repository,
        PASSWORD,
        host=socket.gethostname(),
        pid=gone_process(),
        at=ago(minutes=1),
        exclusive=True,
    )
    assert_heals(site)


def test_a_lock_that_another_host_left_long_ago_holds_nothing_up(site):
    plant_lock(site.repository, PASSWORD, host="elsewhere", pid=1, at=ago(hours=2), exclusive=True)
    assert_heals(site)


@pytest.fixture
def living():
    """Give a process that lives on; restic asks whether it does by a SIGHUP to it."""
    deaf = ["sh", "-c", "trap '' HUP; echo ready; exec sleep 600"]
    with subprocess.Popen(deaf, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        yield process.pid
        assert process.poll() is None
        process.kill()


@pytest.mark.parametrize("host", ["here", "elsewhere"])
def test_a_lock_that_may_be_held_is_left_alone_and_said(site, living, host):
    lock = plant_lock(
        site.repository,
        PASSWORD,
        host=socket.gethostname() if host == "here" else host,
        pid=living,
        at=ago(minutes=5),
    )
    impatient = restic_at(
        site.folder,
        repository=str(site.repository),
        program=shutil.which(RESTIC),
        deadlines=Deadlines(lock=0),
    )

    with pytest.raises(LockedError, match="is locked by") as failure:
        impatient.check()
    assert failure.value.hint
    assert lock.exists()

    # Nobody who only reads, or who adds, is held up by it.
    assert_kept(site)
    assert site.back_up().code == 0
    assert lock.exists()
    lock.unlink()
    assert_heals(site)
