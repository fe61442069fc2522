"""A home whose backups are looked at: whose it is, what its address means, where its pages are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from glob import escape
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, quote

from starlette.exceptions import HTTPException
from starlette.responses import Response

from courseops.actions.restores.ports import RestorePorts
from courseops.actions.restores.versions import find_versions
from courseops.adapters.pages.render import visible
from courseops.adapters.spoken import past_moment
from courseops.errors import RefusedError
from courseops.model.backups.allowance import Allowance
from courseops.model.backups.history import version_at
from courseops.model.backups.restore import FileVersion, parts_of
from courseops.model.printable import printable
from courseops.web.asked import Asked

_LONGEST_MOMENT = 100


@dataclass(frozen=True, kw_only=True)
class Home:
    """
    Whose home is looked at, on pages below the path `base`.

    With an `allowance`, no more than that is brought back.
    """

    asked: Asked
    username: str
    base: str
    allowance: Allowance | None = None

    @cached_property
    def ports(self) -> RestorePorts:
        """Open what looking and restoring need."""
        return self.asked.site.restore_ports(self.asked.hub)

    @property
    def is_own(self) -> bool:
        """Say whether it is the visitor's own."""
        return self.username == self.asked.who

    @cached_property
    def query(self) -> dict[str, str]:
        """Give what the address says; a name may hold bytes that are no text."""
        raw = self.asked.request.scope["query_string"].decode("ascii", "replace")
        return dict(parse_qsl(raw, keep_blank_values=True, errors="surrogateescape"))

    @property
    def path(self) -> str:
        """Give the path that the address names."""
        return self.query.get("path", "")

    @cached_property
    def _spoken(self) -> tuple[datetime | None, str]:
        words = self.query.get("at", "").strip()[:_LONGEST_MOMENT]
        try:
            now = self.local(self.asked.site.journal.clock.now())
            return (past_moment(words, now) if words else None), ""
        except ValueError as error:
            return None, str(error)

    @property
    def at(self) -> datetime | None:
        """Give the moment that the address names, in people's words or as a time; None for now."""
        return self._spoken[0]

    @property
    def trouble(self) -> str:
        """Say why what stands for a moment in the address is none; empty if all is well."""
        return self._spoken[1]

    @property
    def moment(self) -> datetime | None:
        """
        Give the same moment where only our own pages lead.

        Raises:
            HTTPException: it is none.
        """
        if self.trouble:
            raise HTTPException(HTTPStatus.BAD_REQUEST, self.trouble)
        return self.at

    def local(self, at: datetime) -> datetime:
        """Give a moment as it is told here."""
        return at.astimezone(self.asked.site.time_zone)

    def spell(self, path: str) -> str:
        """Spell a path for a reader, whatever it is made of."""
        return printable(visible(path))

    @property
    def name(self) -> str:
        """Spell the name of the file or folder that the address means."""
        return self.spell(self.path.rpartition("/")[2])

    @property
    def above(self) -> list[tuple[str, str]]:
        """Give the name and the path of each folder that the file or folder lies in."""
        return folders_down_to(self.path.rpartition("/")[0])

    def link(self, what: str = "", **query: Any) -> str:
        """Give the address of a page on this home; whatever is in a path, it leads back to it."""
        words = {
            name: value.isoformat() if isinstance(value, datetime) else str(value)
            for name, value in query.items()
            if value
        }
        spelled = "&".join(
            f"{name}={quote(value, safe='/', errors='surrogateescape')}"
            for name, value in words.items()
        )
        path = f"{self.base}{what}"
        return self.asked.page.link(f"{path}?{spelled}" if spelled else path)

    def show(self, template: str, *, status: int = 200, **values: object) -> Response:
        """Answer with a page on this home."""
        return self.asked.show(template, status=status, home=self, **values)

    def find(self, pattern: str = "*") -> tuple[FileVersion, ...]:
        """Give the versions of what a pattern means; the repository is not asked lightly."""
        catalogue = self.ports.catalogue
        if catalogue is not None and catalogue.versions(self.asked.hub, self.username):
            return find_versions(self.ports, self.username, pattern, trusting=True).versions
        with self.asked.page.turns.turn(self.asked.who):
            return find_versions(self.ports, self.username, pattern).versions

    def versions(self) -> tuple[FileVersion, ...]:
        """
        Give the versions of the file that the address names, newest first.

        Raises:
            HTTPException: this home has no such file in the backups.
        """
        insist_on_path(self.path)
        found = self.find(escape(self.path))
        versions = tuple(it for it in found if it.path == self.path)
        if not versions:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return versions

    def chosen(self) -> tuple[FileVersion, tuple[FileVersion, ...]]:
        """
        Give the version that the address means, and all of that file.

        Raises:
            HTTPException: there is none.
        """
        versions = self.versions()
        chosen = version_at(versions, self.moment)
        if chosen is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return chosen, versions


def insist_on_path(path: str) -> None:
    """
    Refuse whatever is no path inside a home.

    Raises:
        HTTPException: it is none.
    """
    try:
        parts_of(path)
    except RefusedError as error:
        raise HTTPException(HTTPStatus.NOT_FOUND) from error


def folders_down_to(folder: str) -> list[tuple[str, str]]:
    """Give the name and the path of each folder on the way to one, with itself."""
    parts = folder.split("/") if folder else []
    return [(name, "/".join(parts[: number + 1])) for number, name in enumerate(parts)]
