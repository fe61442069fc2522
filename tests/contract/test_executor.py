"""Bytes go in, bytes come out: in this process, on this machine, on a Dask cluster."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from courseops.adapters.grading.workers.dask import DaskExecutor
from courseops.adapters.grading.workers.pool import LocalPool
from courseops.adapters.memory.executor import InlineExecutor
from courseops.errors import CourseOpsError, RefusedError, UnreachableError
from courseops.ports.grading import Executor, Parcel, Reply
from tests.support.stations import ECHO

# What is made once for all of these tests takes long.
pytestmark = pytest.mark.xdist_group("executor")

HERE = Path(__file__).parents[2]
ENVIRONMENT = {"PYTHONPATH": str(HERE)}

New = Callable[..., Executor]


@pytest.fixture(scope="session")
def scheduler() -> Iterator[str]:
    distributed = pytest.importorskip("distributed")
    # Its workers are processes of their own, which find our tests by the path they inherit.
    cluster = distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        silence_logs=True,
    )
    with cluster:
        yield cluster.scheduler_address


def new_executor(kind: str, request: pytest.FixtureRequest) -> New:
    if kind == "inline":
        return lambda **_options: InlineExecutor(ECHO)
    if kind == "pool":
        return lambda **options: LocalPool(station=ECHO, environment=ENVIRONMENT, **options)
    address = request.getfixturevalue("scheduler")
    return lambda **options: DaskExecutor(address, station=ECHO, environment=ENVIRONMENT, **options)


@pytest.fixture(params=["inline", "pool", "dask"])
def new(request: pytest.FixtureRequest) -> New:
    return new_executor(request.param, request)


@pytest.fixture(params=["pool", "dask"])
def new_outside(request: pytest.FixtureRequest) -> New:
    return new_executor(request.param, request)


def echo(number: int, size: int = 1) -> Parcel:
    return Parcel(subject=f"s{number}", verb="echo", content=bytes([number % 256]) * size)


def by_subject(replies: Iterator[Reply]) -> dict[str, Reply]:
    collected = list(replies)
    assert len({it.subject for it in collected}) == len(collected)
    return {it.subject: it for it in collected}


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def until(condition: Callable[[], Any], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


def pids(file: Path) -> list[int]:
    return [int(it) for it in file.read_text().split()] if file.exists() else []


def test_each_parcel_is_answered_once_with_the_bundle_that_all_share(new: New) -> None:
    replies = by_subject(new().run(lambda: b"bundle", [echo(it) for it in range(20)], workers=2))
    assert {it: reply.content for it, reply in replies.items()} == {
        f"s{it}": b"bundle:" + bytes([it]) for it in range(20)
    }


def test_parcels_larger_than_any_pipe_pass(new: New) -> None:
    size = 3 << 20
    replies = by_subject(
        new().run(lambda: b"b" * size, [echo(it, size) for it in range(3)], workers=1)
    )
    assert sorted(len(it.content) for it in replies.values()) == [2 * size + 1] * 3


def test_no_parcels_no_replies(new: New) -> None:
    assert list(new().run(lambda: b"bundle", [])) == []


def test_the_bundle_is_asked_for_once_and_before_the_first_parcel(new: New) -> None:
    asked: list[str] = []

    def bundle() -> bytes:
        asked.append("bundle")
        return b"bundle"

    def parcels() -> Iterator[Parcel]:
        for number in range(3):
            asked.append("parcel")
            yield echo(number)

    assert len(list(new().run(bundle, parcels(), workers=2))) == 3
    assert asked == ["bundle", "parcel", "parcel", "parcel"]


def test_what_goes_wrong_with_the_bundle_ends_the_run(new: New) -> None:
    def bundle() -> bytes:
        raise CourseOpsError("no such assignment")

    with pytest.raises(CourseOpsError, match="no such assignment"):
        list(new().run(bundle, [echo(1)]))


def test_parcels_are_asked_for_as_they_are_needed(new: New) -> None:
    asked: list[int] = []

    def parcels() -> Iterator[Parcel]:
        for number in range(100):
            asked.append(number)
            yield echo(number)

    replies = new().run(lambda: b"bundle", parcels(), workers=1)
    next(replies)
    assert len(asked) < 10
    replies.close()  # type: ignore[attr-defined]


def test_a_bundle_that_cannot_be_worked_with_is_refused(new: New) -> None:
    with pytest.raises(RefusedError, match="not with this bundle"):
        list(new().run(lambda: b"refuse", [echo(1)]))


def test_a_station_may_find_out_later_that_it_cannot_work_at_all(new: New) -> None:
    parcels = [echo(1), Parcel(subject="s", verb="refuse", content=b""), echo(2)]
    with pytest.raises(RefusedError, match="not with any parcel") as refusal:
        list(new().run(lambda: b"bundle", parcels, workers=1))
    assert refusal.value.problems == ("one wall: is down", "another: was never built")
    assert refusal.value.hint == "build one"


def test_a_crash_costs_the_parcel_that_caused_it_and_no_other(new_outside: New) -> None:
    parcels = [echo(it) for it in range(6)]
    parcels.insert(2, Parcel(subject="bad", verb="crash", content=b""))
    replies = by_subject(new_outside().run(lambda: b"bundle", parcels, workers=2))
    assert replies.pop("bad") == Reply(
        subject="bad",
        failure="crash",
        reason="the worker died over it, twice (exit code 3: the end is near)",
    )
    assert len(replies) == 6
    assert not any(it.failure for it in replies.values())


def test_a_parcel_whose_worker_was_lost_is_tried_once_more(
    new_outside: New, tmp_path: Path
) -> None:
    parcel = Parcel(subject="s", verb="crash once", content=str(tmp_path / "mark").encode())
    assert list(new_outside().run(lambda: b"bundle", [parcel])) == [
        Reply(subject="s", content=b"survived")
    ]


def test_what_hangs_is_killed_with_all_it_started(new_outside: New, tmp_path: Path) -> None:
    file = tmp_path / "pids"
    parcels = [Parcel(subject="bad", verb="hang", content=str(file).encode()), echo(1)]
    replies = by_subject(new_outside(parcel_seconds=0.5).run(lambda: b"bundle", parcels, workers=1))
    assert replies["bad"].failure == "timeout"
    assert not replies["s1"].failure
    assert len(pids(file)) == 4
    until(lambda: not any(map(alive, pids(file))))


def test_nothing_is_left_when_the_caller_stops_listening(new_outside: New, tmp_path: Path) -> None:
    file = tmp_path / "pids"
    hang = Parcel(subject="bad", verb="hang", content=str(file).encode())
    replies = new_outside().run(lambda: b"bundle", [echo(1), hang, echo(2)], workers=1)
    assert next(replies).subject == "s1"
    until(lambda: len(pids(file)) == 2)
    replies.close()  # type: ignore[attr-defined]
    until(lambda: not any(map(alive, pids(file))))


def test_workers_see_nothing_of_our_environment(
    new_outside: New, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "secret")
    parcel = Parcel(subject="s", verb="environment", content=b"")
    names = next(iter(new_outside().run(lambda: b"bundle", [parcel]))).content.decode().split()
    assert "PATH" in names
    assert "JUPYTERHUB_API_TOKEN" not in names


def test_workers_that_do_not_start_are_no_endless_story(new_outside: New) -> None:
    with pytest.raises(CourseOpsError, match=r"did not start .*it would not start"):
        list(new_outside().run(lambda: b"fail to start", [echo(1)]))


def test_a_worker_is_replaced_after_so_many_parcels(request: pytest.FixtureRequest) -> None:
    pool = new_executor("pool", request)(recycle_after=3)
    parcels = [Parcel(subject=str(it), verb="count", content=b"") for it in range(7)]
    told = [it.content.split() for it in pool.run(lambda: b"bundle", parcels, workers=1)]
    assert [int(number) for _, number in told] == [1, 2, 3, 1, 2, 3, 1]
    assert len({pid for pid, _ in told}) == 3


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_when_we_are_ended(sign: signal.Signals, tmp_path: Path) -> None:
    file = tmp_path / "pids"
    script = f"""
        from courseops.adapters.grading.workers.pool import LocalPool
        from courseops.ports.grading import Parcel
        pool = LocalPool(station={ECHO!r}, environment={ENVIRONMENT!r})
        hang = Parcel(subject="s", verb="hang", content={str(file)!r}.encode())
        list(pool.run(lambda: b"bundle", [hang], workers=1))
        """
    us = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stderr=subprocess.PIPE)
    until(lambda: len(pids(file)) == 2)
    us.send_signal(sign)
    us.communicate()
    worker, child = pids(file)
    until(lambda: not alive(worker))
    if sign is signal.SIGINT:
        until(lambda: not alive(child))
    elif alive(child):
        # What it started asks by itself to go with it, as kernels do; `sleep` does not.
        os.kill(child, signal.SIGKILL)


def test_a_dask_worker_that_is_lost_loses_nothing(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    bad = Parcel(
        subject="bad", verb="lose the machine once", content=str(tmp_path / "mark").encode()
    )
    parcels = [echo(it) for it in range(6)]
    parcels.insert(2, bad)
    replies = by_subject(new_executor("dask", request)().run(lambda: b"bundle", parcels))
    assert replies["bad"].content == b"survived"
    assert len(replies) == 7
    assert not any(it.failure for it in replies.values())


def test_a_scheduler_that_does_not_answer_is_named() -> None:
    pytest.importorskip("distributed")
    executor = DaskExecutor("tcp://127.0.0.1:9", connect_timeout_seconds=0.5)
    with pytest.raises(UnreachableError, match=r"tcp://127\.0\.0\.1:9"):
        list(executor.run(lambda: b"bundle", [echo(1)]))
