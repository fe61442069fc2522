"""Notices what learners' code does to the machinery that runs the instructor's tests with it.

Both run in one process, so nothing in here is a wall: what is changed is put back before a
test runs and told, and looks that no honest solution needs are told by an audit hook, which
Python lets nobody remove (https://peps.python.org/pep-0578/).
"""

from __future__ import annotations

import asyncio
import builtins
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any

from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult

from .auditing import Watch
from .sealing import opaque, seal
from .secret import Secret

_MISSING: Any = object()

# Methods are bound anew at each look: they are compared in the classes, and may not be hidden
# by attributes of the shell itself.
_VALUES = (
    "InteractiveTB", "SyntaxTB", "ast_node_interactivity", "ast_transformers", "builtin_trap",
    "compile", "custom_exceptions", "display_formatter", "display_pub", "display_trap",
    "displayhook", "events", "history_manager", "input_transformer_manager",
    "input_transformers_post", "magics_manager", "payload_manager", "prefilter_manager",
)  # fmt: skip
# Set by the shell itself while it runs a cell.
_STATE = frozenset({"last_execution_result", "last_execution_succeeded", "_last_traceback"})
_OF_TRANSFORMERS = ("cleanup_transforms", "line_transforms", "token_transformers")
_CHECKED_MODULES = (
    "math", "operator", "random", "unittest.case", "numpy", "numpy.testing", "pandas",
    "pandas.testing", "traceback", "linecache", "signal", "json", "asyncio.events",
)  # fmt: skip
_OF_SYS = ("stdout", "stderr", "displayhook", "excepthook", "_getframe", "addaudithook", "modules")
_FREE_BUILTINS = frozenset({"_", "input", "display", "get_ipython", "exit", "quit", "copyright"})


class Guard:
    """Compares before each trusted cell, and keeps the text of trusted cells secret."""

    def __init__(self, shell: Any, secret: Secret, descriptor: int, key: list[str]) -> None:
        self._shell, self._secret = shell, secret
        self._watch = Watch(secret.names, descriptor, key)
        self._places: list[_Place] = []
        self._history = shell.history_manager
        self._store = self._history.store_inputs

    def arm(self, ours: Sequence[Any], modules: Sequence[Any], loop: Any) -> Callable[[], None]:
        """
        Note how everything is, and watch from now on: no learner's code has run yet.

        Give a function that tells, to our side, if anything of `ours` or of our `modules` is
        not what it was.
        """
        self._history.store_inputs = opaque(self._store_inputs)
        self._places = list(_places(self._shell, tuple(ours)))
        looks: list[Callable[[], tuple[str, bool]]] = []
        check = self._watch.start(lambda: looks[0]() if looks else ("", False))
        looks.append(seal(modules, [*ours, self._watch], loop))
        return check

    def before(self, number: int, *, trusted: bool) -> None:
        """Put back what was changed, if a trusted cell is to run, and tell what it was."""
        self._watch.number = number
        if trusted:
            self._watch.begin(number)
            # Told over the line of its own, at once: the answer to this cell may be forged.
            for saw in self._put_back():
                self._watch.tell(saw)
            self._shell.logger.log_active = False
        self._secret.active = trusted

    async def watch(self, running: Coroutine[Any, Any, Any], *, trusted: bool) -> Any:
        """Run a cell; looks at what is not the learner's are told while a trusted one runs."""
        self._watch.during_trusted = trusted
        try:
            return await running
        finally:
            self._watch.during_trusted = False

    def after(self, result: Any, *, trusted: bool) -> None:
        """Wipe what is left of a trusted cell; what it has changed is how it shall be."""
        self._secret.active = False
        if not trusted:
            return
        self._secret.forget(self._shell, result)
        for place in self._places:
            # A test may change things; what it calls of the learner's may not do so in its stead.
            for saw in place.take_over(self._is_theirs):
                self._watch.tell(f"learners' code {saw}, called by a test")

    def _store_inputs(self, number: int, source: str, source_raw: str | None = None) -> None:
        if self._secret.active:
            self._secret.source = source
            source = source_raw = ""
        self._store(number, source, source_raw)

    def _put_back(self) -> Iterator[str]:
        for place in self._places:
            for saw in place.put_back():
                yield f"learners' code {saw}"
        for space in (self._shell.user_ns, vars(self._shell.user_module)):
            if space.get("__builtins__", builtins) not in (builtins, vars(builtins)):
                space["__builtins__"] = builtins
                yield "learners' code replaced __builtins__"
        yield from self._stop_formatting()
        yield from self._stop_listening()
        yield from self._stop_tracing()

    def _stop_formatting(self) -> Iterator[str]:
        for formatter in self._shell.display_formatter.formatters.values():
            for kind, shown in list(formatter.type_printers.items()):
                if kind.__module__ == "builtins" and self._is_theirs(shown):
                    formatter.type_printers.pop(kind)
                    yield f"learners' code has {kind.__name__} displayed in a format of its own"

    def _stop_listening(self) -> Iterator[str]:
        for name in ("meta_path", "path_hooks"):
            for it in filter(self._is_theirs, list(getattr(sys, name))):
                getattr(sys, name).remove(it)
                yield f"learners' code had itself asked for imports (sys.{name})"
        for number in signal.valid_signals():
            if self._is_theirs(signal.getsignal(number)):
                yield f"learners' code would be called at the signal {number}, with a test's frame"

    def _is_theirs(self, value: Any) -> bool:
        """Say whether a value is learners' code, or of a class that is."""
        values = [value, *vars(type(value)).values()]
        codes = [getattr(it, "__code__", None) for it in values]
        return any(code is not None and self._watch.is_own_file(code.co_filename) for code in codes)

    def _stop_tracing(self) -> Iterator[str]:
        if sys.gettrace() is not None or threading.gettrace() is not None:
            sys.settrace(None)
            threading.settrace(None)
            yield "learners' code traced what runs (sys.settrace)"
        if sys.getprofile() is not None or threading.getprofile() is not None:
            sys.setprofile(None)
            threading.setprofile(None)
            yield "learners' code profiled what runs (sys.setprofile)"
        me = threading.get_ident()
        others = [it for it in sys._current_frames().items() if it[0] != me]
        if any(self._is_their_thread(threading._active.get(id_), it) for id_, it in others):  # type: ignore[attr-defined]
            yield "learners' code has left a thread running while tests ran"

    def _is_their_thread(self, thread: Any, frame: Any) -> bool:
        """Say whether a thread runs learners' code, or may: libraries have threads of their own."""
        while frame is not None:
            if self._watch.is_own_file(frame.f_code.co_filename):
                return True
            frame = frame.f_back
        if thread is None or type(thread).__module__ != "threading":
            return False
        target = getattr(thread, "_target", None)
        owner = getattr(target, "__self__", None)
        if isinstance(owner, asyncio.AbstractEventLoop):
            # IPython has a loop of its own for what %%bash runs.
            scripts = self._shell.magics_manager.registry.get("ScriptMagics")
            return owner is not getattr(scripts, "event_loop", None)
        module = getattr(target, "__module__", None) or ""
        return not module.startswith(("asyncio.", "concurrent.futures."))


class _Place:
    """Names in one namespace, and what they were bound to."""

    def __init__(self, called: str, owner: Any, names: list[str]) -> None:
        self._called, self._owner, self._names = called, owner, names
        self._is_instance = not isinstance(owner, type) and type(owner).__name__ != "module"
        self._known: dict[str, Any] = {}
        self.learn()

    def learn(self) -> None:
        here = vars(self._owner)
        self._known = {name: here.get(name, _MISSING) for name in self._names}

    def take_over(self, is_theirs: Callable[[Any], bool]) -> Iterator[str]:
        """Accept what has changed, but for what is learners' code: put that back, and say so."""
        here = vars(self._owner)
        for name, known in self._known.items():
            now = here.get(name, _MISSING)
            if now is not known and is_theirs(now):
                self._bind(name, known)
                yield f"replaced {self._called}.{name}"
        self.learn()

    def put_back(self) -> Iterator[str]:
        here = vars(self._owner)
        for name, known in self._known.items():
            if here.get(name, _MISSING) is not known:
                self._bind(name, known)
                yield f"replaced {self._called}.{name}"

    def _bind(self, name: str, known: Any) -> None:
        if known is not _MISSING:
            setattr(self._owner, name, known)
        elif name in vars(self._owner):
            delattr(self._owner, name)


class _Traits(_Place):
    """Values that an object gives for names, wherever it keeps them; lists by what is in them."""

    def take_over(self, is_theirs: Callable[[Any], bool]) -> Iterator[str]:
        for name, known in self._known.items():
            now = getattr(self._owner, name, _MISSING)
            before = known.thaw() if isinstance(known, _Items) else [known]
            new = now if isinstance(now, list) else [now]
            if any(is_theirs(it) for it in new if all(it is not other for other in before)):
                setattr(self._owner, name, before if isinstance(known, _Items) else known)
                yield f"replaced {self._called}.{name}"
        self.learn()

    def learn(self) -> None:
        self._known = {name: _freeze(getattr(self._owner, name, _MISSING)) for name in self._names}

    def put_back(self) -> Iterator[str]:
        for name, known in self._known.items():
            now = getattr(self._owner, name, _MISSING)
            frozen = _freeze(now)
            same = frozen == known if isinstance(known, _Items) else frozen is known
            if not same:
                setattr(self._owner, name, known.thaw() if isinstance(known, _Items) else known)
                yield f"replaced {self._called}.{name}"


class _Items:
    """The items of a list, by identity."""

    def __init__(self, items: list[Any]) -> None:
        self._items = tuple(items)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Items) and list(map(id, self._items)) == list(
            map(id, other._items)
        )

    __hash__ = None  # type: ignore[assignment]

    def thaw(self) -> list[Any]:
        return list(self._items)


def _freeze(value: Any) -> Any:
    return _Items(value) if isinstance(value, list) else value


class _Callbacks(_Place):
    """Who is called at the events of the shell: learners may add none before a test runs."""

    def __init__(self, events: Any) -> None:
        self._events = events
        super().__init__("get_ipython().events", events, [])

    def take_over(self, is_theirs: Callable[[Any], bool]) -> Iterator[str]:
        for name, now in self._events.callbacks.items():
            theirs = [it for it in now if is_theirs(it)]
            if theirs:
                self._events.callbacks[name] = [it for it in now if it not in theirs]
                yield f"had itself called at {name!r}"
        self.learn()

    def learn(self) -> None:
        self._known = {name: _Items(list(it)) for name, it in self._events.callbacks.items()}

    def put_back(self) -> Iterator[str]:
        for name, known in self._known.items():
            now = self._events.callbacks.get(name, [])
            # Plotting libraries add theirs when a figure is made.
            honest = [it for it in now if _is_of_library(it)]
            if len(honest) != len(now):
                self._events.callbacks[name] = honest
                yield f"had itself called at {name!r}"
            kept = [it for it in known.thaw() if all(it is not other for other in honest)]
            if kept:
                self._events.callbacks[name] = kept + honest


def _is_of_library(function: Any) -> bool:
    module = sys.modules.get(getattr(function, "__module__", None) or "")
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    file = getattr(module, "__file__", None)
    return bool(file) and (code is None or code.co_filename == file)


def _places(shell: Any, ours: tuple[Any, ...]) -> Iterator[_Place]:
    names = [name for name in vars(builtins) if name not in _FREE_BUILTINS]
    yield _Place("builtins", builtins, names)
    methods = {it for kind in type(shell).__mro__[:-1] for it in vars(kind) if not _is_slot(it)}
    yield _Place("get_ipython()", shell, [*(methods - _STATE - set(_VALUES)), "CustomTB"])
    yield _Traits("get_ipython()", shell, [*_VALUES])
    yield _Traits("input_transformer_manager", shell.input_transformer_manager, [*_OF_TRANSFORMERS])
    yield _Callbacks(shell.events)
    history = shell.history_manager
    machinery = (shell, shell.compile, shell.displayhook, shell.display_pub, shell.events, history)
    seen: set[type] = set()
    for owner in (*machinery, shell.displayhook.session, sys.stdout, shell.InteractiveTB, *ours):
        for kind in type(owner).__mro__[:-1]:
            if kind not in seen and not kind.__module__.startswith(
                ("traitlets", "builtins", "_io")
            ):
                seen.add(kind)
                yield _Place(kind.__name__, kind, [it for it in vars(kind) if not _is_slot(it)])
    for kind in (ExecutionResult, ExecutionInfo):
        # Properties over a result's fields would hide its error.
        fields = ["error_in_exec", "error_before_exec", "result", "info", "success"]
        yield _Place(
            kind.__name__, kind, [*fields, "raise_error", "__setattr__", "__getattribute__"]
        )
    yield _Place("history_manager", history, ["store_inputs", "store_output"])
    yield _Place("sys", sys, [*_OF_SYS])
    for name in _CHECKED_MODULES:
        if name in sys.modules:
            module = sys.modules[name]
            yield _Place(name, module, [it for it in vars(module) if not it.startswith("__")])


def _is_slot(name: str) -> bool:
    return name in ("__dict__", "__weakref__", "__doc__", "_instance", "__abstractmethods__") or (
        name.startswith(("_abc_", "_trait"))
    )
