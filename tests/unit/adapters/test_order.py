"""What a run's process is told is what its daemon knew."""

from datetime import UTC, datetime

from courseops.adapters.run_log import RunLog
from courseops.adapters.runner import Order
from courseops.model.jobs.job import At, CatchUp, Job, Severity
from courseops.model.run import Run

DUE_AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_an_order_is_read_as_it_was_spelled():
    job = Job(
        name="collect",
        description="é",
        action="assignment-collect",
        at=At.DUE,
        after_minutes=0.5,
        options={"word": "1", "count": 1, "share": 1.0, "flag": True, "names": ("a", "b")},
        deadline_minutes=1.5,
        catch_up=CatchUp.EACH,
        notify={Severity.WARNING: (), Severity.PROBLEM: ("mail",)},
    )
    run = Run(
        id="r",
        action=job.action,
        scope=job.scope,
        actor="daemon",
        started_at=DUE_AT,
        job=job.name,
        due_at=DUE_AT,
        about="python101/hw1",
        attempt=2,
    )
    order = Order(run=run, owner="o", job=job, config={"site": {"name": "é"}})
    read = Order.read(order.spell())
    assert read == order
    # 1, 1.0 and True are equal, and not the same.
    assert repr(read.job) == repr(job)


def test_a_log_is_kept_in_private_and_not_without_end(tmp_path):
    log = RunLog(tmp_path / "state/logs", "run", limit_bytes=100)
    assert log.lines() == []
    for number in range(50):
        log.keep(f'{{"event": "line {number}"}}')
    *kept, last = log.lines()
    assert [line["event"] for line in kept] == [f"line {number}" for number in range(5)]
    assert last["event"].startswith("the log is full")
    assert log.path.stat().st_mode & 0o777 == 0o600
    assert log.path.parent.stat().st_mode & 0o777 == 0o700


def test_half_a_line_of_a_log_hides_no_other(tmp_path):
    log = RunLog(tmp_path, "run")
    log.keep('{"event": "begun"}')
    log.keep('{"event": "hal')
    log.keep('{"event": "ended"}')
    assert [line["event"] for line in log.lines()] == ["begun", "ended"]
