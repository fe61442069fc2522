"""Write small files of our own, whole or not at all."""

from __future__ import annotations

import os

from courseops.errors import CourseOpsError


def write_all(descriptor: int, content: bytes | bytearray) -> None:
    """Write every byte; a disk that is full may take the first ones only."""
    try:
        written = os.write(descriptor, content)
        while written < len(content):
            written += os.write(descriptor, content[written:])
    except OSError as error:
        raise unwritable(error) from error


def write_over(path: str, content: bytes, mode: int) -> None:
    """Put a small file in its place in one step, whatever was there."""
    fresh = f"{path}.new"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, mode | 0o200)
    try:
        write_all(descriptor, content)
        os.fchmod(descriptor, mode)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.rename(fresh, path)  # noqa: PTH104


def unwritable(error: OSError) -> CourseOpsError:
    """Say that the archive takes nothing."""
    return CourseOpsError(
        f"the archive of submissions cannot be written: {error.strerror} ({error.filename})",
        hint="free some space, or give courseops the right to write to the course folder",
    )


def unusable(error: OSError) -> CourseOpsError:
    """Say that the archive cannot be looked into."""
    return CourseOpsError(
        f"the archive of submissions cannot be used: {error.strerror} ({error.filename})",
        hint="run courseops as an account that may write to the course folder",
    )
