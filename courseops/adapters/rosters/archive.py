"""Open zip archives (xlsx workbooks and OneRoster sets) that may have been made to harm.

Nothing is ever unpacked to a disk. Python's zipfile reads no more of a member than its entry
declares, so that bounding what is declared bounds what is read.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath

from courseops.adapters.rosters.tables import UnusableError

_MOST_MEMBERS = 1000
_MOST_BYTES = 200_000_000
_ENCRYPTED = 0x1


@contextmanager
def open_archive(content: bytes) -> Iterator[zipfile.ZipFile]:
    """
    Open an archive whose size, names and members were looked at first.

    Raises:
        UnusableError: it is damaged, encrypted, too large, or names a path outside itself.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            objections = list(_objections(archive.infolist()))
            if objections:
                raise UnusableError(objections, hint="export it again; this is no class list")
            yield archive
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError) as error:
        raise UnusableError([f"the archive is damaged: {error}"], hint="export it again") from error


def _objections(members: list[zipfile.ZipInfo]) -> Iterator[str]:
    if len(members) > _MOST_MEMBERS:
        yield f"the archive holds {len(members)} files, more than {_MOST_MEMBERS}"
    total = sum(member.file_size for member in members)
    if total > _MOST_BYTES:
        yield f"the archive would unpack to {total:,} bytes, more than {_MOST_BYTES:,}"
    names = [member.filename for member in members]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"the archive holds {name} twice"
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts:
            yield f"the archive names a path outside itself: {member.filename}"
        if member.flag_bits & _ENCRYPTED:
            yield f"{member.filename} in the archive is encrypted"
