"""Tar files that only ever grow: what a collection brings in, one submission after the other.

The format is GNU's (https://www.gnu.org/software/tar/manual/html_node/Standard.html), written and
read here for two reasons: Python's own module needs longer for a header than a small file does
to be copied, and the end of a file whose writer was killed is not an error.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from courseops.adapters.collecting.writing import write_all
from courseops.errors import CourseOpsError

_BLOCK_BYTES = 512
_RECORD_BYTES = 20 * _BLOCK_BYTES
_NAME_BYTES = 100
_SIZE_LIMIT_BYTES = 8**11
# What does not fit is written at once, so that a large file never lies in memory whole.
_HELD_BYTES = 4 << 20
_FILE, _LONG_NAME = b"0", b"L"
_HEADER = struct.Struct("100s8s8s8s12s12s8s1s100s8s32s32s8s8s155s12x")
_LONG_NAME_MEMBER = b"././@LongLink"


@dataclass(frozen=True)
class Member:
    """One file in a pack: where its bytes begin, how many they are, its time in nanoseconds."""

    name: str
    offset: int
    size_bytes: int
    modified_ns: int


class Draft:
    """
    Members on their way into an open file, behind what it holds; nothing is until `end`.

    Their names begin with what `end` is told, which is of at most `prefix_bytes`.
    """

    def __init__(self, descriptor: int, prefix_bytes: int) -> None:
        self._descriptor = descriptor
        self._start = os.lseek(descriptor, 0, os.SEEK_END)
        self._spilled_bytes = 0
        self._held = bytearray()
        self._prefix_bytes = prefix_bytes
        self._closed: list[tuple[Member, int]] = []
        self._header_at = 0
        self._long_bytes = 0
        self._ended = False

    def begin(self, name: str) -> None:
        """Open a member; `write` then adds to it."""
        most_bytes = self._prefix_bytes + len(_encoded(name))
        # A name that may be long has a member of its own before its file.
        self._long_bytes = _whole_blocks(most_bytes + 1) if most_bytes > _NAME_BYTES else 0
        if self._long_bytes:
            self._held += bytes(_BLOCK_BYTES + self._long_bytes)
        self._header_at = self._here
        self._held += bytes(_BLOCK_BYTES)

    def write(self, content: bytes) -> None:
        """Add to the open member."""
        self._held += content
        if len(self._held) > _HELD_BYTES:
            self._spill()

    def close(self, name: str, modified_ns: int) -> None:
        """Close the open member."""
        offset = self._header_at + _BLOCK_BYTES
        size_bytes = self._here - offset
        self._held += bytes(-size_bytes % _BLOCK_BYTES)
        self._closed.append((Member(name, offset, size_bytes, modified_ns), self._long_bytes))

    def end(self, prefix: str) -> list[Member]:
        """Make all of it part of the file; `prefix` begins every name."""
        named = []
        for it, long_bytes in self._closed:
            whole = Member(prefix + it.name, it.offset, it.size_bytes, it.modified_ns)
            named.append(whole)
            raw = _encoded(whole.name)
            if long_bytes:
                at = it.offset - 2 * _BLOCK_BYTES - long_bytes
                self._put(at, _header(_LONG_NAME_MEMBER, long_bytes, 0, _LONG_NAME) + raw)
            seconds = it.modified_ns // 10**9
            header = _header(raw[:_NAME_BYTES], it.size_bytes, seconds, _FILE)
            self._put(it.offset - _BLOCK_BYTES, header)
        self._spill()
        self._ended = True
        return named

    def drop(self) -> None:
        """Leave the file as it was, unless all of it has become part of the file."""
        if not self._ended:
            os.ftruncate(self._descriptor, self._start)
            os.lseek(self._descriptor, 0, os.SEEK_END)

    @property
    def _here(self) -> int:
        return self._start + self._spilled_bytes + len(self._held)

    def _put(self, at: int, content: bytes) -> None:
        within = at - self._start - self._spilled_bytes
        if within >= 0:
            self._held[within : within + len(content)] = content
        else:
            os.pwrite(self._descriptor, content, at)

    def _spill(self) -> None:
        write_all(self._descriptor, self._held)
        self._spilled_bytes += len(self._held)
        self._held.clear()


def finish(descriptor: int) -> None:
    """Write the end that tar expects, and make the file one that is only read."""
    size_bytes = os.lseek(descriptor, 0, os.SEEK_END)
    end_bytes = size_bytes + 2 * _BLOCK_BYTES
    write_all(descriptor, bytes(2 * _BLOCK_BYTES + -end_bytes % _RECORD_BYTES))
    os.fchmod(descriptor, 0o400)


def members(path: Path) -> Iterator[Member]:
    """List the files of a pack; what is behind a damaged place, or cut off, is not in it."""
    with path.open("rb") as file:
        total_bytes = os.fstat(file.fileno()).st_size
        long_name = ""
        while len(block := file.read(_BLOCK_BYTES)) == _BLOCK_BYTES and any(block[:1]):
            found = _member(block, file.tell())
            if found is None or found[1].offset + found[1].size_bytes > total_bytes:
                return
            kind, it = found
            if kind == _LONG_NAME:
                long_name = _decoded(file.read(it.size_bytes))
            else:
                yield Member(long_name or it.name, it.offset, it.size_bytes, it.modified_ns)
                long_name = ""
            file.seek(it.offset + it.size_bytes + -it.size_bytes % _BLOCK_BYTES)


def _member(block: bytes, offset: int) -> tuple[bytes, Member] | None:
    name, _, _, _, size, modified, checksum, kind, *_ = _HEADER.unpack(block)
    try:
        if int(checksum.rstrip(b"\0 "), 8) != _checksum(block) or kind not in (_FILE, _LONG_NAME):
            return None
        size_bytes, modified_at = int(size.rstrip(b"\0 "), 8), int(modified.rstrip(b"\0 "), 8)
    except ValueError:
        return None
    return kind, Member(_decoded(name), offset, size_bytes, modified_at * 10**9)


def _header(name: bytes, size_bytes: int, modified_at: int, kind: bytes) -> bytes:
    if size_bytes >= _SIZE_LIMIT_BYTES:
        raise CourseOpsError("the archive of submissions holds no file of 8 GB or more")
    block = _HEADER.pack(
        name,
        b"0000400",
        b"0000000",
        b"0000000",
        b"%011o" % size_bytes,
        b"%011o" % max(modified_at, 0),
        b" " * 8,
        kind,
        b"",
        b"ustar  ",
        b"",
        b"",
        b"",
        b"",
        b"",
    )
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def _checksum(block: bytes) -> int:
    return sum(block[:148]) + sum(block[156:]) + 8 * ord(" ")


def _whole_blocks(size_bytes: int) -> int:
    return size_bytes + -size_bytes % _BLOCK_BYTES


def _encoded(name: str) -> bytes:
    # Learners' file names need not be UTF-8.
    return name.encode("utf-8", "surrogateescape")


def _decoded(raw: bytes) -> str:
    return raw.partition(b"\0")[0].decode("utf-8", "surrogateescape")
