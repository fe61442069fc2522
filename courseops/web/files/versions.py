"""What the backups hold of one home: looked through, shown, compared, brought back.

One piece for learners and for ops: whose home it is, each of them says in their own way (`Home`).
A path comes out of an address, and counts only if this very home has it in the backups.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from glob import escape
from http import HTTPStatus
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.responses import Response

from courseops.actions.restores.new_folder import must_wait, restore_into_new_folder
from courseops.actions.restores.restoring import HOME, size_to_restore
from courseops.actions.restores.showing import read_version, show_difference
from courseops.adapters.pages.preview import preview_of
from courseops.adapters.pages.render import render
from courseops.errors import CourseOpsError, RefusedError
from courseops.model.backups.allowance import Allowance
from courseops.model.backups.browsing import (
    FileSeen,
    files_seen,
    look_into,
    newest_first,
    pattern_of,
)
from courseops.model.backups.history import version_at
from courseops.model.run import Status
from courseops.web.asked import Asked, Door, May
from courseops.web.files.one_home import Home, folders_down_to, insist_on_path
from courseops.wiring import Site

LARGEST_SHOWN_BYTES, LARGEST_SENT_BYTES = 20_000_000, 64_000_000
_MOST_FILES, _MOST_DELETED = 500, 10
_LONGEST_PATTERN = 200


HomeOf = Callable[[Asked], Home]


def browse(home: Home) -> Response:
    """Show what there was: found by a name, or folder by folder, at a moment or lately."""
    said = home.query.get("q", "").strip()[:_LONGEST_PATTERN]
    folder = home.query.get("in", "")
    if folder:
        insist_on_path(folder)
    if home.asked.page.config.hubs[home.asked.hub].backup is None:
        return home.show("files/none.html")
    at, problem = home.at, home.query["at"] if home.trouble else ""
    copies = home.asked.site.store.copies.last_good(home.asked.hub)
    found = home.find(pattern_of(said))
    files = files_seen(found, at)
    if folder and not any(it.path.startswith(f"{folder}/") for it in files_seen(found)):
        raise HTTPException(HTTPStatus.NOT_FOUND)
    look = look_into(files, folder)
    listed = newest_first(files) if said else list(look.files)
    return home.show(
        "files/own.html",
        status=HTTPStatus.BAD_REQUEST if problem else HTTPStatus.OK,
        said=said,
        folder=folder,
        above=folders_down_to(folder),
        at=at,
        words=home.query.get("at", ""),
        problem=problem,
        copy=copies.get(home.username),
        folders=() if said else look.folders,
        files=listed[:_MOST_FILES],
        more=max(0, len(listed) - _MOST_FILES),
        deleted=() if said or folder else _deleted(files),
    )


def versions(home: Home) -> Response:
    """Show the versions of one file."""
    chosen, known = home.chosen()
    return home.show("files/versions.html", versions=known, chosen=chosen if home.at else None)


def preview(home: Home) -> Response:
    """Show what is in one version; it is only read."""
    version, known = home.chosen()
    shown = None
    if version.size_bytes <= LARGEST_SHOWN_BYTES:
        shown = preview_of(home.path, _content(home, LARGEST_SHOWN_BYTES))
    return home.show("files/preview.html", version=version, versions=known, shown=shown)


def difference(home: Home) -> Response:
    """Show how today's file differs from one version."""
    version, known = home.chosen()
    shown = None
    if version.size_bytes <= LARGEST_SHOWN_BYTES:
        with home.asked.page.turns.turn(home.asked.who):
            shown = show_difference(home.ports, home.username, home.path, at=home.moment)
    return home.show("files/difference.html", version=version, versions=known, shown=shown)


def download(home: Home) -> Response:
    """Send the bytes of one version as they are, for the browser to keep and not to show."""
    version, _ = home.chosen()
    if version.size_bytes > LARGEST_SENT_BYTES:
        raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "this file is too large to send")
    name = quote(home.path.rpartition("/")[2], safe="", errors="replace")
    return Response(
        _content(home, LARGEST_SENT_BYTES),
        media_type="application/octet-stream",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
    )


def ask_restore(home: Home) -> Response:
    """Show what would be brought back to where, for the visitor to say yes to."""
    size_bytes = _size(home)
    wait = None
    if home.allowance is not None:
        site = home.asked.site
        wait = must_wait(home.asked.hub, site.journal, home.username, size_bytes, home.allowance)
    version = None
    if home.path != HOME:
        known = home.find(escape(home.path))
        version = version_at((it for it in known if it.path == home.path), home.moment)
    return home.show(
        "files/restore.html",
        status=HTTPStatus.TOO_MANY_REQUESTS if wait and wait.until else HTTPStatus.OK,
        size_bytes=size_bytes,
        wait=wait,
        version=version,
        at=home.moment,
    )


def do_restore(home: Home) -> Response:
    """Have it brought back, aside."""
    _size(home)
    asked, at, path = home.asked, home.moment, home.path
    words = partial(render, "web/files/restoring.txt", asked.language, what=home.name)
    return asked.send(
        words(report=None, failed=0).strip(),
        home.base,
        partial(
            _bring_back,
            hub=asked.hub,
            username=home.username,
            path=path,
            at=at,
            allowance=home.allowance,
            words=words,
        ),
    )


def _bring_back(
    site: Site,
    *,
    hub: str,
    username: str,
    path: str,
    at: datetime | None,
    allowance: Allowance | None,
    words: Callable[..., str],
) -> str:
    report = restore_into_new_folder(
        site.restore_ports(hub),
        site.journal,
        username,
        path,
        at=at,
        zone=site.time_zone,
        allowance=allowance,
    )
    failed = [it for it in report.outcomes if it.status is Status.FAILED]
    if failed and not report.files:
        raise CourseOpsError(failed[0].reason, hint=failed[0].mend)
    return words(report=report, failed=len(failed)).strip()


def _size(home: Home) -> int:
    """Say how much the address means, which is a file, a folder or all of the home."""
    path = home.path
    if path != HOME:
        insist_on_path(path)
        if not home.find(escape(path)) and not home.find(f"{escape(path)}/**"):
            raise HTTPException(HTTPStatus.NOT_FOUND)
    try:
        return size_to_restore(home.ports, home.username, [path], at=home.moment)
    except RefusedError as error:
        raise HTTPException(HTTPStatus.NOT_FOUND) from error


def _content(home: Home, largest_bytes: int) -> bytes:
    with home.asked.page.turns.turn(home.asked.who):
        return read_version(
            home.ports, home.username, home.path, at=home.moment, largest_bytes=largest_bytes
        ).content


def _deleted(files: list[FileSeen]) -> list[FileSeen]:
    return newest_first(it for it in files if it.is_deleted)[:_MOST_DELETED]


_PAGES: tuple[tuple[str, str, Callable[[Home], Response]], ...] = (
    ("GET", "", browse),
    ("GET", "/versions", versions),
    ("GET", "/preview", preview),
    ("GET", "/difference", difference),
    ("GET", "/download", download),
    ("GET", "/restore", ask_restore),
    ("POST", "/restore", do_restore),
)


def doors_to(base: str, may: May, home_of: HomeOf) -> tuple[Door, ...]:
    """Give the doors to a home, below an address."""

    def answer(page: Callable[[Home], Response], asked: Asked) -> Response:
        return page(home_of(asked))

    return tuple(
        Door(path=f"{base}{path}", method=method, may=may, answer=partial(answer, page))
        for method, path, page in _PAGES
    )
