"""Cells whose outputs every way of running a notebook must agree upon, and nbgrader's own way."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.preprocessors import Execute

PYTHON_CELLS = {
    "value": "1 + 1",
    "streams": "import sys\nprint('out')\nprint('err', file=sys.stderr)\nprint('more')",
    "error": "def f(n):\n    raise ValueError('no')\nf(1)",
    "chained error": "try:\n    1/0\nexcept ZeroDivisionError as e:\n"
    "    raise KeyError('k') from e",
    "syntax": "def broken(:\n  pass",
    "indentation": "if True:\npass",
    "name": "undefined_name",
    "input": "input('who? ')",
    "password": "import getpass\ngetpass.getpass()",
    "descriptors": "import os, time\nprint('a')\nos.system('echo b')\ntime.sleep(0.1)\nprint('c')",
    "os.write": "import os, time\nn = os.write(1, b'written')\ntime.sleep(0.1)",
    "error descriptor": "import os\nn = os.write(2, b'complaint\\n')\ntime.sleep(0.1)",
    "child process": "import sys, subprocess\nr = subprocess.run(['echo', 'hi'])\nr.returncode",
    "system": "!echo hi",
    "system value": "x = !echo one; echo two\nx",
    "bash": "%%bash\necho from bash",
    "bash fails": "%%bash\nexit 3",
    "html": "from IPython.display import HTML, display\ndisplay(HTML('<b>x</b>'))\n"
    "HTML('<i>y</i>')",
    "update": "h = display('one', display_id='d')\nh.update('two')",
    "clear": "from IPython.display import clear_output\nprint('gone')\nclear_output()\nprint('x')",
    "clear and wait": "print('gone')\nclear_output(wait=True)\nprint('y')",
    "raw mime": "display({'text/plain': 'p', 'application/json': {'a': [1, 2]}}, raw=True)",
    "several values": "1\n2\n3;",
    "none": "None",
    "exit": "import sys\nsys.exit(3)",
    "system exit": "raise SystemExit",
    "interrupt": "raise KeyboardInterrupt",
    "await": "import asyncio\nawait asyncio.sleep(0.001)\n'awaited'",
    "await fails": "async def g():\n    raise LookupError('in task')\nawait g()",
    "run": "import asyncio\nasyncio.get_event_loop().is_running()",
    "warning": "import warnings\nwarnings.warn('careful')",
    "time": "%%time\nx = 1",
    "magic missing": "%nothing_like_it",
    "cell magic missing": "%%nothing_like_it\nx",
    "help": "print.__name__?",
    "history": "len(In), In[1], _1, Out[1]",
    "numbers": "get_ipython().execution_count",
    "who": "%who_ls str",
    "run file": "%%writefile own.py\nprint('from own', __name__)",
    "run it": "%run own.py",
    "import it": "import own as o\no.__name__",
    "bad repr": "class Bad:\n    def __repr__(self):\n        raise TypeError('bad repr')\nBad()",
    "thread": "import threading\nt = threading.Thread(target=print, args=('in thread',))\n"
    "t.start(); t.join()",
    "kind of shell": "type(get_ipython()).__name__, type(get_ipython()).__module__, __name__",
    "fork": "import multiprocessing as mp\nc = mp.get_context('fork')\n"
    "p = c.Process(target=print, args=('child',))\np.start(); p.join(); p.exitcode",
    "sleep between": "import time\nprint('a')\ntime.sleep(0.4)\nprint('b')",
    "traceback deep": "def r(n):\n    return r(n - 1) if n else 1 / 0\nr(30)",
    "group": "raise BaseExceptionGroup('g', [ValueError(1)])",
    "unicode": "print('ä\\u2028€😀')\n'ß'",
    "logging": "import logging\nlogging.warning('watch out')",
    "named": "from collections import namedtuple\nP = namedtuple('P', 'x y')\nP(1, 2)",
    "custom traceback": "class E(Exception):\n    def _render_traceback_(self):\n"
    "        return ['mine']\nraise E()",
    "own patch": "get_ipython().showtraceback = lambda *a, **k: None\n1/0",
    "nan": "display({'application/json': {'a': 1.5}}, raw=True)",
}

PLOTTING_CELLS = {
    "imports": "%matplotlib inline\nimport matplotlib.pyplot as plt, pandas as pd, numpy as np",
    "figure": "plt.plot([1, 2])\nplt.title('t')",
    "figure and value": "fig, ax = plt.subplots()\nax.bar([1, 2], [3, 4])\nfig",
    "show": "plt.plot([1, 2]); plt.show(); print('after')",
    "frame": "df = pd.DataFrame({'x': [1.5, 2.0], 'y': ['a', 'b']})\ndf",
    "missing column": "df['z']",
    "described": "df.describe()",
    "array": "np.arange(6).reshape(2, 3)",
}

_VARYING = [
    (re.compile(re.escape(str(Path.home()))), "~"),
    (re.compile(r"0x[0-9a-f]{6,}"), "0xADDRESS"),
    (re.compile(r"(/[\w.-]+)*/ipykernel_\d+/\d+\.py"), "CELL.py"),
    (re.compile(r"/(?:tmp|home)/[\w./-]*"), "FOLDER"),
    (re.compile(r"\b[\d.]+(?:e\+\d+)? (?:[mµμn]?s)\b"), "TIME"),
]


def as_nbgrader_runs(sources: Sequence[str], folder: Path, **options: Any) -> list[list[Any]]:
    """Run cells as `nbgrader autograde` does; give each one's outputs."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "", "language": "python"}
    # An ipykernel below pytest leaves the descriptors 1 and 2 alone.
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTEST_CURRENT_TEST", raising=False)
        Execute(**options).preprocess(notebook, {"metadata": {"path": str(folder)}})
    return [[dict(it) for it in cell.outputs] for cell in notebook.cells]


def settled(outputs: Sequence[Any]) -> list[Any]:
    """Leave out what differs from run to run; streams that follow one another become one."""
    merged: list[dict[str, Any]] = []
    for output in outputs:
        one = {name: _settle(value) for name, value in output.items()}
        if merged and one["output_type"] == "stream" and merged[-1].get("name") == one["name"]:
            merged[-1]["text"] += one["text"]
        else:
            merged.append(one)
    return merged


def _settle(value: Any) -> Any:
    if isinstance(value, str):
        for pattern, word in _VARYING:
            value = pattern.sub(word, value)
        return value
    if isinstance(value, dict):
        return {name: _settle(it) for name, it in value.items()}
    return [_settle(it) for it in value] if isinstance(value, (list, tuple)) else value
