"""A submission on its way into the archive: counted and hashed while its bytes are written."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable
from datetime import datetime

from courseops.adapters.collecting.pack import Draft, Member
from courseops.model.assignments.candidate import (
    Bounds,
    NotTakenError,
    Trouble,
    refuse_path,
    refuse_size,
)
from courseops.model.assignments.manifest import CollectedFile
from courseops.model.microseconds import nanoseconds

FEEDBACK_KEY = "submission_secret.txt"
MANIFEST, SIGNATURE, OWN_KEY = ".manifest.json", ".manifest.sig", ".secret"


class PackedIncoming:
    """Writes into a pack, below `learner/`; `kept` is told what became part of the archive."""

    def __init__(
        self, draft: Draft, learner: str, bounds: Bounds, kept: Callable[[list[Member]], None]
    ) -> None:
        self._draft = draft
        self._learner = learner
        self._kept = kept
        self.bounds = bounds
        self._files: dict[str, CollectedFile] = {}
        self._total_bytes = 0

    @property
    def files(self) -> tuple[CollectedFile, ...]:
        """List what was received."""
        return tuple(self._files.values())

    def receive(self, path: str, chunks: Iterable[bytes], *, modified_at: datetime) -> None:
        """
        Keep one file.

        Raises:
            NotTakenError: its name, its size or the number of files is out of bounds.
        """
        trouble = refuse_path(path, self.bounds) or self._too_much(0)
        if trouble is not None:
            raise NotTakenError(trouble)
        self._draft.begin(f"/{path}")
        digest, size_bytes = hashlib.sha256(), 0
        for chunk in chunks:
            digest.update(chunk)
            size_bytes += len(chunk)
            trouble = self._too_much(size_bytes)
            if trouble is not None:
                raise NotTakenError(trouble)
            self._draft.write(chunk)
        self._draft.close(f"/{path}", nanoseconds(modified_at))
        self._total_bytes += size_bytes
        self._files[path] = CollectedFile(
            path=path, size_bytes=size_bytes, sha256=digest.hexdigest(), modified_at=modified_at
        )

    def keep(self, folder: str, manifest: bytes, signature: str) -> None:
        """Make it part of the archive; the signature comes last, and with it all is there."""
        secret = self._files.get(FEEDBACK_KEY)
        if secret is None or not secret.size_bytes:
            # Feedback is found by it, so it must stay the same however often the work is shown.
            self._add(OWN_KEY, secrets.token_hex(64).encode("ascii"))
        self._add(MANIFEST, manifest)
        self._add(SIGNATURE, signature.encode("ascii"))
        self._kept(self._draft.end(f"{self._learner}/{folder}"))

    def _add(self, ending: str, content: bytes) -> None:
        self._draft.begin(ending)
        self._draft.write(content)
        self._draft.close(ending, 0)

    def _too_much(self, size_bytes: int) -> Trouble | None:
        return refuse_size(
            self.bounds,
            files=len(self._files) + 1,
            file_bytes=size_bytes,
            total_bytes=self._total_bytes + size_bytes,
        )
