"""Look things up in a course the quick way where there is one, else ask nbgrader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

from courseops.adapters.nbgrader.asking import has_password
from courseops.adapters.nbgrader.client import Client, Opening
from courseops.adapters.nbgrader.layout import Layout
from courseops.adapters.nbgrader.reader import GradebookReader, UnusualError
from courseops.adapters.nbgrader.stamps import Stamped
from courseops.adapters.surroundings import inherited_environment

T = TypeVar("T")

_TIMEOUT_SECONDS = 120.0


class Look:
    """
    Reads one course; `client` is asked where its folders are, and whatever is unusual.

    With a `state` folder, that first question is answered from there as long as the course's
    configuration is the same.
    """

    def __init__(self, client: Client, opening: Opening, state: Path | None) -> None:
        self._client = client
        self._course_id = opening.course_id
        asked = {"opening": opening.as_request(), "environment": inherited_environment()}
        path = state / "courses" / f"{opening.course_id}.json" if state else None
        self._stamped = Stamped(path, asked)
        self._folder = opening.folder

    def at(self, quickly: Callable[[GradebookReader], T], ask: Callable[[], T]) -> T:
        """Read `quickly`; `ask` where the course is one that only nbgrader can read."""
        try:
            return quickly(GradebookReader(self._course_id, self._usual_layout()))
        except UnusualError:
            return ask()

    def _usual_layout(self) -> Layout:
        layout = self.layout()
        if not layout.is_usual:
            raise UnusualError(f"the folders are laid out as {layout.structure}")
        return layout

    def layout(self) -> Layout:
        """Give where the course's folders are, as remembered, or as nbgrader says."""
        found = self._stamped.recall() if self._folder.is_dir() else None
        if found is None:
            # A child that is running has read an earlier configuration.
            self._client.close()
            described = self._client.ask("describe", timeout_seconds=_TIMEOUT_SECONDS)["layout"]
            files = described.pop("configuration")
            found = asdict(Layout(**described))
            # A password is kept nowhere but in the course's own configuration.
            lasting = not has_password(found["db_url"])
            self._stamped.keep(found, files, lasting=lasting)
        return Layout(**found)
