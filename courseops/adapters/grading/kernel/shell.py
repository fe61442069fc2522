"""The ready-made shell that each notebook gets a copy of: ipykernel's own, without its sockets.

Every message that it would send goes to a transcript instead. What needs a real kernel, such
as widgets, says so: then another path runs the notebook.
https://github.com/ipython/ipykernel/blob/main/ipykernel/ipkernel.py
"""

from __future__ import annotations

import asyncio
import builtins
import getpass
import io
import linecache
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from types import MethodType
from typing import Any

import comm
from ipykernel import zmqshell
from ipykernel.compiler import XCachingCompiler
from ipykernel.displayhook import ZMQShellDisplayHook
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelbase import Kernel
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.utils._process_posix import system
from jupyter_client.session import Session
from traitlets import Type
from traitlets.config import Config

from .secret import Secret

_SECRET = Secret()

_WARM_CELLS = (
    "def _f(n):\n    raise NotImplementedError()\n_f(1)",
    "assert 1 == 2, 'x'",
    "def _g(:\n",
    "_undefined_name",
    "[1, 2, 3]",
    "import warnings; warnings.warn('x')",
    "%time 1",
)

# Modules that a failing, plotting or displaying cell imports at its first time.
_WARM_LIBRARIES = {
    "pandas": "import pandas as _p; _d = _p.DataFrame({'x': [1.0], 'g': [1]}); "
    "_d._repr_html_(); repr(_d); repr(_d.x); _d.groupby('g').x.mean()",
    "numpy": "import numpy as _n; repr(_n.eye(2)); _n.random.seed()",
    "matplotlib": "import io as _i; import IPython.core.pylabtools, matplotlib_inline.config; "
    "from matplotlib.figure import Figure as _F; "
    "from matplotlib.backends.backend_agg import FigureCanvasAgg as _A; "
    "_f = _F(); _A(_f); _a = _f.subplots(); _a.plot([1, 2], [1, 2], label='a'); "
    "_a.set_title('t'); _a.legend(); _f.savefig(_i.BytesIO(), format='png', bbox_inches='tight')",
}


class Messages(Session):
    """Takes the shell's messages instead of sending them."""

    sink: Callable[[str, Mapping[str, Any]], None] | None = None
    current: Any = None

    def send(
        self,
        stream: Any,  # noqa: ARG002
        msg_or_type: Any,
        content: Any = None,
        parent: Any = None,
        *_: Any,
        **__: Any,
    ) -> None:
        """Hand over a message of the cell that runs; as in nbclient, drop what is of another."""
        if isinstance(msg_or_type, dict):
            parent, content = msg_or_type.get("parent_header"), msg_or_type["content"]
            msg_or_type = msg_or_type["header"]["msg_type"]
        parent = (parent or {}).get("header", parent) or {}
        if self.sink is not None and parent.get("msg_id", self.current) == self.current:
            self.sink(msg_or_type, content)


class Compiler(XCachingCompiler):
    """Compiles cells under ipykernel's names; keeps the text of trusted ones secret."""

    def cache(self, transformed_code: str, number: int = 0, raw_code: str | None = None) -> str:
        """Name a cell, and remember its lines for tracebacks."""
        if not _SECRET.active:
            return str(super().cache(transformed_code, number, raw_code))
        name = str(self.get_code_name(raw_code or transformed_code, transformed_code, number))  # type: ignore[no-untyped-call]
        self._filename_map[name] = number
        lines = [line + "\n" for line in transformed_code.splitlines()]
        _SECRET.keep(name, (len(transformed_code), None, lines, name))
        return name


class DisplayHook(ZMQShellDisplayHook):
    """ipykernel's hook, which knows of trusted cells, too, whether they end in a semicolon."""

    def quiet(self) -> bool:
        """Say whether a semicolon at the end of the cell suppresses its value."""
        if _SECRET.active:
            return bool(self.semicolon_at_end_of_expression(_SECRET.source))  # type: ignore[no-untyped-call]
        return bool(super().quiet())  # type: ignore[no-untyped-call]


class Shell(ZMQInteractiveShell):
    """ipykernel's shell, which shows trusted text in tracebacks only."""

    displayhook_class = Type(DisplayHook)

    def showtraceback(self, *args: Any, **more: Any) -> None:
        """Show the traceback of an error."""
        with _SECRET.shown():
            super().showtraceback(*args, **more)

    def showsyntaxerror(self, *args: Any, **more: Any) -> None:
        """Show where the syntax is wrong."""
        with _SECRET.shown():
            super().showsyntaxerror(*args, **more)  # type: ignore[no-untyped-call]

    def _format_exception_for_storage(self, exception: BaseException, *_: Any, **__: Any) -> Any:
        # IPython 9 formats each error once more for its history, which nobody reads here.
        return {"ename": type(exception).__name__, "evalue": "", "traceback": []}

    def enable_gui(self, gui: Any = None) -> None:
        """Accept what needs no event loop."""
        if gui not in (None, "inline", "asyncio"):
            self.kernel.wanted("an event loop for windows")

    def system_piped(self: Any, cmd: str) -> None:
        """Run `!cmd`: on a terminal of its own as IPython does, on a pipe where there is none."""
        if cmd.rstrip().endswith("&"):
            raise OSError("Background processes not supported.")
        # IPython finds the variables of the caller by this depth.
        text = self.var_expand(cmd, depth=1)
        run = system if os.path.exists("/dev/ptmx") else self._on_pipe  # noqa: PTH110
        code = run(text)
        self.user_ns["_exit_code"] = code
        if getattr(self, "system_raise_on_error", False) and code != 0:
            raise vars(zmqshell)["CalledProcessError"](code, cmd)

    system = system_piped

    @staticmethod
    def _on_pipe(cmd: str) -> int:
        sys.stdout.flush()
        # The shell's own start is IPython's, and so are the ends of lines that a terminal makes.
        with os.popen(f"exec 2>&1\n{cmd}") as said:  # noqa: S605 - it is the learner's own
            for line in said:
                print(line.replace("\n", "\r\n"), end="")  # noqa: T201
                sys.stdout.flush()
            status = said.close()
        return os.waitstatus_to_exitcode(status) if status else 0

    def ask_exit(self) -> None:
        """Go on: the rest of the notebook is to be graded."""


# Libraries look at the name to see that they are in a notebook.
for _own, _stock in ((Shell, ZMQInteractiveShell), (DisplayHook, ZMQShellDisplayHook)):
    _own.__name__, _own.__qualname__ = _stock.__name__, _stock.__qualname__
    _own.__module__ = _stock.__module__


class _NoKernel:
    """Stands where the kernel would be: whoever asks it for anything needs a stock one."""

    _allow_stdin = False

    def __init__(self) -> None:
        self.wanted: Callable[[str], None] = lambda _: None

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("__"):
            self.wanted(f"the kernel's {name!r}")
        raise AttributeError(name)


def _show_lines_of_warnings() -> None:
    """Let a warning from a trusted cell show its line, as any warning does."""
    show = warnings._showwarnmsg_impl  # type: ignore[attr-defined]

    def show_with_line(message: Any) -> None:
        with _SECRET.shown():
            show(message)

    warnings._showwarnmsg_impl = show_with_line  # type: ignore[attr-defined]


class Workshop:
    """A shell and what belongs to it, ready to be copied by a fork."""

    def __init__(self) -> None:
        config = Config()
        config.HistoryManager.hist_file = ":memory:"
        config.HistoryManager.enabled = False
        self.messages = Messages()
        self.secret = _SECRET
        self.kernel = _NoKernel()
        self.shell: Any = Shell.instance(config=config, compiler_class=Compiler, kernel=self.kernel)
        # `get_ipython()` must find it as the instance of the stock class, too.
        hooks: tuple[Any, ...] = (self.shell.displayhook, self.shell.display_pub)
        for hook in hooks:
            hook.session, hook.pub_socket = self.messages, object()
        hooks[0].topic = b"execute_result"
        self.language_info: dict[str, Any] = dict(IPythonKernel.language_info)
        comm.create_comm = self._no_comm
        comm.get_comm_manager = self._no_comm
        _show_lines_of_warnings()
        sys.argv = ["ipykernel_launcher.py"]
        sys.path.insert(0, "")

    def _no_comm(self, *_: Any, **__: Any) -> Any:
        self.kernel.wanted("comms, as widgets do")
        raise RuntimeError("there is no kernel to make a comm with")

    @contextmanager
    def no_input(self) -> Any:
        """Refuse input() as a kernel does whose client cannot ask anybody."""
        saved = builtins.input, getpass.getpass
        builtins.input = MethodType(Kernel.raw_input, self.kernel)
        getpass.getpass = MethodType(Kernel.getpass, self.kernel)
        try:
            yield
        finally:
            builtins.input, getpass.getpass = saved

    def warm(self) -> None:
        """Have everything imported and cached that errors, figures and tables need at first."""
        cells = [*_WARM_CELLS, *(it for name, it in _WARM_LIBRARIES.items() if name in sys.modules)]
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        with (
            redirect_stdout(io.StringIO()),
            redirect_stderr(io.StringIO()),
            warnings.catch_warnings(),
        ):
            for cell in cells:
                loop.run_until_complete(self._run_once(cell))
        loop.close()
        asyncio.set_event_loop(None)
        self._roll_back()

    async def _run_once(self, cell: str) -> None:
        code = cell
        with suppress(SyntaxError):
            code = self.shell.transform_cell(cell)
        await self.shell.run_cell_async(cell, store_history=False, transformed_cell=code)

    def _roll_back(self) -> None:
        shell = self.shell
        shell.reset(new_session=False)
        shell.execution_count = 1
        shell.last_execution_result = None
        shell.last_execution_succeeded = True
        shell._last_traceback = None
        shell.payload_manager.clear_payload()
        for name in list(shell.compile._filename_map):
            linecache.cache.pop(name, None)
        shell.compile._filename_map.clear()
        for name in ("last_type", "last_value", "last_traceback", "last_exc"):
            with suppress(AttributeError):
                delattr(sys, name)
        tempfile.tempdir = None
        if shell.user_ns.get("__warningregistry__"):
            shell.user_ns["__warningregistry__"].clear()
        os.environ.pop("COLUMNS", None)
