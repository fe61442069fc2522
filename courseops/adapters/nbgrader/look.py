"""Look things up in a course the quick way where there is one, else ask nbgrader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import make_url

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
            return quickly(GradebookReader(self._course_id, self._layout()))
        except UnusualError:
            return ask()

    def _layout(self) -> Layout:
        found = self._stamped.recall() if self._folder.is_dir() else None
        if found is None:
            # A child that is running has read an earlier configuration.
            self._client.close()
            described = self._client.ask("describe", timeout_seconds=_TIMEOUT_SECONDS)["layout"]
            files = described.pop("configuration")
            found = asdict(Layout(**described))
            # A password is kept nowhere but in the course's own configuration.
            lasting = make_url(found["db_url"]).password is None
            self._stamped.keep(found, files, lasting=lasting)
        layout = _read_layout(found)
        if not layout.is_usual:
            raise UnusualError(f"the folders are laid out as {layout.structure}")
        return layout


def _read_layout(found: dict[str, Any]) -> Layout:
    try:
        return Layout(**found)
    except TypeError as error:
        raise UnusualError("what was remembered was written by another version") from error
