"""What releasing promises, on a course in memory and on nbgrader itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from courseops.actions.assignments.releasing import release_assignment
from courseops.adapters.memory.releasing import MemoryReleasing
from courseops.adapters.nbgrader.course import NbgraderCourse
from courseops.adapters.nbgrader.releasing import NbgraderReleasing
from courseops.errors import RefusedError
from courseops.model.assignments.assignment import Released, State
from courseops.model.assignments.leak import find_leaks
from courseops.model.assignments.release import HIDDEN_TESTS, MARK_SCHEME
from courseops.ports.releasing import Releasing
from tests.support.course import new_journal
from tests.support.notebooks import checks, code, marked, notebook, solution, text

# What is made once for all of these tests takes long.
pytestmark = pytest.mark.xdist_group("releasing")

COURSE = "python101"
GOOD = (
    text("Write `mean(values)`."),
    solution("mean", "def mean(values):", "    return sum(values) / len(values)"),
    checks("test_mean", "assert mean([2, 4]) == 3", hidden=("assert mean([7, 8]) == 7.5",)),
)
CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = {course!r}
c.Exchange.root = {exchange!r}
c.ExecutePreprocessor.timeout = 2
"""

Put = Callable[[str, dict[str, bytes]], None]


class Place:
    """A course and the way its teacher writes into it."""

    def __init__(self, course: Releasing, put: Put, folder: Path) -> None:
        self.course = course
        self.put = put
        self.folder = folder


@pytest.fixture(scope="session")
def nbgrader_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One course for all tests of a worker: each has an assignment of its own."""
    root = tmp_path_factory.mktemp("releasing")
    folder = root / "course"
    (folder / "source").mkdir(parents=True)
    config = CONFIG.format(course=COURSE, exchange=str(root / "exchange"))
    (folder / "nbgrader_config.py").write_text(config)

    def put(name: str, files: dict[str, bytes]) -> None:
        for path, content in files.items():
            at = folder / "source" / name / path
            at.parent.mkdir(parents=True, exist_ok=True)
            at.write_bytes(content)

    with NbgraderCourse(course_id=COURSE, folder=folder) as course:
        yield Place(course.releasing, put, folder)


@pytest.fixture(params=["memory", pytest.param("nbgrader", marks=pytest.mark.nbgrader)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "nbgrader":
        return request.getfixturevalue("nbgrader_place")
    memory = MemoryReleasing(course_id=COURSE)

    def put(name: str, files: dict[str, bytes]) -> None:
        memory.sources.setdefault(name, {}).update(files)

    return Place(memory, put, tmp_path)


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """Name an assignment that no other test has."""
    return f"a{abs(hash(request.node.name)) % 10**8}"


def find(course: Releasing, name: str):
    (found,) = (it for it in course.assignments() if it.name == name)
    return found


def test_a_release_goes_out_changes_and_comes_back(place: Place, name: str) -> None:
    course = place.course
    place.put(name, {"hw1.ipynb": notebook(*GOOD), "numbers.csv": b"1\n"})
    assert find(course, name).state is State.DRAFT
    assert course.released_files(name) == ()

    course.generate(name)
    assert course.publish(name) is Released.NEW
    assert course.publish(name) is Released.UNCHANGED
    assert find(course, name).state is State.RELEASED
    assert [it.path for it in course.released_files(name)] == ["hw1.ipynb", "numbers.csv"]
    assert b"len(values)" not in course.released_files(name)[0].content

    place.put(name, {"numbers.csv": b"2\n"})
    course.generate(name)
    assert course.publish(name) is Released.AGAIN
    assert course.released_files(name)[1].content == b"2\n"

    course.retract(name)
    assert course.released_files(name) == ()
    assert find(course, name).state is State.DRAFT


def test_both_versions_are_given_and_leak_nothing(place: Place, name: str) -> None:
    place.put(name, {"hw1.ipynb": notebook(*GOOD), "deep/numbers.csv": b"1\n"})

    made = place.course.generate(name)

    assert made.source.keys() == made.release.keys() == {"hw1.ipynb", "deep/numbers.csv"}
    assert made.source["hw1.ipynb"] == notebook(*GOOD)
    assert made.conversion.regions[1:] == (HIDDEN_TESTS, MARK_SCHEME)
    assert find_leaks(made) == ()
    cells = place.course.released_notebooks(name)[0].cells
    assert [(it.id, it.points, it.type) for it in cells] == [
        ("mean", None, "code"),
        ("test_mean", 2, "code"),
    ]


def test_what_is_copied_along_is_found(place: Place, name: str) -> None:
    place.put(
        name,
        {
            "hw1.ipynb": notebook(*GOOD),
            "hw1.json": notebook(*GOOD),
            "hw1.ipynb~": b"",
            "mean.py": b"def mean(values):\n  return sum(values) / len(values)\n",
        },
    )

    leaks = find_leaks(place.course.generate(name))

    assert {it.where for it in leaks} == {"hw1.json", "hw1.ipynb~", "mean.py"}


def test_a_deadline_is_kept_to_the_second(place: Place, name: str) -> None:
    place.put(name, {"hw1.ipynb": notebook(*GOOD)})
    due_at = datetime(2026, 3, 9, 22, 59, 30, tzinfo=UTC)

    place.course.generate(name)
    place.course.set_due(name, due_at)

    assert find(place.course, name).due_at == due_at


def test_good_solutions_pass(place: Place, name: str) -> None:
    place.put(name, {"hw1.ipynb": notebook(*GOOD)})

    assert place.course.validate(name) == []


def test_an_assignment_without_a_source_is_refused(place: Place) -> None:
    with pytest.raises(RefusedError, match="no source/nothing"):
        place.course.generate("nothing")


@pytest.mark.nbgrader
def test_each_failing_cell_is_named_with_its_error(nbgrader_place: Place, name: str) -> None:
    wrong = checks("test_wrong", "open('made.txt', 'w').close()", hidden=("assert mean([]) == 0",))
    slow = checks("test_slow", "while True: pass")
    nbgrader_place.put(name, {"a.ipynb": notebook(*GOOD, wrong), "b.ipynb": notebook(slow)})
    nbgrader_place.put(name, {"c.ipynb": b"no notebook", "d.ipynb": notebook(*GOOD)})

    failed = nbgrader_place.course.validate(name)

    assert [(it.notebook, it.cell) for it in failed] == [
        ("a", "test_wrong"),
        ("b", "test_slow"),
        ("c", ""),
    ]
    assert failed[0].error == "ZeroDivisionError: division by zero"
    assert "timed out" in failed[1].error.lower() or "Timeout" in failed[1].error
    assert not (nbgrader_place.folder / "source" / name / "made.txt").exists()


@pytest.mark.nbgrader
def test_a_notebook_that_never_ends_costs_its_own_validation_only(
    nbgrader_place: Place, name: str
) -> None:
    stubborn = "while True:\n    try:\n        __import__('re').match('(a+)+$', 'a' * 60 + 'b')\n"
    stubborn += "    except BaseException:\n        pass"
    nbgrader_place.put(name, {"a.ipynb": notebook(checks("t", stubborn))})
    course = NbgraderReleasing(
        COURSE,
        nbgrader_place.course._client,
        nbgrader_place.course._look,
        validation_timeout_seconds=3,
    )

    failed = course.validate(name)

    assert [str(it) for it in failed] == ["a.ipynb: nbgrader did not end within 3 s"]
    assert find(course, name).state is State.DRAFT


@pytest.mark.nbgrader
def test_a_leaking_release_never_reaches_the_exchange(nbgrader_place: Place, name: str) -> None:
    course = nbgrader_place.course
    nbgrader_place.put(name, {"hw1.ipynb": notebook(*GOOD), "answers.txt": b"42"})

    with pytest.raises(RefusedError, match="must not see") as caught:
        release_assignment(course, new_journal(), name)

    assert caught.value.problems[0].startswith("answers.txt: ")
    assert course.released_files(name) == ()


@pytest.mark.nbgrader
def test_what_a_courses_own_configuration_changes_is_honoured(tmp_path: Path) -> None:
    folder = tmp_path / "course"
    (folder / "source" / "hw1").mkdir(parents=True)
    (folder / "nbgrader_config.py").write_text(
        CONFIG.format(course=COURSE, exchange=str(tmp_path / "exchange"))
        + "c.ClearSolutions.begin_solution_delimeter = '<sol>'\n"
        + "c.ClearSolutions.end_solution_delimeter = '</sol>'\n"
        + "c.ClearSolutions.code_stub = {'python': 'your_turn(1, 2)'}\n"
        + "c.LockCells.lock_grade_cells = c.LockCells.lock_readonly_cells = False\n"
    )
    answer = code("# <sol>\nyour_turn(1, 2)\nx = 40 + 2\n# </sol>", marked("x", solution=True))
    other = text("Not BEGIN SOLUTION, but `<sol` marks a solution here.")
    source = notebook(answer, other, checks("test_x", "assert x == 42"))
    (folder / "source" / "hw1" / "hw1.ipynb").write_bytes(source)

    with NbgraderCourse(course_id=COURSE, folder=folder) as course:
        made = course.releasing.generate("hw1")

    assert made.conversion.regions[0].begin == "<sol>"
    assert find_leaks(made) == ()
    released = json.loads(made.release["hw1.ipynb"])
    assert released["cells"][0]["source"] == ["your_turn(1, 2)"]
