"""One home in one file: a gzipped tar, written and read back.

tar and gzip are on every machine that a learner or a court will ever open it on, and need no
program beside Python; a better compression would save a tenth of the space. Names that are no
UTF-8 and times below a second survive as PAX headers:
https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import stat
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from courseops.errors import CourseOpsError
from courseops.model.leaving.parting import KeptFile

SUFFIX = ".tar.gz"
_CHUNK_BYTES = 1 << 20
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_TIME = "mtime"


class _Hashed(io.RawIOBase):
    """A file that is read, and hashed as it is."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        content = self._file.read(size)
        self._digest.update(content)
        return content

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def pack(top: Path, target: BinaryIO) -> list[KeptFile]:
    """
    Write a folder, which only we can enter, into an open file; give what went into it.

    Sockets, pipes and devices hold nothing of anybody's, and are left out.
    """
    kept: list[KeptFile] = []
    with (
        gzip.GzipFile(fileobj=target, mode="wb", filename="", mtime=0, compresslevel=6) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path, status in _walk(top):
            it = _member(path.relative_to(top), status)
            if stat.S_ISDIR(status.st_mode):
                it.type = tarfile.DIRTYPE
                tar.addfile(it)
            elif stat.S_ISLNK(status.st_mode):
                it.type, it.linkname = tarfile.SYMTYPE, os.readlink(path)  # noqa: PTH115 -- as it is spelled
                tar.addfile(it)
                kept.append(_kept_link(it))
            elif stat.S_ISREG(status.st_mode):
                it.size = status.st_size
                with os.fdopen(os.open(path, _FILE), "rb") as source:
                    hashed = _Hashed(source)
                    tar.addfile(it, hashed)
                kept.append(_kept_file(it, hashed.sha256))
    return kept


def read_back(source: BinaryIO) -> list[KeptFile]:
    """
    Read an archive from its first byte to its last; give what it holds.

    Raises:
        CourseOpsError: it is cut off, or damaged.
    """
    try:
        with tarfile.open(fileobj=source, mode="r|gz") as tar:
            return [kept for it in tar for kept in _read(tar, it)]
    except (tarfile.TarError, EOFError, OSError, zlib.error, ValueError) as error:
        raise CourseOpsError(f"the archive cannot be read back: {error}") from error


def digest_of(source: io.BufferedReader) -> str:
    """Give the SHA-256 of an open file."""
    return hashlib.file_digest(source, "sha256").hexdigest()


@contextmanager
def opened(path: Path) -> Iterator[io.BufferedReader]:
    """Open an archive for reading, through no link."""
    with os.fdopen(os.open(path, _FILE), "rb") as file:
        yield file


def _walk(top: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for here, folders, names in os.walk(top):
        folders.sort()
        for name in sorted([*folders, *names]):
            path = Path(here, name)
            yield path, path.lstat()


def _member(path: Path, status: os.stat_result) -> tarfile.TarInfo:
    it = tarfile.TarInfo(str(path))
    # Whoever unpacks this as root gets no program that runs as somebody else.
    it.mode = stat.S_IMODE(status.st_mode) & 0o777
    it.uid, it.gid = status.st_uid, status.st_gid
    seconds, below = divmod(status.st_mtime_ns, 10**9)
    it.mtime = seconds
    it.pax_headers = {_TIME: f"{seconds}.{below:09d}"}
    return it


def _read(tar: tarfile.TarFile, it: tarfile.TarInfo) -> Iterator[KeptFile]:
    if it.issym():
        yield _kept_link(it)
    elif it.isreg():
        file = tar.extractfile(it)
        assert file is not None  # it is a regular file
        digest = hashlib.sha256()
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
        yield _kept_file(it, digest.hexdigest())


def _kept_file(it: tarfile.TarInfo, sha256: str) -> KeptFile:
    return KeptFile(path=it.name, size_bytes=it.size, sha256=sha256, modified_us=_microseconds(it))


def _kept_link(it: tarfile.TarInfo) -> KeptFile:
    target = os.fsencode(it.linkname)
    return KeptFile(
        path=it.name,
        size_bytes=len(target),
        sha256=hashlib.sha256(target).hexdigest(),
        modified_us=_microseconds(it),
        is_link=True,
    )


def _microseconds(it: tarfile.TarInfo) -> int:
    seconds, _, below = it.pax_headers[_TIME].partition(".")
    return int(seconds) * 10**6 + int(below[:6])
