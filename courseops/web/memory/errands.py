"""Work that takes longer than a page may: done aside, while its own page says how far it is.

An errand is kept in memory, for whoever sent it; what it does is on record like any other run,
and goes on being so when this process ends.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from courseops.adapters.closing import Closing
from courseops.errors import CourseOpsError, RefusedError
from courseops.events import log
from courseops.web.memory.sessions import unguessable
from courseops.wiring import Site

_AT_ONCE = 4
_MOST_OF_ONE = 3
_MOST_KEPT = 500
# For work that only just began when we are told to end.
_GRACE_SECONDS = 60.0


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
    """
    The errands of one hub's page; at most four at a time, the others wait.

    At the end, work that is underway has `grace_seconds` left.
    """

    def __init__(self, grace_seconds: float = _GRACE_SECONDS) -> None:
        self._grace_seconds = grace_seconds
        self._waiting: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._known: OrderedDict[str, Errand] = OrderedDict()
        self._workers = 0
        self._ends_at: float | None = None

    def send(
        self,
        errand: Errand,
        open_site: Opening,
        act: Callable[[Site], str],
    ) -> Errand:
        """
        Begin a piece of work; `act` gives what came of it, in a sentence.

        Raises:
            RefusedError: they have sent so much that is not over, or we are about to end.
        """
        with self._lock:
            self._refuse_too_much(errand.who)
            self._known[errand.id] = errand
            self._forget_old()
            self._waiting.put(lambda: _carry_out(errand, open_site, act))
            if self._workers < _AT_ONCE:
                self._workers += 1
                # Work that hangs must not keep the process from ending.
                threading.Thread(target=self._work, name="errand", daemon=True).start()
        return errand

    def find(self, errand_id: str, who: str) -> Errand | None:
        """Give an errand to whoever sent it."""
        with self._lock:
            errand = self._known.get(errand_id)
        return errand if errand is not None and errand.who == who else None

    def end(self) -> None:
        """Take up no more; the time that is left for those that are underway begins."""
        with self._lock:
            self._ends_at = self._ends_at or time.monotonic() + self._grace_seconds

    def close(self) -> None:
        """Wait for those that are underway, but not for ever."""
        self.end()
        with self._lock:
            left_seconds = max(0.0, (self._ends_at or 0) - time.monotonic())
            ended = self._idle.wait_for(lambda: self._workers == 0, left_seconds)
            left = [it.title for it in self._known.values() if not it.is_over]
        if not ended:
            log().warning("errands are cut off; what they did is on record", errands=left)

    def _work(self) -> None:
        while True:
            with self._lock:
                if self._ends_at is not None or self._waiting.empty():
                    self._workers -= 1
                    self._idle.notify_all()
                    return
                carry_out = self._waiting.get_nowait()
            carry_out()

    def _refuse_too_much(self, who: str) -> None:
        if self._ends_at is not None:
            raise RefusedError("the page is about to end", hint="try again in a minute")
        underway = [it for it in self._known.values() if it.who == who and not it.is_over]
        if len(underway) >= _MOST_OF_ONE:
            raise RefusedError(
                "you have sent off other work that is not over yet",
                problems=[it.title for it in underway],
                hint="wait for it, and try again",
            )

    def _forget_old(self) -> None:
        over = [it.id for it in self._known.values() if it.is_over]
        for errand_id in over[: max(0, len(self._known) - _MOST_KEPT)]:
            del self._known[errand_id]


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
