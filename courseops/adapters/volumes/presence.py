"""Look whether folders are there in learners' homes, without following any link in them.

A home is its learner's to arrange: nothing in it is read, and a link that leads out of it is
taken for what it is, a link.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC | getattr(os, "O_PATH", 0)


def folders_there(home: Path, within: Sequence[str], names: Sequence[str]) -> set[str] | None:
    """
    Say which of `names` are folders in a home, directly or in the folder `within` it.

    A home that is not there has none; None means that it may not be looked into.
    """
    found: set[str] = set()
    try:
        with _opened(str(home)) as top:
            found |= {name for name in names if _is_folder(name, top)}
            for part in within:
                if _is_folder(part, top):
                    with _opened(part, top) as inner:
                        found |= {name for name in names if _is_folder(name, inner)}
    except PermissionError:
        return None
    except (FileNotFoundError, NotADirectoryError):
        return found
    except OSError:
        # A link where the home should be, or one that came in between (ELOOP).
        return None
    return found


def who_has(
    homes: Mapping[str, Path], within: Sequence[str], names: Sequence[str]
) -> dict[str, frozenset[str]]:
    """
    Give by name whose homes hold a folder of that name.

    Whose home may not be looked into counts as having it: nobody is told to hurry for nothing.
    """
    there: dict[str, set[str]] = {name: set() for name in names}
    for username, home in homes.items():
        found = folders_there(home, within, names)
        for name in names if found is None else found:
            there[name].add(username)
    return {name: frozenset(usernames) for name, usernames in there.items()}


@contextmanager
def _opened(path: str, inside: int | None = None) -> Iterator[int]:
    descriptor = os.open(path, _OPEN, dir_fd=inside)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _is_folder(name: str, inside: int) -> bool:
    try:
        return stat.S_ISDIR(os.stat(name, dir_fd=inside, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return False
