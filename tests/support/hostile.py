"""Hostile submissions, and a course to hand them in to.

Each file in tests/assets/hostile is one: what it does, what must hold, and its cells. Below
`# %% answer` stands the cell in the place of the answer, `honest` is the one before, `after`
the last; `file NAME` is another file that is handed in; `twist` changes the notebook itself.
Of the header, `ends` are the kinds of problem it may end in, `flag` what a person is told
(else its points must be those of an honest try), `harm` what it does where there are no walls.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from courseops.adapters.grading.bundle import Work
from tests.support.comparison import answer, code, graded_test, notebook, write

ASSETS = Path(__file__).parents[1] / "assets" / "hostile"
COURSE, ASSIGNMENT = "hostile", "hw"
CONFIG = """\
c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "hostile"
c.ExecutePreprocessor.timeout = 1
"""
HIDDEN = "the-hidden-constant-4711"
GRADEBOOK = "CANARY-of-the-gradebook"
ENVIRONMENT = "CANARY-of-the-environment"
STAMP = b"2026-03-02 09:00:00.000000 UTC"

SOURCE = {
    "p1.ipynb": notebook(
        answer("honest", "def honest():\n    return 1"),
        graded_test("test_honest", "assert honest() == 1"),
        answer("answer", "def answer(n):\n    return 2 * n"),
        graded_test("test_visible", "assert answer(2) == 4", 2),
        graded_test(
            "test_hidden",
            "# looks at more\n### BEGIN HIDDEN TESTS\n"
            f"assert answer(20) == 40, {HIDDEN!r}\n### END HIDDEN TESTS",
            3,
        ),
        graded_test(
            "test_partial",
            "import checks\nsum(1.0 for n in range(1, 5) if checks.close(answer(n), 2 * n))",
            4,
        ),
        code("pass", grade_id="after", solution=True),
        graded_test("test_after", "assert honest() == 1"),
    ),
    "p2.ipynb": notebook(
        answer("third", "import math\ndef third():\n    return 3 * int(math.pi > 3.1)"),
        graded_test("test_third", "assert third() == 3", 5),
    ),
    "checks.py": b"def close(a, b):\n    return abs(a - b) < 1e-9\n",
}

HONEST_REST = {"test_honest": 1.0, "test_after": 1.0, "test_third": 5.0}
NOTHING = {"test_visible": 0.0, "test_hidden": 0.0, "test_partial": 0.0}
EVERYTHING = {**HONEST_REST, "test_visible": 2.0, "test_hidden": 3.0, "test_partial": 4.0}
_DEFAULTS = {
    "honest": "def honest():\n    return 1",
    "answer": "def answer(n):\n    return None",
    "after": "pass",
    "third": "import math\ndef third():\n    return 3 * int(math.pi > 3.1)",
}


@dataclass(frozen=True)
class Hostile:
    """One hostile submission."""

    name: str
    header: Mapping[str, str]
    cells: Mapping[str, str]
    files: Mapping[str, bytes] = field(default_factory=dict)
    twist: str = ""

    def handed_in(self, places: Mapping[str, str]) -> Work:
        """Give it as it is collected, with `places` of this machine written into it."""
        files = {
            name: fill(SOURCE[name], {**_DEFAULTS, **self._answered()}, places)
            for name in ("p1.ipynb", "p2.ipynb")
        }
        if self.twist:
            read = json.loads(files["p1.ipynb"])
            exec(self.twist, {"notebook": read})
            files["p1.ipynb"] = json.dumps(read).encode()
        stamp = {"timestamp.txt": STAMP, "submission_secret.txt": b"s" * 128}
        return Work(learner=self.name, files={"checks.py": b"", **files, **self.files, **stamp})

    def _answered(self) -> dict[str, str]:
        """Let all of them answer something, wrongly, so that tests get at what they test."""
        cells = dict(self.cells)
        if "answer" in cells and not re.search(r"\banswer\b", cells["answer"]):
            cells["answer"] = f"{_DEFAULTS['answer']}\n{cells['answer']}"
        return cells


def read_all() -> dict[str, Hostile]:
    """Read all hostile submissions."""
    return {path.stem: _read(path) for path in sorted(ASSETS.glob("*.py"))}


def _read(path: Path) -> Hostile:
    _, heading, text = path.read_text().split('"""', 2)
    header = dict(re.findall(r"^([\w-]+): (.+)$", heading, re.MULTILINE))
    parts = re.split(r"^# %% (.+)\n", text, flags=re.MULTILINE)[1:]
    cells = {name: source.strip("\n") for name, source in zip(parts[::2], parts[1::2], strict=True)}
    files = {
        name.removeprefix("file "): cells.pop(name).encode()
        for name in list(cells)
        if name.startswith("file ")
    }
    return Hostile(path.stem, header, cells, files, cells.pop("twist", ""))


def fill(content: bytes, cells: Mapping[str, str], places: Mapping[str, str]) -> bytes:
    """Write cells into a released notebook by grade_id."""
    read = json.loads(content)
    for cell in read["cells"]:
        marks = cell["metadata"].get("nbgrader", {})
        source = cells.get(marks.get("grade_id"), cell["source"])
        source = re.sub(r"### BEGIN HIDDEN.*END HIDDEN TESTS", "", source, flags=re.DOTALL)
        for name, place in places.items():
            source = source.replace(f"@{name}@", place)
        cell["source"] = source
    return json.dumps(read).encode()


def honest(name: str) -> Work:
    """Give a submission in which all is right."""
    right = {"answer": "def answer(n):\n    return 2 * n"}
    return Hostile(name, {}, right).handed_in({})


def write_course(folder: Path) -> dict[str, str]:
    """Write the course, with canaries in it; give what hostile code is told about it."""
    write(folder / "source" / ASSIGNMENT, SOURCE)
    write(
        folder,
        {
            "nbgrader_config.py": CONFIG.encode(),
            "grades.txt": GRADEBOOK.encode(),
            "submitted/somebody/hw/p1.ipynb": GRADEBOOK.encode(),
        },
    )
    return {"COURSE": str(folder), "GRADEBOOK": str(folder / "grades.txt")}


def outputs_of(content: bytes) -> list[tuple[str, Any]]:
    """List the outputs of a notebook with the grade_id of their cells."""
    return [
        (cell["metadata"].get("nbgrader", {}).get("grade_id", ""), cell["outputs"])
        for cell in json.loads(content)["cells"]
        if cell["cell_type"] == "code"
    ]
