"""What no solution needs is named, and what solutions do is not."""

import pytest

from courseops.adapters.grading.inside.reading_code import oddities


@pytest.mark.parametrize(
    "source",
    [
        "class A:\n    def __eq__(self, other):\n        return True",
        "class A:\n    def __eq__(self, other):\n        'Says yes.'\n        return True",
        "def f():\n    class B(float):\n        __eq__ = lambda *a: True\n    return B()",
    ],
)
def test_an_object_that_equals_everything_is_named(source: str) -> None:
    assert "equals everything" in "".join(oddities(source))


@pytest.mark.parametrize(
    "source",
    [
        "class A:\n    def __eq__(self, other):\n        return self.x == other.x",
        "class A:\n    def __eq__(self, o):\n        if self:\n            return True",
        "class A:\n    def is_fine(self):\n        return True\n# __eq__",
        "%magic __eq__",
        "def broken(:\n    __eq__",
    ],
)
def test_honest_code_is_not(source: str) -> None:
    assert not list(oddities(source))
