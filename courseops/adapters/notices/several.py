"""Tell in every way there is, and say afterwards which of them failed."""

from __future__ import annotations

from collections.abc import Mapping

from courseops.errors import CourseOpsError
from courseops.model.notice import Notice
from courseops.ports.notices import Notifier


class SeveralNotifiers:
    """Ways to tell by what they are called; of none, it tells nobody and nothing fails."""

    def __init__(self, ways: Mapping[str, Notifier]) -> None:
        self._ways = dict(ways)

    def tell(self, notice: Notice) -> None:
        """
        Tell in every way, whatever the others do.

        Raises:
            CourseOpsError: some did not take the message; it names each, with its reason.
        """
        failed: dict[str, CourseOpsError] = {}
        for name, way in self._ways.items():
            try:
                way.tell(notice)
            except CourseOpsError as error:
                failed[name] = error
        if failed:
            why = "; ".join(f"{name}: {error}" for name, error in failed.items())
            raise CourseOpsError(
                f"not everybody was told about {notice.scope}: {why}",
                hint=next((error.hint for error in failed.values() if error.hint), ""),
            )
