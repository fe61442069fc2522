"""Word a receipt: what of a learner was collected, when, and the number that proves it."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from courseops.adapters.pages.render import render
from courseops.model.assignments.manifest import Manifest
from courseops.model.language import Language


class ReceiptWords:
    """Receipts of one school, in its language and its time zone."""

    def __init__(self, *, site: str, language: Language, zone: tzinfo) -> None:
        self._site = site
        self._language = language
        self._zone = zone

    def __call__(self, manifest: Manifest, fingerprint: str) -> str:
        """Word one receipt."""
        late = timedelta(seconds=round(manifest.late_seconds))
        return render(
            f"receipts/{self._language}.txt",
            site=self._site,
            manifest=manifest,
            fingerprint=fingerprint,
            submitted=self._spelled(manifest.submitted_at),
            claimed=self._spelled(manifest.claimed_at),
            collected=self._spelled(manifest.collected_at),
            due=self._spelled(manifest.due_at) if manifest.due_at else "",
            late=str(late) if late else "",
        )

    def _spelled(self, moment: datetime) -> str:
        return f"{moment.astimezone(self._zone):%Y-%m-%d %H:%M:%S %Z}"
