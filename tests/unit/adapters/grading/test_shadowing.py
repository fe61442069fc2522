"""A handed-in file is not imported in the place of the teacher's own."""

import pytest

pytest.importorskip("nbgrader")

from courseops.adapters.grading.inside.shadowing import find_shadows

SUPPORT = {"checks.py": b"", "lib/given.py": b"", "table.csv": b"", "full/__init__.py": b""}


@pytest.mark.parametrize(
    "path",
    [
        "checks/__init__.py",
        "checks/more.py",
        "checks.so",
        "checks.cpython-311-x86_64-linux-gnu.so",
        "checks.pyc",
        "__pycache__/checks.cpython-311.pyc",
        "lib.py",
        "lib/__init__.py",
        "lib/given/__init__.py",
        "lib/__pycache__/given.cpython-311.pyc",
        "full/__pycache__/__init__.cpython-311.pyc",
    ],
)
def test_what_an_import_would_find_first_is_named(path: str) -> None:
    assert list(find_shadows([path], SUPPORT)) == [path]


@pytest.mark.parametrize(
    "path",
    ["checks.py", "own.py", "lib/own.py", "full/more.py", "checks.csv", "checks/data.csv",
     "other/checks.py", "table.py", "__pycache__/own.cpython-311.pyc", "lib/given.py"],
)  # fmt: skip
def test_what_shadows_nothing_is_left_alone(path: str) -> None:
    assert list(find_shadows([path], SUPPORT)) == []
