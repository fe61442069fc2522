"""Alerts that outlive a record that cannot be reached or written: kept here until it can be.

Just when the disk is full or the database gone, people have to be told so, and only once.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from courseops.errors import CourseOpsError
from courseops.events import log
from courseops.model.jobs.alert import Alert
from courseops.ports.jobs import Alerts


class SteadyAlerts:
    """The alerts of `record`, with what it did not take yet in the memory of this process."""

    def __init__(self, record: Alerts) -> None:
        self._record = record
        self._known: dict[str, Alert] = {}
        self._unkept: dict[str, Alert] = {}
        self._unforgotten: set[str] = set()

    def open(self) -> list[Alert]:
        """List what is wrong, as it is on record or was when the record was last reached."""
        self._catch_up()
        try:
            self._known = {alert.key: alert for alert in self._record.open()}
        except CourseOpsError as error:
            log().warning("alerts cannot be read", action="tell", error=str(error))
        there = {**self._known, **self._unkept}
        alerts = (alert for key, alert in there.items() if key not in self._unforgotten)
        return sorted(alerts, key=lambda alert: (alert.since, alert.key))

    def keep(self, alerts: Sequence[Alert]) -> None:
        """Keep alerts, each instead of the one with its key; here, until the record takes them."""
        self._unkept |= {alert.key: alert for alert in alerts}
        self._unforgotten -= self._unkept.keys()
        self._catch_up()

    def forget(self, keys: Collection[str]) -> None:
        """Forget alerts; what the record does not forget now, as soon as it can be reached."""
        self._unforgotten.update(keys)
        for key in keys:
            self._unkept.pop(key, None)
        self._catch_up()

    def _catch_up(self) -> None:
        if not self._unkept and not self._unforgotten:
            return
        try:
            self._record.keep(list(self._unkept.values()))
            self._record.forget(self._unforgotten)
        except CourseOpsError as error:
            log().warning("alerts cannot be kept", action="tell", error=str(error))
            return
        self._known |= self._unkept
        for key in self._unforgotten:
            self._known.pop(key, None)
        self._unkept.clear()
        self._unforgotten.clear()
