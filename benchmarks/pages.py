"""How long the pages of a large course take: on the server, and in a browser.

    python benchmarks/pages.py [--learners 1500] [--assignments 20] [--folder FOLDER]

The course is the one of benchmarks/status.py, with everybody enrolled, graded and given feedback
in our record. On the server, a page is asked for as the application answers it, without a
network: the first time in a process, which reads the course, and then again. In the browser
(Chromium, by Playwright), it is from the start of the navigation to the first paint and to the
load event, the server's part included. Best of several; exits with 1 if a bound is not held.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from lesson import Lesson, folder_for
from playwright.sync_api import Page, sync_playwright
from sheet import Sheet
from status import write

sys.path.insert(0, str(Path(__file__).parents[1]))

from courseops.actions.assignments.overview import AUTOGRADE, FEEDBACK, scope_of
from courseops.adapters.memory.ambient import SilentProgress
from courseops.config import load_config
from courseops.model.rights import Rights
from courseops.model.roster import Enrolment, Person
from courseops.model.run import Outcome
from courseops.web.app import pages_of
from courseops.web.hub_page import HubPage
from courseops.web.serving import open_page
from courseops.wiring import Site
from tests.support.pages import Browser, browser_of

_COURSE = "speed101"
_PAGES = ("assignments", "roster")
_TIMES = 7
_SERVER_BOUND, _BROWSER_BOUND = 0.3, 1.0
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_WATCH = """() => new Promise(done => {
    const look = () => {
        const page = performance.getEntriesByType('navigation')[0];
        const paint = performance.getEntriesByName('first-contentful-paint')[0];
        if (paint && page.loadEventEnd) done([paint.startTime, page.loadEventEnd]);
        else setTimeout(look, 20);
    };
    look();
})"""


def configure(lesson: Lesson) -> Path:
    """Write a configuration with a page."""
    path = lesson.folder / "pages.toml"
    path.write_text(
        "[site]\n"
        'state = "pages-state"\n'
        "[hubs.campus]\n"
        'url = "http://127.0.0.1:9"\n'
        'token = {env = "PAGE_TOKEN"}\n'
        "[hubs.campus.web]\n"
        'secret = {env = "PAGE_TOKEN"}\n'
        f"[courses.{_COURSE}]\n"
        'hub = "campus"\n'
        f'folder = "{lesson.course}"\n'
    )
    return path


def note_class(site: Site, learners: int, assignments: int) -> None:
    """Write down who is enrolled, and how grading and feedback went."""
    names = [f"learner{number:04}" for number in range(learners)]
    if site.store.enrolments.active(_COURSE):
        return
    site.store.enrolments.enrol(
        _COURSE,
        [
            Enrolment(
                person=Person(
                    id=who, username=who, given_name="Ada", family_name="X", email=f"{who}@x.org"
                ),
                section="AB"[number % 2],
            )
            for number, who in enumerate(names)
        ],
        datetime.now(UTC),
    )
    for number in range(assignments):
        for action in (AUTOGRADE, FEEDBACK):
            with site.journal.run(action, scope_of(_COURSE, f"hw{number:02}")) as entry:
                entry.note(*map(_outcome, names))


def _outcome(who: str) -> Outcome:
    odd = who.endswith("77")
    return Outcome.failed(who, "cell 3 ended", kind="crash") if odd else Outcome.done(who)


def ask(browser: Browser, path: str) -> float:
    """Ask for a page; give how long the application took."""
    began = time.perf_counter()
    browser.open(path)
    return time.perf_counter() - began


@contextmanager
def served(page: HubPage) -> Iterator[str]:
    """Serve the pages; give their address."""
    config = uvicorn.Config(pages_of(page), port=0, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def look(window: Page, url: str) -> tuple[float, float]:
    """Open a page; give the seconds to the first paint and to the load event."""
    window.goto(url, wait_until="load")
    painted, loaded = window.evaluate(_WATCH)
    return painted / 1000, loaded / 1000


def watch(sheet: Sheet, page: HubPage, browser: Browser, paths: Sequence[str]) -> None:
    """Open each page in Chromium."""
    with served(page) as address, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=_FLAGS)
        context = chromium.new_context(viewport={"width": 1280, "height": 900})
        cookie = f"{page.section.service}-session"
        context.add_cookies([{"name": cookie, "value": browser.session.id, "url": address}])
        window = context.new_page()
        for path in paths:
            took = [look(window, address + page.link(path)) for _ in range(_TIMES)]
            painted, loaded = min(took, key=max)
            sheet.judge(f"{path}: painted, loaded", max(painted, loaded), _BROWSER_BOUND, "s")
            sheet.note("  first paint", f"{painted:.2f} s")
        chromium.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learners", type=int, default=1500)
    parser.add_argument("--assignments", type=int, default=20)
    parser.add_argument("--folder", type=Path, help="where the course is, or is to be, kept")
    chosen = parser.parse_args()
    os.environ["PAGE_TOKEN"] = "0" * 64
    sheet = Sheet()
    with folder_for(chosen.folder) as folder:
        lesson = Lesson(folder)
        if not lesson.gradebook.exists():
            write(lesson, chosen.learners, chosen.assignments)
        config = load_config(configure(lesson))
        site = Site(config, actor="benchmark", progress=SilentProgress())
        note_class(site, chosen.learners, chosen.assignments)
        site.close()
        page = open_page(config, "campus", config.hubs["campus"].web)
        rights = Rights(teaches=frozenset({_COURSE}), grades=frozenset({_COURSE}))
        with page.login, page.errands:
            browser = browser_of(page, "teacher", rights)
            # What the application loads for any page at all is not the course's.
            browser.get(page.link("/errands/none"))
            paths = [f"/courses/{_COURSE}/{it}" for it in _PAGES]
            sheet.title(f"{chosen.learners} learners x {chosen.assignments}: on the server")
            for path in paths:
                first = ask(browser, path)
                again = min(ask(browser, path) for _ in range(_TIMES))
                sheet.judge(f"{path}: again", again, _SERVER_BOUND, "s")
                sheet.note("  the first time in this process", f"{first:.2f} s")
            anew = min(ask(browser, f"{paths[0]}?anew=1") for _ in range(_TIMES))
            sheet.note("the matrix, with everything read anew", f"{anew:.2f} s")
            sheet.title("in Chromium, from the start of the navigation")
            watch(sheet, page, browser, paths)
    sys.exit(bool(sheet.missed))


if __name__ == "__main__":
    main()
