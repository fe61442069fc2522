"""An executor in this very process, one parcel after the other: for tests, and for one machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager

from courseops.adapters.grading.workers.worker import GRADING, open_station
from courseops.errors import CourseOpsError, RefusedError
from courseops.ports.grading import Parcel, Reply


class InlineExecutor:
    """Answers parcels here and now; nothing protects us from what crashes or hangs."""

    def __init__(self, station: str = GRADING) -> None:
        self._station = station

    def run(
        self, bundle: Callable[[], bytes], parcels: Iterable[Parcel], *, workers: int = 0
    ) -> Iterator[Reply]:
        """
        Give a reply for each parcel, in order, whatever `workers` is.

        Raises:
            RefusedError: the station cannot work with this bundle.
        """
        del workers
        with ExitStack() as opened:
            opened.enter_context(_refusing())
            station = open_station(self._station, bundle())
            opened.callback(station.close)
            for parcel in parcels:
                content = station.answer(parcel.verb, parcel.content)
                yield Reply(subject=parcel.subject, content=content)


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except CourseOpsError as error:
        raise RefusedError(str(error), problems=error.problems, hint=error.hint) from error
