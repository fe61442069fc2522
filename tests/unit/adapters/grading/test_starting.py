"""What nbgrader's start leaves out is there for whoever asks for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("nbgrader")

pytestmark = pytest.mark.nbgrader

_LOOK = """
import sys
import courseops.adapters.grading.inside.station
late = "soupsieve.css_parser"
print(late in sys.modules)
from bs4 import BeautifulSoup
print(BeautifulSoup('<p class="a">x</p><p>y</p>', "html.parser").select_one("p.a").text)
print(late in sys.modules)
import soupsieve
print(soupsieve.compile("p").pattern)
"""


def test_selectors_are_loaded_when_somebody_selects() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _LOOK], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "x", "True", "p"]
