"""Keep what is wrong after each run of a job, and tell people: once when it begins, once when over.

What was told is on record, so that nobody is told twice, whoever runs; what a way did not take it
is told again, at each call, until it does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from courseops.errors import CourseOpsError, LockedError
from courseops.events import log
from courseops.model.jobs.alert import Alert, again, alert_of, gone
from courseops.model.jobs.alerting import OF_THE_DAEMON, Ran, alerts_after, is_held
from courseops.model.jobs.job import Job
from courseops.model.jobs.owed import Owed, Rules, key_of_way, notice_of, told
from courseops.model.rosters.plan import in_words, read_plan
from courseops.model.run import Ending, Run
from courseops.ports.ambient import Clock, Locks
from courseops.ports.jobs import Alerts, Slots
from courseops.ports.notices import Notifier
from courseops.ports.records import Plans, Runs

_TELL = "notices"
_WRITE = "alerts"
# To write down what is wrong takes a moment; nobody waits for it longer than that.
_WAIT_SECONDS = 10.0
_ASK_EVERY_SECONDS = 0.05


@dataclass(frozen=True, kw_only=True)
class TellPorts:
    """
    What it takes to tell people.

    `ways` opens the ways to tell them, by what they are called in `rules`; `site` is the school's
    name, as people are told it. `scope_of` gives the scope ("hub/campus") of a place where a job
    ran ("campus").
    """

    alerts: Alerts
    runs: Runs
    slots: Slots
    plans: Plans
    locks: Locks
    clock: Clock
    ways: Callable[[], Mapping[str, Notifier]]
    rules: Rules
    site: str
    scope_of: Callable[[Job, str], str]


def keep_alerts(ports: TellPorts, job: Job, run_id: str) -> None:
    """
    Keep what a run of a job that has ended met, and what it saw gone; nobody is told yet.

    Raises:
        CourseOpsError: it cannot be kept.
    """
    run = ports.runs.get(run_id)
    if run is None or _was_wanted(ports, run):
        return
    outcomes = tuple(
        replace(it, subject=ports.scope_of(job, it.subject)) for it in ports.runs.outcomes(run_id)
    )
    waiting = {held.scope: held.id for held in reversed(ports.runs.held())}
    ran = Ran(job=job, run=run, outcomes=outcomes, waiting=waiting)
    with _writing(ports):
        known = ports.alerts.open()
        ports.alerts.keep(alerts_after(known, ran, ports.rules.jobs, ports.clock.now()))


def keep_troubles(ports: TellPorts, daemon: str, troubles: Mapping[str, str]) -> None:
    """
    Keep what ails a daemon at present, in words, by what it is about, and what does no longer.

    Raises:
        CourseOpsError: it cannot be kept.
    """
    now = ports.clock.now()
    prefix = f"{OF_THE_DAEMON}{daemon} "
    mend = "the daemon tries again by itself; courseops status, and its log, say more"
    met = {
        f"{prefix}{subject}": alert_of(
            f"{prefix}{subject}", daemon, f"{subject}: {words}", mend, now
        )
        for subject, words in troubles.items()
    }
    with _writing(ports):
        known = {it.key: it for it in ports.alerts.open() if it.key.startswith(prefix)}
        over = [it for key, it in known.items() if key not in met and it.cleared_at is None]
        ports.alerts.keep(
            [
                *(again(known.get(key), it) for key, it in met.items()),
                *(gone(it, now) for it in over),
            ]
        )


def tell(ports: TellPorts) -> dict[str, CourseOpsError]:
    """
    Tell people what is to be told at this moment, in one notice a way; give the ways that failed.

    Raises:
        CourseOpsError: what is wrong cannot be read, or what was told cannot be kept.
    """
    with ExitStack() as alone:
        if not _can_hold(ports, _TELL, alone):
            return {}  # whoever holds it tells the same
        with _writing(ports):
            alerts = _unsettled(ports)
        owed = ports.rules.owed(alerts, ports.clock.now())
        if not owed:
            return {}
        failed = _send(ports, owed)
        with _writing(ports):
            _keep_told(ports, owed, failed)
        return failed


def _was_wanted(ports: TellPorts, run: Run) -> bool:
    """Say whether a run was stopped because a person said so, who needs nobody to tell them."""
    if run.ending is not Ending.INTERRUPTED:
        return False
    return run.due_at is None or bool(ports.slots.cancelled_by(run.id))


def _unsettled(ports: TellPorts) -> list[Alert]:
    """Give the alerts, and forget those of which there is nothing more to tell."""
    now = ports.clock.now()
    alerts = ports.alerts.open()
    settled = {it.key for it in alerts if ports.rules.is_settled(it, now)} | _decided(ports, alerts)
    ports.alerts.forget(settled)
    return [alert for alert in alerts if alert.key not in settled]


def _decided(ports: TellPorts, alerts: Iterable[Alert]) -> set[str]:
    """Give the plans that wait no longer: whoever decided about one knows."""
    held = [alert for alert in alerts if is_held(alert)]
    waiting = {run.id for run in ports.runs.held()} if held else set()
    return {alert.key for alert in held if alert.run_id not in waiting}


def _send(ports: TellPorts, owed: Sequence[Owed]) -> dict[str, CourseOpsError]:
    failed = {}
    plans = _plans(ports, owed)
    for name, way in ports.ways().items():
        mine = [it for it in owed if name in it.ways]
        if not mine:
            continue
        notice = notice_of(mine, ports.site, ports.rules.peace.zone, plans)
        try:
            way.tell(notice)
        except CourseOpsError as error:
            failed[name] = error
            words = {"error": str(error), "hint": error.hint}
            log().warning("notice was not taken", action="tell", way=name, **words)
        else:
            log().info("people were told", action="tell", way=name, matters=len(notice.matters))
    return failed


def _plans(ports: TellPorts, owed: Iterable[Owed]) -> dict[str, tuple[str, ...]]:
    """Give what the runs would do that wait for a person, by their id."""
    found = {}
    for run_id in {it.alert.run_id for it in owed if is_held(it.alert)}:
        run = ports.runs.get(run_id)
        kept = ports.plans.find(run.plan, run.scope) if run else None
        if kept:
            found[run_id] = in_words(read_plan(kept.document).changes)
    return found


def _keep_told(
    ports: TellPorts, owed: Sequence[Owed], failed: Mapping[str, CourseOpsError]
) -> None:
    """Write down who was told, on the alerts as they are by now, and which ways do not work."""
    now = ports.clock.now()
    known = {alert.key: alert for alert in ports.alerts.open()}
    after = {
        it.alert.key: told(known[it.alert.key], it, [way for way in it.ways if way in failed], now)
        for it in owed
        if it.alert.key in known
    }
    for way in {way for it in owed for way in it.ways}:
        key = key_of_way(way)
        was = after.get(key) or known.get(key)
        if way in failed:
            error = failed[way]
            after[key] = again(was, alert_of(key, key, str(error), error.hint, now))
        elif was is not None and was.cleared_at is None:
            after[key] = gone(was, now)
    ports.alerts.keep(list(after.values()))
    ports.alerts.forget([it.key for it in after.values() if ports.rules.is_settled(it, now)])


@contextmanager
def _writing(ports: TellPorts) -> Iterator[None]:
    """Be alone in changing what is on record of alerts; who has waited for long goes on anyway."""
    until = time.monotonic() + _WAIT_SECONDS
    with ExitStack() as held:
        while not _can_hold(ports, _WRITE, held) and time.monotonic() < until:
            time.sleep(_ASK_EVERY_SECONDS)
        yield


def _can_hold(ports: TellPorts, name: str, held: ExitStack) -> bool:
    """Hold a lock, unless another has it; one that nobody can have keeps nobody from telling."""
    try:
        held.enter_context(ports.locks.hold(name))
    except LockedError:
        return False
    except CourseOpsError as error:
        log().warning("nobody can be alone", action="tell", lock=name, error=str(error))
    return True
