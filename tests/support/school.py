"""A school with pages: a real hub, its people, their courses and homes, and `courseops web`.

Everybody logs in for real. Whoever changes anything in a test has a course or a home that no
other test looks at.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from courseops.demo.coursework import ASSIGNMENT, Learner, Play, play_class, write_course
from courseops.demo.hub import LocalHub
from courseops.demo.hub_config import PageService
from courseops.model.rights import GRADE, OPERATE, TEACH
from courseops.model.roster import learners_group
from tests.support.backup import LEARNER, PASSWORD, make_home, take_snapshot
from tests.support.command import PROGRAM, Desk
from tests.support.daemons import wait_for
from tests.support.hubs import PROGRAMS
from tests.support.programs import Require

HUB, SERVICE = "campus", "courseops-page"
COURSE = "python101"
# Courses of another teacher, each with a plan that waits: for three tests.
APPROVED, APPROVED_PLAINLY, REJECTED = "statistics", "botany", "chemistry"
OTHER_COURSES = (APPROVED, APPROVED_PLAINLY, REJECTED)
# Of twelve people in each; the others are no longer listed.
STAYING = range(4)

TEACHER, GRADER, OTHER_TEACHER, OPERATOR = "tina", "greta", "otto", "olga"
# The hub knows them, and lets them in nowhere.
STRANGER = "mallory"
# Who loses a notebook, and has it back: with JavaScript, and without.
LOSER, PLAIN_LOSER = "lea", "leo"
# Who hands in notebooks and names that are to run in somebody else's browser.
HOSTILE = "hal"
MARKUP = "<img src=x onerror=alert(1)>"
CLASS = {
    "ada": Play.RIGHT,
    "bob": Play.CARELESS,
    "cyd": Play.UNREADABLE,
    "dan": Play.ABSENT,
    LOSER: Play.HALF,
    PLAIN_LOSER: Play.RIGHT,
    HOSTILE: Play.RIGHT,
}
LOST = "week1/hw1.ipynb"
TRAP = "trap.ipynb"


def notebook(*cells: Mapping[str, Any]) -> str:
    """Write a notebook of code cells."""
    frame = {"metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    whole = [
        {
            "id": f"c{number}",
            "cell_type": "code",
            "metadata": {},
            "execution_count": 1,
            "outputs": [],
            **cell,
        }
        for number, cell in enumerate(cells)
    ]
    return json.dumps({"cells": whole, **frame})


def _markdown(source: str) -> dict[str, Any]:
    cell = {"cell_type": "markdown", "metadata": {}, "source": source}
    return {"id": secrets.token_hex(4), **cell}


def _shown(**data: str) -> dict[str, Any]:
    output = {"output_type": "display_data", "metadata": {}}
    return {"source": "show()", "outputs": [{**output, "data": data}]}


FINE = notebook({"source": "x = 1"}, {"source": "print('the work of a week')"})
LATER = notebook({"source": "x = 2"}, {"source": "print('the work of a week')"})
# Each of these would open a dialog, or ask an address of another place, if it ran.
_ELSEWHERE = "http://127.0.0.1:9/stolen"
TRAPS = (
    "<script>alert('script')</script>",
    "<img src=x onerror=\"alert('image')\">",
    "<svg onload=\"alert('svg')\"><script>alert('in svg')</script></svg>",
    "<iframe src=\"javascript:alert('frame')\"></iframe>",
    "<iframe srcdoc=\"<script>alert('document')</script>\"></iframe>",
    f'<img src="{_ELSEWHERE}/image.png">',
    f'<link rel="stylesheet" href="{_ELSEWHERE}/style.css">',
    f"<style>body {{ background: url({_ELSEWHERE}/background.png) }}</style>",
    f'<meta http-equiv="refresh" content="0;url={_ELSEWHERE}/page">',
    f'<form action="{_ELSEWHERE}/form"><input autofocus onfocus="alert(\'focus\')"></form>',
    f'<base href="{_ELSEWHERE}/">',
    "<details open ontoggle=\"alert('toggle')\">d</details>",
    "<a href=\"javascript:alert('link')\" id=trap>link</a>",
    '<div hx-get="/hub/logout" hx-trigger="load" data-hx-get="/hub/logout">htmx</div>',
)


def trap_notebook() -> str:
    """Write a notebook that tries everything we know of."""
    all_of_it = "\n".join(TRAPS)
    plain = {
        "cell_type": "raw",
        "metadata": {"format": "text/html"},
        "source": all_of_it,
        "id": "raw",
    }
    cells = [
        _markdown("# The work of a week\n\n" + all_of_it),
        _markdown("[link](javascript:alert('markdown')) ![x](javascript:alert('picture'))"),
        {"source": "\n".join(TRAPS)},
        *(_shown(**{"text/html": trap, "text/plain": "text"}) for trap in TRAPS),
        _shown(**{"application/javascript": "alert('javascript')"}),
        _shown(**{"image/svg+xml": TRAPS[2]}),
        _shown(**{"text/latex": "$\\href{javascript:alert('latex')}{x}$"}),
        {
            "source": "1/0",
            "outputs": [
                {
                    "output_type": "error",
                    "ename": "<script>alert('name')</script>",
                    "evalue": TRAPS[1],
                    "traceback": [*TRAPS],
                }
            ],
        },
    ]
    whole = json.loads(notebook(*cells))
    whole["cells"].append(plain)
    whole["metadata"] = {"title": TRAPS[0], "kernelspec": {"name": "x", "display_name": TRAPS[1]}}
    return json.dumps(whole)


@dataclass
class Pages:
    """A hub with `courseops web` behind it; `prefix` is the path that the pages are below."""

    hub: LocalHub
    desk: Desk
    service: PageService
    process: subprocess.Popen[bytes] | None = None

    @property
    def prefix(self) -> str:
        return f"{httpx.URL(self.hub.url).path.rstrip('/')}/services/{SERVICE}"

    @property
    def origin(self) -> str:
        parts = httpx.URL(self.hub.url)
        return f"{parts.scheme}://{parts.host}:{parts.port}"

    @property
    def log(self) -> Path:
        return self.desk.folder / "web.log"

    @property
    def address(self) -> str:
        """Give the address of the first page."""
        return f"{self.origin}{self.prefix}/"

    def caller(self) -> httpx.Client:
        """Give somebody who sends requests without a browser, and follows where they lead."""
        return httpx.Client(follow_redirects=True, trust_env=False, timeout=60)

    def log_in(self, caller: httpx.Client, username: str, path: str = "/") -> httpx.Response:
        """Ask for a page as a stranger, and log in at the form that comes."""
        form = caller.get(f"{self.origin}{self.prefix}{path}")
        xsrf = next(it.value for it in caller.cookies.jar if it.name == "_xsrf")
        fields = {"username": username, "password": self.hub.password, "_xsrf": xsrf}
        return caller.post(form.url, data=fields)

    def home(self, username: str) -> Path:
        return self.hub.homes / username

    def configure(self, *, courses: Mapping[str, Any] | None = None, **hub: Any) -> None:
        """Write the site's configuration, with a page for the hub."""
        self.desk.write("campus.token", self.hub.token, mode=0o600)
        self.desk.write("campus.page.token", self.service.secret, mode=0o600)
        web = {
            "service": SERVICE,
            "secret": {"file": "campus.page.token"},
            "listen": self.service.url.removeprefix("http://"),
        }
        there = {"url": self.hub.url, "token": {"file": "campus.token"}, "web": web, **hub}
        self.desk.configure(hubs={HUB: there}, courses=courses, name="École du Lac")

    @contextmanager
    def open(self) -> Iterator[None]:
        """Serve the pages for a while."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "web"],
                env=self.desk.environment(),
                cwd=self.desk.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            wait_for(self._answers)
            yield
        finally:
            self.process.terminate()
            self.process.wait(30)

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        with suppress(httpx.TransportError):
            httpx.get(f"{self.service.url}{self.prefix}/login", trust_env=False)
            return True
        return False


class _NotYet(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def held_place() -> Iterator[str]:
    """
    Give a free address, at which somebody answers meanwhile.

    A hub that starts waits half a minute for each of its services.
    """
    with HTTPServer(("127.0.0.1", 0), _NotYet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def page_service(url: str) -> PageService:
    """Say who may do what: ops look after the hub, each teacher after courses of their own."""
    groups: dict[str, Sequence[str]] = {
        "page-visitors": [TEACHER, GRADER, OTHER_TEACHER, OPERATOR, *CLASS, MARKUP],
        "operators": [OPERATOR],
        f"teachers-{COURSE}": [TEACHER],
        f"graders-{COURSE}": [TEACHER, GRADER],
        "teachers-others": [OTHER_TEACHER],
    }
    taught = {"teachers-others": OTHER_COURSES, f"teachers-{COURSE}": (COURSE,)}
    grants: dict[str, list[str]] = {
        "page-visitors": [f"access:services!service={SERVICE}"],
        "operators": [OPERATE],
        f"graders-{COURSE}": [f"{GRADE}!group={learners_group(COURSE)}"],
    }
    for group, courses in taught.items():
        grants[group] = [f"{TEACH}!group={learners_group(course)}" for course in courses]
    return PageService(
        service=SERVICE,
        url=url,
        secret=secrets.token_hex(32),
        scopes={
            TEACH: "Decide in a course",
            GRADE: "See a course's work",
            OPERATE: "Look after the hub",
        },
        roles=[
            {"name": f"page-{group}", "groups": [group], "scopes": scopes}
            for group, scopes in grants.items()
        ],
        groups={**groups, **{learners_group(it): [] for it in (COURSE, *OTHER_COURSES)}},
    )


OpenPages = Callable[[str], Pages]


@pytest.fixture(scope="session")
def open_pages(tmp_path_factory: pytest.TempPathFactory, require: Require) -> Iterator[OpenPages]:
    """Give a function that starts a hub of a release, with pages of courses that are only names."""
    with ExitStack() as ending:

        @cache
        def start(release: str) -> Pages:
            root = tmp_path_factory.mktemp(f"pages-{release}")
            pages = Pages(*_hub(root, release, require, ending))
            names = {COURSE: "Python for beginners"} | {it: it.title() for it in OTHER_COURSES}
            pages.configure(
                courses={it: {"hub": HUB, "title": title} for it, title in names.items()}
            )
            ending.enter_context(pages.open())
            return pages

        yield start


def _hub(
    root: Path, release: str, require: Require, ending: ExitStack
) -> tuple[LocalHub, Desk, PageService]:
    programs = PROGRAMS[release]
    require(f"JupyterHub {release}", (programs / "jupyterhub").exists())
    with held_place() as url:
        service = page_service(url)
        hub = LocalHub(
            root / "hub",
            name=HUB,
            programs=programs,
            prefix="/teaching" if release == "4" else "",
            page=service,
        )
        ending.enter_context(hub)
    (root / "site").mkdir()
    return hub, Desk(root / "site"), service


@pytest.fixture(scope="session")
def school(
    tmp_path_factory: pytest.TempPathFactory, require: Require, empty_restic: Path
) -> Iterator[Pages]:
    """Open a school, once a worker."""
    require("restic", shutil.which("restic"))
    with ExitStack() as ending:
        root = tmp_path_factory.mktemp("school")
        school = Pages(*_hub(root, "6", require, ending))
        shutil.copytree(empty_restic, school.desk.folder / "repository")
        school.desk.write("backup.password", PASSWORD, mode=0o600)
        _configure(school)
        _enrol(school)
        _work(school)
        _back_up(school)
        _hold(school)
        ending.enter_context(school.open())
        yield school


def _configure(school: Pages) -> None:
    folder = school.desk.folder
    exchange = folder / "exchange"
    exchange.mkdir()
    exchange.chmod(0o777)
    write_course(folder / "course", course_id=COURSE, exchange=exchange, cell_timeout_seconds=2)
    courses: dict[str, Any] = {
        it: {"hub": HUB, "roster": {"csv": f"{it}.csv"}} for it in OTHER_COURSES
    }
    courses[COURSE] = {
        "hub": HUB,
        "title": "Python for beginners",
        "folder": "course",
        "exchange": "exchange",
        "roster": {"csv": f"{COURSE}.csv"},
    }
    school.configure(
        courses=courses,
        homes=f"{school.hub.homes}/{{username}}",
        backup={"repository": "repository", "password": {"file": "backup.password"}},
    )


def _enrol(school: Pages) -> None:
    staff = [(TEACHER, "Tina", "instructor"), (GRADER, "Greta", "assistant")]
    names = {who: who.title() for who in CLASS} | {HOSTILE: MARKUP}
    learners = [(who, name, "learner") for who, name in names.items()]
    _write_class(school, COURSE, [*staff, *learners])
    for course in OTHER_COURSES:
        _write_class(school, course, [(f"{course}{n}", MARKUP, "learner") for n in range(12)])
    ran(school, "job", "run", "roster-sync")


def _write_class(school: Pages, course: str, people: Iterable[Sequence[str]]) -> None:
    lines = ["username,first name,role", *(",".join(it) for it in people)]
    school.desk.write(f"{course}.csv", "\n".join(lines) + "\n")


def _work(school: Pages) -> None:
    """Have an assignment done, collected and graded, and another one released."""
    due_at = datetime.now(UTC) + timedelta(hours=1)
    ran(school, "assignment", "release", COURSE, ASSIGNMENT, "--due", due_at.isoformat())
    for who in CLASS:
        home = make_home(school.hub.homes, who, {"notes.txt": f"mine: {who}\n"})
        home.chmod(0o700)
    play_class(
        [Learner(username=who, home=school.home(who), play=play) for who, play in CLASS.items()],
        course_id=COURSE,
        exchange=school.desk.folder / "exchange",
        due_at=due_at,
    )
    ran(school, "assignment", "collect", COURSE, ASSIGNMENT)
    ran(school, "assignment", "autograde", COURSE, ASSIGNMENT, code=3)


def _back_up(school: Pages) -> None:
    """Let two learners lose a notebook of which there are two versions in the repository."""
    now = datetime.now(UTC)
    _put(school, HOSTILE, TRAP, trap_notebook())
    for hours, text in ((26, FINE), (25, LATER)):
        for who in (LOSER, PLAIN_LOSER):
            _put(school, who, LOST, text)
        take_snapshot("restic", school.desk.folder, school.hub.homes, now - timedelta(hours=hours))
    ran(school, "backup", "run", HUB)
    for who in (LOSER, PLAIN_LOSER):
        (school.home(who) / LOST).unlink()


def _put(school: Pages, who: str, path: str, text: str) -> None:
    home = school.home(who)
    file = home / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    if os.geteuid() == 0:
        for it in (home, *home.rglob("*")):
            os.chown(it, LEARNER, LEARNER, follow_symlinks=False)


def _hold(school: Pages) -> None:
    """Let most of three classes leave, so that the sync asks a person."""
    for course in OTHER_COURSES:
        _write_class(school, course, [(f"{course}{n}", MARKUP, "learner") for n in STAYING])
    hold_again(school)


def hold_again(school: Pages) -> None:
    """Have the rosters synced by their job, which holds what is not safe to apply."""
    ran(school, "job", "run", "roster-sync", code=3)


def ran(school: Pages, *args: str, code: int = 0) -> None:
    """Run a command of ours that is to come out so."""
    said = school.desk.run(*args)
    assert said.code == code, said.err + said.out
