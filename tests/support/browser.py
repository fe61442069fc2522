"""The system's Chromium, driven by Playwright: one for each worker, a clean profile for each test.

What a page does beside being shown is noted: dialogs, faults on the console, requests to other
places. axe-core, which looks for what somebody cannot see, read or reach, comes in a package:
https://github.com/dequelabs/axe-core/blob/develop/doc/API.md
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.programs import Require

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser")
# No sandbox, because tests may be run by root; nothing that goes out by itself.
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MILLISECONDS = 20_000
WIDE, NARROW = (1280, 900), (400, 800)
_SERIOUS = {"serious", "critical"}


@dataclass
class Window:
    """
    One browser with a profile of its own, open at one hub.

    What happened beside: `dialogs` that opened, `faults` the console told, `strays`: addresses
    elsewhere that something was asked of.
    """

    page: Page
    hub: str
    folder: Path
    dialogs: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE_MILLISECONDS)
        self.page.on("dialog", self._dismiss)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._note)
        self.page.on("request", lambda request: self._look_at(request.url))

    def go(self, path: str) -> int:
        """Open a path of the hub's server; give the status of the answer."""
        parts = urlsplit(self.hub)
        answer = self.page.goto(f"{parts.scheme}://{parts.netloc}{path}")
        assert answer is not None
        return answer.status

    def log_in(self, username: str, password: str, onward: str) -> None:
        """Go to a path as a stranger, and log in at the form of the hub that comes."""
        self.go(onward)
        self.page.fill("input[name=username]", username)
        self.page.fill("input[name=password]", password)
        self.page.press("input[name=password]", "Enter")
        self.page.wait_for_url(lambda url: "/hub/login" not in url)

    def follow(self, name: str) -> None:
        """Follow the first link of a name."""
        self.page.get_by_role("link", name=name).first.click()

    def press(self, name: str) -> None:
        """Press the first button of a name."""
        self.page.get_by_role("button", name=name).first.click()

    def wait_for(self, words: str) -> None:
        """Wait until words can be seen, on whatever page."""
        self.page.get_by_text(words).first.wait_for()

    @property
    def path(self) -> str:
        """Give the path that the window is at."""
        return urlsplit(self.page.url).path

    @property
    def text(self) -> str:
        """Give all the words that can be seen."""
        return self.page.inner_text("body")

    def axe_faults(self) -> list[str]:
        """List what axe-core calls serious or critical on the page, once it has come to rest."""
        self.page.evaluate("Promise.all(document.getAnimations().map((it) => it.finished))")
        self.page.evaluate(AXE_SCRIPT)
        found = self.page.evaluate("axe.run({resultTypes: ['violations']})")
        return [_fault(it) for it in found["violations"] if it["impact"] in _SERIOUS]

    def screenshot(self, name: str) -> Path:
        """Keep a picture of the whole page, in COURSEOPS_SCREENSHOTS if that is set."""
        path = self.folder / f"{re.sub(r'[^a-z0-9-]+', '-', name.lower())}.png"
        self.page.screenshot(path=path, full_page=True)
        return path

    @property
    def is_wider_than_it_is(self) -> bool:
        """Say whether somebody would have to scroll sideways."""
        wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        return bool(self.page.evaluate(wide))

    def _dismiss(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _note(self, message: Any) -> None:
        where = message.location["url"]
        # A browser asks for it at the root, which is not ours.
        if message.type == "error" and not where.endswith("/favicon.ico"):
            self.faults.append(f"{message.text} ({where})")

    def _look_at(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https", "ws"} and parts.netloc != urlsplit(self.hub).netloc:
            self.strays.append(url)


def _fault(found: dict[str, Any]) -> str:
    where = "; ".join(" ".join(map(str, node["target"])) for node in found["nodes"][:5])
    return f"{found['id']} ({found['impact']}): {found['help']}: {where}"


OpenWindow = Callable[..., Window]


@pytest.fixture(scope="session")
def chromium(require: Require) -> Iterator[tuple[Browser, asyncio.AbstractEventLoop]]:
    """Start Chromium, once a worker; give it with the loop that Playwright runs."""
    require("Chromium", PROGRAM)
    with ExitStack() as ending:
        playwright = ending.enter_context(sync_playwright())
        loop = asyncio.get_running_loop()
        # Playwright leaves its loop as the running one: other tests would not get one of theirs.
        ending.callback(asyncio._set_running_loop, loop)
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=_FLAGS)
        ending.callback(browser.close)
        asyncio._set_running_loop(None)
        yield browser, loop
        asyncio._set_running_loop(loop)
    asyncio._set_running_loop(None)


@pytest.fixture
def open_window(
    chromium: tuple[Browser, asyncio.AbstractEventLoop], tmp_path: Path
) -> Iterator[OpenWindow]:
    """
    Give a function that opens a browser at a hub: in the light or `dark`, of a size, `plain`.

    A plain one runs no JavaScript.
    """
    browser, loop = chromium
    folder = Path(os.environ.get("COURSEOPS_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)

    with ExitStack() as ending:
        asyncio._set_running_loop(loop)
        ending.callback(asyncio._set_running_loop, None)

        def open_it(
            hub: str,
            *,
            dark: bool = False,
            size: tuple[int, int] = WIDE,
            plain: bool = False,
            language: str = "en",
        ) -> Window:
            context = browser.new_context(
                color_scheme="dark" if dark else "light",
                viewport={"width": size[0], "height": size[1]},
                java_script_enabled=not plain,
                locale=language,
            )
            ending.callback(context.close)
            return Window(context.new_page(), hub, folder)

        yield open_it
