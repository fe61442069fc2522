"""Every page that somebody comes to by links is sound: to read, to hear, in the dark, on a phone.

With COURSEOPS_SCREENSHOTS=FOLDER each is kept as a picture, in light and dark, narrow and wide.
"""

import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error
from starlette.routing import compile_path

from courseops.web.doors import DOORS
from tests.support.browser import NARROW, WIDE
from tests.support.school import LOSER, OPERATOR, OTHER_TEACHER, TEACHER

pytestmark = [
    pytest.mark.hub,
    pytest.mark.browser,
    pytest.mark.nbgrader,
    pytest.mark.restic,
    pytest.mark.xdist_group("pages-school"),
    pytest.mark.timeout(900),
]

_PATTERNS = {door.path: compile_path(door.path)[0] for door in DOORS if door.method == "GET"}
_LINKS = "() => [...document.querySelectorAll('a[href]')].map((it) => it.href)"


def door_of(path):
    return next((it for it, pattern in _PATTERNS.items() if pattern.fullmatch(path)), None)


@dataclass
class Walk:
    """Somebody who looks at one page behind each door that links lead to."""

    window: object
    prefix: str
    who: str
    looked: set
    seen: dict = field(default_factory=dict)
    faults: list = field(default_factory=list)

    def take(self):
        waiting = [f"{self.prefix}/"]
        while waiting:
            path = waiting.pop(0)
            door = door_of(urlsplit(path).path.removeprefix(self.prefix))
            if door in self.seen:
                continue
            self.seen[door] = path
            if self._enter(door, path):
                waiting += self._onward()

    def _enter(self, door, path):
        try:
            status = self.window.go(path)
        except Error as error:
            # A file, which the browser keeps and does not show.
            if "Download is starting" not in str(error):
                raise
            return False
        if door is None or status != 200:
            self.faults.append(f"{path}: answers {status}, and is behind the door {door}")
            return False
        if door not in self.looked:
            self._look(door)
            # What is on the others depends on who looks.
            self.looked |= {door} - {"/", "/courses/{course}"}
        return True

    def _onward(self):
        found = [urlsplit(it) for it in self.window.page.evaluate(_LINKS)]
        ours = [it for it in found if it.path.startswith(f"{self.prefix}/")]
        return [it.path + (f"?{it.query}" if it.query else "") for it in ours]

    def _look(self, door):
        page, name = self.window.page, f"{self.who} at {door.strip('/}') or 'home'}"
        for colours in "light", "dark":
            page.emulate_media(color_scheme=colours)
            self.faults += [f"{name}, {colours}: {it}" for it in self.window.axe_faults()]
            for size in WIDE, NARROW:
                page.set_viewport_size({"width": size[0], "height": size[1]})
                if self.window.is_wider_than_it_is:
                    self.faults.append(f"{name}: is wider than {size[0]} pixels")
                if "COURSEOPS_SCREENSHOTS" in os.environ:
                    self.window.screenshot(f"{name}-{colours}-{size[0]}")
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})


@pytest.fixture(scope="module")
def looked():
    """Keep which doors somebody has looked behind already."""
    return set()


@pytest.mark.parametrize("who", [TEACHER, OTHER_TEACHER, OPERATOR, LOSER])
def test_every_page_that_links_lead_to_is_sound(school, sit_down, looked, who):
    window = sit_down(who)
    walk = Walk(window, school.prefix, who, looked)
    walk.take()
    assert not walk.faults, "\n".join(walk.faults)
    assert not window.faults
    assert not window.strays
    assert not window.dialogs
