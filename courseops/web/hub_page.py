"""The page of one hub as a whole: what all its parts share."""

from __future__ import annotations

from dataclasses import dataclass, field

from courseops.adapters.hub.login import HubLogin
from courseops.config import Config, WebSection
from courseops.ports.ambient import Progress
from courseops.web import static_files
from courseops.web.memory.coming_in import ComingsIn
from courseops.web.memory.errands import Errands
from courseops.web.memory.kept import Kept
from courseops.web.memory.sessions import Sessions
from courseops.web.memory.turns import Turns
from courseops.wiring import Site


@dataclass(frozen=True, kw_only=True)
class HubPage:
    """
    One hub's page: its configuration, its way in, and who is inside.

    `is_safe` says that people reach it by https, so that cookies never travel without it.
    """

    hub: str
    config: Config
    section: WebSection
    login: HubLogin
    is_safe: bool
    sessions: Sessions = field(default_factory=Sessions)
    errands: Errands = field(default_factory=Errands)
    kept: Kept = field(default_factory=Kept)
    comings: ComingsIn = field(default_factory=ComingsIn)
    turns: Turns = field(default_factory=Turns)

    def link(self, path: str) -> str:
        """
        Give the address of a page of ours: "/files" becomes "/services/courseops-page/files".

        That of "/static/style.css" names its content as well.
        """
        if path.startswith(static_files.PATH):
            path = static_files.static_path(path.removeprefix(static_files.PATH))
        return self.login.prefix + path

    @property
    def courses(self) -> list[str]:
        """Name the hub's courses."""
        return sorted(it for it, course in self.config.courses.items() if course.hub == self.hub)

    def open_site(self, username: str, progress: Progress) -> Site:
        """
        Open the site in a visitor's name, for one request or one piece of work.

        Whoever opens it closes it: adapters are not shared between threads.
        """
        return Site(self.config, actor=f"{username} on {self.hub}", progress=progress)
