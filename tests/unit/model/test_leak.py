"""What a teacher took out is found wherever it goes out all the same, and nothing else is."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseops.adapters.memory.releasing import MemoryReleasing
from courseops.demo.exercises import source_notebook
from courseops.model.assignments.leak import Leak, find_leaks
from courseops.model.assignments.release import Conversion, Generated, Region
from tests.support.notebooks import Cells, checks, code, marked, notebook, solution, text

MEAN = solution(
    "mean",
    "def mean(values):",
    "    checked = [float(value) for value in values]",
    "    return sum(checked) / len(checked)",
)
HIDDEN = checks("test_mean", "assert mean([2, 4]) == 3", hidden=("assert mean([7, 8]) == 7.5",))
TASK = text("Write `mean(values)`: the average of a list of numbers.")
SOURCE = (TASK, MEAN, HIDDEN)


def generated(*cells: dict, **others: bytes) -> Generated:
    course = MemoryReleasing(sources={"hw1": {"hw1.ipynb": notebook(*cells), **others}})
    return course.generate("hw1")


def leaks_after(change: Callable[[Cells], object], *cells: dict) -> tuple[Leak, ...]:
    """Change the learners' version after nbgrader has made it, and look at it."""
    made = generated(*(cells or SOURCE))
    whole = json.loads(made.release["hw1.ipynb"])
    change(whole["cells"])
    return find_leaks(replace(made, release={"hw1.ipynb": json.dumps(whole).encode()}))


def leaks_beside(name: str, content: bytes | str, *cells: dict) -> tuple[Leak, ...]:
    made = generated(*(cells or SOURCE))
    raw = content.encode() if isinstance(content, str) else content
    return find_leaks(replace(made, release={**made.release, name: raw}))


def test_what_nbgrader_makes_leaks_nothing():
    assert find_leaks(generated(*SOURCE)) == ()


def test_the_demonstrations_assignment_leaks_nothing():
    course = MemoryReleasing(sources={"hw1": {"hw1.ipynb": source_notebook()}})

    assert find_leaks(course.generate("hw1")) == ()


INTRODUCTION = (
    text("# Plotting\n\nUse `import numpy as np`, then `plt.plot(x, y)` and `plt.show()`."),
    code("import matplotlib.pyplot as plt\nx = [1, 2, 3]"),
    text("Assign the squares to `y`. An assignment looks like `total = 0`."),
    solution("squares", "", "import numpy as np", "y = [n ** 2 for n in x]", "total = 0"),
    checks("test_squares", "assert y[0] == 1", hidden=("assert y[2] == 9",)),
    text("Now plot them, and call `plt.show()`."),
    solution("plot", "", "plt.plot(x, y, color='red')", "plt.title('Squares')", "plt.show()"),
    text("**Why** is it a parabola? Answer in one sentence.\n\nYOUR ANSWER HERE"),
    text("**Why** is it a parabola? Answer in one sentence.\n\nThe exponent of n is two.",
         marked("why", grade=True, solution=True, points=1)),
    code("def given(a, b):\n    return a + b", marked("given", locked=True)),
    solution("whole", "def twice(a):", "    b = a", "    return a + b"),
)  # fmt: skip


def test_an_introductory_notebook_raises_no_false_alarm():
    others = {
        "helpers.py": b"import numpy as np\ntotal = 0\nplt.show()\ndef load(name): return name\n",
        "numbers.csv": b"x,y\n1,1\n2,4\n",
        "README.md": b"Write `y = ...`, then `plt.show()`. Begin: solution 1 is easiest.\n",
        "picture.png": b"\x89PNG\r\n\x1a\n\0\0 BEGIN",
    }

    assert find_leaks(generated(*INTRODUCTION, **others)) == ()


def put_output(cells: Cells) -> None:
    cells[2]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "3"}]


def put_attachment(cells: Cells) -> None:
    content = base64.b64encode(b"def mean(v):\n  return sum(checked)/len(checked)").decode()
    cells[0]["attachments"] = {"notes.txt": {"text/plain": content}}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda cells: cells[1].update(source=MEAN["source"]), "'BEGIN SOLUTION' is still there"),
        (lambda cells: cells[2].update(source=HIDDEN["source"]), "'BEGIN HIDDEN TESTS' is still"),
        (lambda cells: cells.append(text("### begin mark scheme BEGIN MARK SCHEME")), "MARK"),
        (lambda cells: cells.append(code("### Begin Solution\nx = 1")), "was mistyped"),
        (lambda cells: cells.append(code("#BEGIN HIDDEN TEST")), "was mistyped"),
        (lambda cells: cells.append(code("return sum( checked )/len( checked )")), "solution of"),
        (lambda cells: cells.append(code("assert mean([7,8])==7.5")), "from the hidden tests of"),
        (
            lambda cells: cells.append(
                text("Hint: `checked = [float(value) for value in values]`")
            ),
            "from the solution of cell 2 (mean)",
        ),
        (lambda cells: cells[0]["metadata"].update(note=["return sum(checked) / len(checked)"]),
         "from the solution"),
        (put_output, "output was not cleared"),
        (put_attachment, "from the solution"),
        (lambda cells: cells[2]["metadata"].pop("editable"), "could edit or delete it"),
    ],
)  # fmt: skip
def test_what_was_taken_out_is_found_wherever_it_is(change, told):
    leaks = leaks_after(change)

    assert leaks, "nothing was found"
    assert any(told in str(leak) for leak in leaks), leaks
    assert all(leak.where.startswith("hw1.ipynb, ") and leak.mend for leak in leaks)


def test_metadata_of_the_whole_notebook_is_searched():
    made = generated(*SOURCE)
    whole = json.loads(made.release["hw1.ipynb"])
    whole["metadata"]["notes"] = {"deep": ["return sum(checked) / len(checked)"]}

    leaks = find_leaks(replace(made, release={"hw1.ipynb": json.dumps(whole).encode()}))

    assert [leak.where for leak in leaks] == ["hw1.ipynb, its metadata"]


GIVE_IT_AWAY = {
    "model.py": "def average(v):\n    checked = [float(value) for value in values]\n"
    "    return sum(checked) / len(checked)\n",
    "solution.py": "print('nothing alike')",
    "hw1-solutions.txt": "nothing alike",
    "deep/Answers.md": "nothing alike",
    "hw1.ipynb~": "{}",
    ".ipynb_checkpoints/hw1-checkpoint.ipynb": notebook(*SOURCE),
    ".git/HEAD": "ref: refs/heads/main",
    "hw1.ipynb.bak": "{}",
    "copy.ipynb": notebook(*SOURCE),
    "deep/autograded.ipynb": notebook(code("pass", marked("mean", solution=True))),
    "gradebook.db": b"anything",
    "old.db": b"SQLite format 3\0 ... submitted_assignment ... source_cell",
    "notes.txt": "### BEGIN SOLUTION\n1\n",
    "hw1.json": notebook(*SOURCE),
}


@pytest.mark.parametrize("name", GIVE_IT_AWAY)
def test_another_file_that_gives_it_away_is_found(name):
    leaks = leaks_beside(name, GIVE_IT_AWAY[name])

    assert leaks
    assert {leak.where for leak in leaks} == {name}


LEARNERS_BUSINESS = {
    "lecture.ipynb": notebook(text("# Lecture"), code("mean = 3")),
    "numbers.db": b"SQLite format 3\0 CREATE TABLE numbers",
    "utils.py": "def load(name):\n    return [float(value) for value in open(name)]\n",
    "data.bin": bytes(range(256)) * 9,
    "resolution.txt": "300 dpi",
    "latin1.txt": "déjà vu".encode("latin-1"),
}


@pytest.mark.parametrize("name", LEARNERS_BUSINESS)
def test_another_file_that_is_the_learners_business_is_left_alone(name):
    assert leaks_beside(name, LEARNERS_BUSINESS[name]) == ()


def test_a_file_called_as_a_solution_may_be_the_one_that_learners_write():
    task = text("Write your program into `solution.py`.")

    assert leaks_beside("solution.py", "# your program", task, *SOURCE) == ()


def test_a_line_that_the_teacher_gives_elsewhere_is_no_secret():
    given_code = code("checked = [float(value) for value in [1, 2]]\nshown = sum(checked)")
    answer = solution("again", "", "shown = sum(checked)", "other = shown + 10")

    assert find_leaks(generated(given_code, answer)) == ()


def test_an_answer_without_delimiters_is_a_secret_as_a_whole():
    whole = code("weights = [3, 1, 4]\nbias = 15", marked("fit", solution=True))

    leaks = leaks_after(lambda cells: cells.append(code("weights = [3, 1, 4]")), whole)

    assert "'weights = [3, 1, 4]' from the solution of cell 1 (fit)" in leaks[0].what


def test_a_picture_in_an_answer_stays_when_its_text_goes():
    picture = {"sketch.png": {"image/png": base64.b64encode(b"\x89PNG").decode()}}
    shown = text(
        "![it](attachment:sketch.png)",
        marked("draw", grade=True, solution=True, points=1),
        attachments=picture,
    )
    kept = text("Look: ![it](attachment:sketch.png)", attachments=picture)

    assert "sketch.png belongs to what was taken out" in find_leaks(generated(shown))[0].what
    assert find_leaks(generated(kept)) == ()


def test_a_course_may_have_delimiters_of_its_own():
    own = Region(what="solution", begin="<sol>", end="</sol>")
    cell = code("# <sol>\nanswer = 40 + 2\n# </sol>", marked("it", solution=True))
    made = Generated(
        source={"hw1.ipynb": notebook(cell)},
        release={"hw1.ipynb": notebook(cell)},
        conversion=Conversion(regions=(own,)),
    )

    leaks = find_leaks(made)

    assert any("'<sol>' is still there" in leak.what for leak in leaks)
    assert any("'answer = 40 + 2'" in leak.what for leak in leaks)


def test_a_course_may_leave_its_tests_unlocked():
    made = generated(*SOURCE)
    unlocked = notebook(
        TASK, code("# YOUR CODE HERE"), code("assert mean([2, 4]) == 3", HIDDEN["metadata"])
    )
    made = replace(made, release={"hw1.ipynb": unlocked})

    assert "edit or delete" in find_leaks(made)[0].what
    leaving = Conversion(locks_tests=False, locks_read_only=False)
    assert find_leaks(replace(made, conversion=leaving)) == ()


# Words that no line of the notebook around them has.
WORDS = st.from_regex(r"zz[a-y]{3,8}", fullmatch=True)
LINES = st.tuples(WORDS, WORDS, st.integers(10, 999)).map(lambda it: f"{it[0]} = {it[1]}({it[2]})")
REGIONS = st.lists(LINES, min_size=1, max_size=5)


def put_into_code(cells: Cells, line: str) -> None:
    cells.append(code(f"if True:\n        {line}"))


def put_into_metadata(cells: Cells, line: str) -> None:
    cells[0]["metadata"]["tags"] = ["x", line]


def put_into_stub(cells: Cells, line: str) -> None:
    cells[1]["source"] += f"\n{line}"


@given(
    answer=REGIONS,
    hidden=REGIONS,
    which=st.integers(0, 9),
    put=st.sampled_from([put_into_code, put_into_metadata, put_into_stub]),
)
def test_any_line_that_is_taken_out_is_found_and_only_then(answer, hidden, which, put):
    cells = (TASK, solution("a", "def f():", *answer), checks("t", "f()", hidden=tuple(hidden)))
    secret = [*answer, *hidden][which % (len(answer) + len(hidden))]

    assert leaks_after(lambda _: None, *cells) == ()
    found = leaks_after(lambda made: put(made, secret), *cells)
    assert any(repr(secret) in leak.what for leak in found)


@given(answer=st.lists(LINES, min_size=2, max_size=6), before=st.text(max_size=40))
def test_a_whole_answer_in_prose_or_in_a_file_is_found(answer, before):
    cells = (TASK, solution("a", "def f():", *answer))
    copy = "\n".join([before, *answer])

    assert leaks_after(lambda made: made.append(text(copy)), *cells)
    assert leaks_beside("notes.txt", copy, *cells)


@given(
    cells=st.lists(st.tuples(st.booleans(), st.text(max_size=60)), max_size=6),
    other=st.binary(max_size=200),
)
def test_what_has_no_answers_has_no_leaks(cells, other):
    whole = [code(it) if is_code else text(it) for is_code, it in cells]

    assert find_leaks(generated(*whole, **{"numbers.dat": other})) == ()
