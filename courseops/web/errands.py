"""Work that takes longer than a page may: done aside, while its own page says how far it is.

An errand is kept in memory, for whoever sent it; what it does is on record like any other run,
and goes on being so when this process ends.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from courseops.adapters.closing import Closing
from courseops.errors import CourseOpsError
from courseops.events import log
from courseops.web.sessions import unguessable
from courseops.wiring import Site

_AT_ONCE = 4
_MOST = 500


@dataclass(kw_only=True)
class Errand:
    """
    One piece of work: `title` says what is done, `back` where its result is looked at.

    While it lasts `stage`, `finished` and `total` say how far it is; then `said` is what came
    of it, or `error` and `hint` why nothing did.
    """

    who: str
    title: str
    back: str
    id: str = field(default_factory=unguessable)
    stage: str = ""
    finished: int = 0
    total: int | None = None
    is_over: bool = False
    said: str = ""
    error: str = ""
    problems: tuple[str, ...] = ()
    hint: str = ""


class ErrandProgress:
    """Progress that is kept for the errand's page."""

    def __init__(self, errand: Errand) -> None:
        self._errand = errand

    @contextmanager
    def stage(self, what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """Open one stage of work; the value is called with the number of items just finished."""
        errand = self._errand
        errand.stage, errand.finished, errand.total = what, 0, total

        def advance(count: int) -> None:
            errand.finished += count

        yield advance


class SilentProgress:
    """Progress of work that is over before anybody could look."""

    @contextmanager
    def stage(self, what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:  # noqa: ARG002 -- the port's words
        """Open one stage of work; nobody is told."""
        yield lambda _count: None


Opening = Callable[[ErrandProgress], Site]


class Errands(Closing):
    """The errands of one hub's page; at most four at a time, the others wait."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="errand")
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Errand] = OrderedDict()

    def send(
        self,
        errand: Errand,
        open_site: Opening,
        act: Callable[[Site], str],
    ) -> Errand:
        """Begin a piece of work; `act` gives what came of it, in a sentence."""
        with self._lock:
            self._known[errand.id] = errand
            while len(self._known) > _MOST:
                self._known.popitem(last=False)
        self._pool.submit(_carry_out, errand, open_site, act)
        return errand

    def find(self, errand_id: str, who: str) -> Errand | None:
        """Give an errand to whoever sent it."""
        with self._lock:
            errand = self._known.get(errand_id)
        return errand if errand is not None and errand.who == who else None

    def close(self) -> None:
        """Take up no more, and wait for those that are underway: what they change is on record."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def _carry_out(errand: Errand, open_site: Opening, act: Callable[[Site], str]) -> None:
    try:
        with closing(open_site(ErrandProgress(errand))) as site:
            errand.said = act(site)
    except CourseOpsError as error:
        errand.error, errand.problems, errand.hint = str(error), error.problems, error.hint
    except Exception:
        log().exception("errand failed", action="web", errand=errand.title)
        errand.error = "courseops made a mistake; its log has it"
    finally:
        errand.is_over = True
