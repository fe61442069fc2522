"""A folder of archives: one file for each person who left, and a signed receipt beside it.

What goes into an archive is restored from the repository first, all of it: so the archive proves
the snapshot, too. It counts only once it was read back from the disk and is the same.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from courseops.adapters.collecting.staging import Staging
from courseops.adapters.folders import make_private
from courseops.adapters.leaving import packing
from courseops.errors import CourseOpsError
from courseops.model.backups.backup import Volume
from courseops.model.leaving.parting import (
    ENDING,
    Archived,
    Receipt,
    parse_receipt,
    spell_receipt,
)
from courseops.ports.backup import Repository
from courseops.ports.collecting import Signer

_DRAFT = ".new"
_NEW = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC


class ArchiveFolder:
    """The archives in `folder`, made of what `repository` holds by way of the folder `staging`."""

    def __init__(
        self, *, folder: Path, repository: Repository, staging: Path, signer: Signer
    ) -> None:
        self._folder = folder
        self._repository = repository
        self._staging = staging
        self._signer = signer

    @property
    def place(self) -> str:
        """Say where it is."""
        return str(self._folder)

    def receipts(self, hub: str) -> list[Receipt]:
        """Give the receipts of a hub, oldest first; only those that our key signed."""
        found = []
        for path in self._folder.glob(f"*{ENDING}"):
            receipt = self._read(path)
            if receipt is not None and receipt.hub == hub and self._stands(receipt):
                found.append(receipt)
        return sorted(found, key=lambda it: it.archived_at)

    def write(self, snapshot_id: str, volume: Volume, name: str) -> Archived:
        """
        Keep all of a volume as a snapshot holds it; give what was read back from the disk.

        Raises:
            CourseOpsError: it could not be restored, written, or read back as it was.
        """
        with (
            self._saying_why(),
            Staging(repository=self._repository, place=self._staging) as staging,
        ):
            make_private(self._folder)
            return self._pack(staging.whole(snapshot_id, volume.path), f"{name}{packing.SUFFIX}")

    def insist_on(self, archived: Archived) -> None:
        """
        Read an archive once more.

        Raises:
            CourseOpsError: it is not there, or not what was written.
        """
        with self._saying_why(), packing.opened(self._folder / archived.name) as file:
            if packing.digest_of(file) != archived.sha256:
                raise CourseOpsError(
                    f"the archive {self._folder / archived.name} is not as it was written",
                    hint="move it away; the next run writes another one",
                )

    def keep(self, receipt: Receipt) -> str:
        """Keep a signed receipt beside its archive, in place of an earlier one; say where."""
        canonical = spell_receipt(receipt)
        document = {
            "receipt": json.loads(canonical),
            "key": self._signer.key,
            "signature": self._signer.sign(canonical),
        }
        path = self._folder / receipt.name
        draft = self._folder / f".{receipt.name}{_DRAFT}"
        with self._saying_why():
            make_private(self._folder)
            with os.fdopen(os.open(draft, _NEW, 0o600), "wb") as file:
                file.write(json.dumps(document, indent=1).encode("ascii"))
                file.flush()
                os.fsync(file.fileno())
            draft.rename(path)
            _sync(self._folder)
        return str(path)

    def _pack(self, top: Path, name: str) -> Archived:
        draft = self._folder / f".{name}{_DRAFT}"
        try:
            with os.fdopen(os.open(draft, _NEW, 0o600), "w+b") as file:
                packed = packing.pack(top, file)
                file.flush()
                os.fsync(file.fileno())
            with packing.opened(draft) as file:
                archived = Archived(
                    name=name,
                    size_bytes=os.fstat(file.fileno()).st_size,
                    sha256=packing.digest_of(file),
                    files=tuple(packed),
                )
                file.seek(0)
                if packing.read_back(file) != packed:
                    raise CourseOpsError(
                        f"the archive {draft} does not read back as it was written",
                        hint="is the disk sound?",
                    )
            draft.rename(self._folder / name)
            _sync(self._folder)
        finally:
            draft.unlink(missing_ok=True)
        return archived

    def _read(self, path: Path) -> Receipt | None:
        # What is none of ours, or was touched, is no proof of anything.
        with suppress(OSError, ValueError, KeyError, TypeError):
            document = json.loads(path.read_bytes())
            canonical = json.dumps(document["receipt"], sort_keys=True, separators=(",", ":"))
            if self._signer.is_ours(canonical.encode("ascii"), document["signature"]):
                return parse_receipt(canonical.encode("ascii"))
        return None

    def _stands(self, receipt: Receipt) -> bool:
        if receipt.archive is None:
            return True
        try:
            status = (self._folder / receipt.archive.name).lstat()
        except OSError:
            return False
        return status.st_size == receipt.archive.size_bytes

    @contextmanager
    def _saying_why(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise CourseOpsError(
                f"the folder of archives cannot be used: {error.strerror} ({self._folder})",
                hint="name another folder with --to, or free some space",
            ) from error


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
