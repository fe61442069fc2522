# ruff: noqa: E501 -- what a learner writes is one string, however long
"""A course of ten assignments, each with what graders of real courses stumble over.

Text, code, plots, pandas, classes, input files, points by hand, hidden tests, extra credit with
a penalty for lateness, and a kernel that is not Python. Three learners hand in each one: a good
answer, a wrong one, and one that is half done or odd.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

COURSE = "ten101"
LEARNERS = ("ada", "ben", "cleo")

CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = "ten101"
c.Exchange.root = {exchange!r}
c.ExecutePreprocessor.timeout = 20
c.ExecutePreprocessor.shutdown_kernel = "immediate"
c.AssignLatePenalties.plugin_class = "halving.HalfADay"
c.ClearSolutions.code_stub = {{
    "python": "# your code here\\nraise NotImplementedError()",
    "bash": "# your code here\\nfalse",
}}
"""
PLUGIN = '''\
"""Half of the points are lost for each day begun."""

import math

from nbgrader.plugins import BasePlugin


class HalfADay(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        days = math.ceil(total_seconds_late / 86400)
        return score * (1 - 0.5**days)
'''
# What a teacher gives in formgrader before the tests are run.
EXTRA_CREDIT = """
import sys
from nbgrader.api import Gradebook
with Gradebook(sys.argv[1], "ten101") as book:
    for learner in ("ada", "ben"):
        book.update_or_create_student(learner)
        book.update_or_create_submission("09-late-extra", learner)
        book.find_grade("extra", "09-late-extra", "09-late-extra", learner).extra_credit = 2.5
    book.db.commit()
"""
DUE = "2026-03-09 12:00:00 UTC"
ON_TIME, LATE = "2026-03-09 11:59:59.500000 UTC", "2026-03-10 13:30:00.000000 UTC"


def cell(kind: str, source: str, **marks: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"cell_type": kind, "source": source, "metadata": {}}
    if kind == "code":
        made |= {"outputs": [], "execution_count": None}
    if marks:
        flags = {"grade": False, "solution": False, "locked": False, "task": False}
        made["metadata"]["nbgrader"] = {"schema_version": 3, **flags, **marks}
    return made


def text(source: str) -> dict[str, Any]:
    return cell("markdown", source)


def plain(source: str) -> dict[str, Any]:
    return cell("code", source)


def answer(id_: str, source: str) -> dict[str, Any]:
    return cell("code", source, grade_id=id_, solution=True)


def test(id_: str, source: str, points: float = 2) -> dict[str, Any]:  # noqa: PT028
    return cell("code", source, grade_id=id_, grade=True, locked=True, points=points)


def by_hand(id_: str, source: str, points: float = 3, kind: str = "markdown") -> dict[str, Any]:
    return cell(kind, source, grade_id=id_, grade=True, solution=True, points=points)


def solved(signature: str, body: str) -> str:
    return f"{signature}\n    ### BEGIN SOLUTION\n    {body}\n    ### END SOLUTION"


@dataclass(frozen=True, kw_only=True)
class Given:
    """One assignment: its source cells, what each learner writes by cell, and its files."""

    name: str
    cells: tuple[dict[str, Any], ...]
    answers: Mapping[str, Mapping[str, str]]
    kernel: str = "python3"
    files: Mapping[str, bytes] = field(default_factory=dict)
    late: tuple[str, ...] = ()

    def source(self) -> bytes:
        language = "bash" if self.kernel == "bash" else "python"
        kernel = {"name": self.kernel, "display_name": self.kernel, "language": language}
        notebook = {
            "cells": list(self.cells),
            "metadata": {"kernelspec": kernel, "language_info": {"name": language}},
            "nbformat": 4,
            "nbformat_minor": 4,
        }
        return json.dumps(notebook, indent=1).encode()

    def handed_in(self, released: bytes, learner: str) -> bytes:
        notebook = json.loads(released)
        written = self.answers[learner]
        for each in notebook["cells"]:
            id_ = each["metadata"].get("nbgrader", {}).get("grade_id", "")
            each["source"] = written.get(id_, each["source"])
        return json.dumps(notebook, indent=1).encode()


TEN = (
    Given(
        name="01-text",
        cells=(
            text("# Words only\nNo code runs here."),
            by_hand("why", "### BEGIN MARK SCHEME\nsays why\n### END MARK SCHEME\nAnswer here"),
            by_hand("how", "Answer here", 5),
            cell("markdown", "Draw something.", grade_id="draw", task=True, points=4, locked=True),
        ),
        answers={
            "ada": {"why": "Because of the tides, é à ü 漢字.", "how": "$x^2$"},
            "ben": {"why": ""},
            "cleo": {"how": "by hand, <b>bold</b> & 'quoted'"},
        },
    ),
    Given(
        name="02-code",
        cells=(
            plain("import math\nprint('welcome')"),
            answer("area", solved("def area(r):", "return math.pi * r ** 2")),
            test("test_area", "assert abs(area(1) - math.pi) < 1e-9\nassert area(0) == 0"),
            answer("fizz", solved("def fizz(n):", "return 'fizz' if n % 3 == 0 else n")),
            test("test_fizz", "assert fizz(3) == 'fizz'\nassert fizz(4) == 4", 3),
        ),
        answers={
            "ada": {
                "area": "def area(r): return math.pi * r * r",
                "fizz": "fizz = lambda n: n % 3 and n or 'fizz'",
            },
            "ben": {"area": "def area(r) return 1", "fizz": "def fizz(n):\n    print('?' * 40)"},
            "cleo": {
                "area": "import warnings\ndef area(r):\n    warnings.warn('hm')\n    return math.pi * r * r",
                "fizz": "def fizz(n):\n    raise ValueError(n)",
            },
        },
    ),
    Given(
        name="03-plots",
        cells=(
            plain("%matplotlib inline\nimport matplotlib.pyplot as plt\nimport numpy as np"),
            answer(
                "line", "### BEGIN SOLUTION\nplt.plot([1, 2, 3])\n### END SOLUTION\nax = plt.gca()"
            ),
            test("test_line", "assert len(ax.lines) == 1"),
            by_hand("nice", "# a nicer plot\n", 2, "code"),
        ),
        answers={
            "ada": {
                "line": "plt.plot([1, 2, 3], label='a')\nplt.legend()\nax = plt.gca()",
                "nice": "plt.bar([1, 2], [3, 4]); plt.title('bars')",
            },
            "ben": {"line": "ax = plt.gca()"},
            "cleo": {
                "line": "fig, ax = plt.subplots()\nax.plot(np.arange(3))\nfig",
                "nice": "plt.plot([1], [2, 3])",
            },
        },
    ),
    Given(
        name="04-pandas",
        cells=(
            plain(
                "import pandas as pd\ntable = pd.DataFrame({'who': list('aab'), 'x': [1, 2, 9]})\ntable"
            ),
            answer("sums", solved("def sums(t):", "return t.groupby('who').x.sum()")),
            test("test_sums", "assert sums(table).to_dict() == {'a': 3, 'b': 9}\nsums(table)"),
            test("parts", "sum(1.5 for _ in range(int(sums(table)['a'] == 3)))", 3),
        ),
        answers={
            "ada": {"sums": "def sums(t):\n    return t.groupby('who')['x'].sum()"},
            "ben": {"sums": "def sums(t):\n    return t.y"},
            "cleo": {
                "sums": "def sums(t):\n    display(t.describe())\n    return t.groupby('who').x.max()"
            },
        },
    ),
    Given(
        name="05-classes",
        cells=(
            answer(
                "stack",
                "class Stack:\n    ### BEGIN SOLUTION\n    def __init__(self): self.items = []\n    def push(self, x): self.items.append(x)\n    def pop(self): return self.items.pop()\n    ### END SOLUTION",
            ),
            test("test_push", "s = Stack()\ns.push(1)\nassert s.pop() == 1"),
            test(
                "test_empty",
                "try:\n    Stack().pop()\nexcept IndexError:\n    pass\nelse:\n    assert False, 'an empty stack'",
            ),
        ),
        answers={
            "ada": {
                "stack": "from dataclasses import dataclass, field\n@dataclass\nclass Stack:\n    items: list = field(default_factory=list)\n    def push(self, x): self.items.append(x)\n    def pop(self): return self.items.pop()"
            },
            "ben": {
                "stack": "class Stack:\n    items = []\n    push = items.append\n    def pop(self): return self.items and self.items.pop()"
            },
            "cleo": {
                "stack": "class Stack(list):\n    push = list.append\n    def __repr__(self): return f'<Stack of {len(self)}>'\nStack()"
            },
        },
    ),
    Given(
        name="06-files",
        cells=(
            plain("from pathlib import Path\nsorted(p.name for p in Path('.').glob('*.csv'))"),
            answer(
                "mean",
                solved(
                    "def mean(path):",
                    "rows = [float(r.split(',')[1]) for r in open(path)]\n    return sum(rows) / len(rows)",
                ),
            ),
            test(
                "test_mean",
                "assert mean('heights.csv') == 1.75\nassert mean('more/weights.csv') == 70",
            ),
        ),
        answers={
            "ada": {
                "mean": "import csv\ndef mean(path):\n    with open(path) as f:\n        xs = [float(x) for _, x in csv.reader(f)]\n    return sum(xs) / len(xs)"
            },
            "ben": {"mean": "def mean(path):\n    return open('/nowhere/' + path)"},
            "cleo": {
                "mean": "def mean(path):\n    Path('notes.txt').write_text(path)\n    return 1.75"
            },
        },
        files={"heights.csv": b"a,1.70\nb,1.80\n", "more/weights.csv": b"a,60\nb,80\n"},
    ),
    Given(
        name="07-by-hand",
        cells=(
            answer("f", solved("def f(x):", "return x + 1")),
            test("test_f", "assert f(1) == 2", 1),
            by_hand("explain", "Explain f.", 6),
            by_hand("better", solved("def better(x):", "return x + 1"), 4, "code"),
        ),
        answers={
            "ada": {
                "f": "def f(x): return x + 1",
                "explain": "It adds one.",
                "better": "better = f",
            },
            "ben": {"explain": "?"},
            "cleo": {"f": "def f(x): return x - 1", "better": "import nowhere_at_all"},
        },
    ),
    Given(
        name="08-hidden",
        cells=(
            answer("largest", solved("def largest(xs):", "return max(xs, default=None)")),
            test(
                "test_largest",
                "assert largest([1, 3, 2]) == 3\n### BEGIN HIDDEN TESTS\nassert largest([-2, -1]) == -1\nassert largest([]) is None\n### END HIDDEN TESTS",
                4,
            ),
            test(
                "all_hidden",
                "### BEGIN HIDDEN TESTS\nassert largest('ba') == 'b'\n### END HIDDEN TESTS",
            ),
        ),
        answers={
            "ada": {"largest": "def largest(xs):\n    return max(xs) if xs else None"},
            "ben": {"largest": "def largest(xs):\n    return 3"},
            "cleo": {
                "largest": "def largest(xs):\n    top = 0\n    for x in xs:\n        top = max(top, x)\n    return top"
            },
        },
    ),
    Given(
        name="09-late-extra",
        cells=(
            answer("g", solved("def g(x):", "return x * 2")),
            test("test_g", "assert g(2) == 4", 5),
            test("extra", "# for those who want more\nassert g('a') == 'aa'", 0),
        ),
        answers={
            "ada": {"g": "def g(x): return x * 2"},
            "ben": {"g": "def g(x): return x * 2"},
            "cleo": {"g": "def g(x): return x + x"},
        },
        late=("ben", "cleo"),
    ),
    Given(
        name="10-bash",
        kernel="bash",
        cells=(
            plain("echo 'hello from the shell'"),
            answer(
                "double", "### BEGIN SOLUTION\ndouble() { echo $(($1 * 2)); }\n### END SOLUTION"
            ),
            test("test_double", '[ "$(double 4)" = 8 ]'),
        ),
        answers={
            "ada": {"double": "double() { expr $1 \\* 2; }"},
            "ben": {"double": "double() { echo four; }"},
            "cleo": {"double": "double() { echo $(($1 + $1)); echo done >&2; }"},
        },
    ),
)


def write_sources(folder: Path, exchange: Path) -> None:
    """Write the course as its teacher keeps it."""
    for given in TEN:
        source = folder / "source" / given.name
        for path, content in {f"{given.name}.ipynb": given.source(), **given.files}.items():
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            (source / path).write_bytes(content)
    (folder / "nbgrader_config.py").write_text(CONFIG.format(exchange=str(exchange)))
    (folder / "halving.py").write_text(PLUGIN)


def write_submissions(folder: Path) -> None:
    """Write what was collected of everyone, from what the course has released."""
    for given in TEN:
        released = (folder / "release" / given.name / f"{given.name}.ipynb").read_bytes()
        for learner in LEARNERS:
            work = folder / "submitted" / learner / given.name
            for path, content in given.files.items():
                (work / path).parent.mkdir(parents=True, exist_ok=True)
                (work / path).write_bytes(content)
            work.mkdir(parents=True, exist_ok=True)
            (work / f"{given.name}.ipynb").write_bytes(given.handed_in(released, learner))
            (work / "timestamp.txt").write_text(LATE if learner in given.late else ON_TIME)
