"""Word the note that lies beside what was restored: which files, as of when, by whom."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from courseops.model.backups.restored import Note
from courseops.model.language import Language


class NoteWords:
    """Notes of one school, in its language and its time zone."""

    def __init__(self, site: str, language: Language, zone: str) -> None:
        self._site = site
        self._language = language
        self._zone = ZoneInfo(zone)

    def __call__(self, note: Note) -> str:
        """Word one note."""
        from courseops.adapters.pages.render import render  # noqa: PLC0415 -- a look writes no note

        return render(
            f"receipts/restored.{self._language}.txt",
            site=self._site,
            note=note,
            restored=self._spelled(note.at),
            backups=[self._spelled(it.taken_at) for it in note.shown],
        )

    def _spelled(self, moment: datetime) -> str:
        return f"{moment.astimezone(self._zone):%Y-%m-%d %H:%M %Z}"
