"""What is wrong is kept whole in every store, however many runs end at once."""

from concurrent.futures import ThreadPoolExecutor

from courseops.adapters.locks import FileLocks
from courseops.model.notice import Stage
from tests.support.telling import SAMPLE, SYNC, Desk, done, down


def test_a_hub_that_was_down_is_told_once_and_is_over_once(store):
    desk = Desk(store=store)
    desk.run(SAMPLE, down("campus"))
    desk.run(SYNC, down("c1"), down("c2"))
    assert [(stage, scope) for stage, scope, _ in desk.said()] == [(Stage.NEW, "hub/campus")]
    (alert,) = store.alerts.open()
    places = ("usage-sample hub/campus", "roster-sync course/c1", "roster-sync course/c2")
    assert alert.met == tuple(f"job/{place}" for place in places)
    assert (alert.runs, alert.owing) == (2, ())

    desk.run(SYNC, done("c1"), done("c2"))
    assert [(stage, scope) for stage, scope, _ in desk.said()] == [(Stage.OVER, "hub/campus")]
    assert store.alerts.open() == []


def test_runs_that_end_at_once_lose_nothing_of_each_other(store, tmp_path):
    desk = Desk(store=store, locks=FileLocks(tmp_path / "locks"))
    with ThreadPoolExecutor(8) as several:
        list(several.map(lambda n: desk.run(SYNC, down(f"c{n}"), by_hand=True), range(24)))
    (alert,) = store.alerts.open()
    assert set(alert.met) == {f"job/roster-sync course/c{number}" for number in range(24)}
    assert alert.runs == 24
