"""Read and write FirstUseAuthenticator's `passwords.dbm`, inside the hub's own Python.

Run as a program of its own by `courseops.adapters.credentials.first_use`, never imported by it.
Which kind of file `dbm` makes and reads differs between Pythons, so nobody but the hub's can:
https://docs.python.org/3/library/dbm.html

It reads one JSON request on stdin and answers with one JSON document on stdout: hashes, never
passwords. It runs on every Python that a hub does (3.7 and later), with its standard library alone,
and as root it first becomes the owner of the file.
"""

from __future__ import annotations

import codecs
import dbm
import errno
import importlib.util
import json
import os
import shutil
import sys
import time
from contextlib import suppress
from typing import Any

TYPE_CHECKING = False
if TYPE_CHECKING:  # it is newer than the oldest hub's Python
    from typing import Literal

# What the kinds of dbm append to the name of the file they are given.
EXTENSIONS = ("", ".db", ".dat", ".dir", ".pag", ".bak")
# FirstUseAuthenticator 1.1 does not start properly beside a file called "passwords.dbm-backup".
BACKUP = ".before-courseops"
# gdbm lets one process write, and everybody else fails at once; SQLite waits by itself.
LOCKING = {"dbm.gnu", "dbm.sqlite3"}
ATTEMPTS = 40
PAUSE_SECONDS = 0.1


class NotOursError(Exception):
    """The file, or this Python, is not what it should be; the text says why."""


class BusyError(Exception):
    """The hub goes on writing to the file."""


def parts(path: str) -> list[str]:
    """Name the files on disk that make up one dbm file."""
    return [path + ext for ext in EXTENSIONS if os.path.isfile(path + ext)]  # noqa: PTH113


def become_owner(path: str) -> None:
    """Turn from root into the owner of the file, or of the folder it will be made in."""
    if os.geteuid() != 0:
        return
    found = parts(path)
    owner = os.stat(found[0] if found else os.path.dirname(path))  # noqa: PTH116, PTH120
    if owner.st_uid == 0:
        return
    os.setgroups([])
    os.setresgid(owner.st_gid, owner.st_gid, owner.st_gid)
    os.setresuid(owner.st_uid, owner.st_uid, owner.st_uid)


def opened(path: str, flag: Literal["r", "c"]) -> Any:
    """Open the file, waiting a little for another process that writes to it."""
    for _ in range(ATTEMPTS):
        try:
            return dbm.open(path, flag, 0o600)
        except OSError as error:
            if error.errno != errno.EAGAIN:
                raise
        time.sleep(PAUSE_SECONDS)
    raise BusyError


def read(path: str) -> dict[str, str]:
    """Give every hash by username; a file that is not there has none."""
    if not parts(path):
        return {}
    with opened(path, "r") as passwords:
        return {key.decode(): passwords[key].decode() for key in passwords.keys()}  # noqa: SIM118


def back_up(path: str) -> None:
    """Keep the file as it is now beside itself, for its owner's eyes."""
    for part in parts(path):
        extension = part[len(path) :]
        kept = path + BACKUP + extension
        with suppress(FileNotFoundError):
            os.unlink(kept + ".new")  # noqa: PTH108
        descriptor = os.open(kept + ".new", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(part, "rb") as source, os.fdopen(descriptor, "wb") as target:  # noqa: PTH123
            shutil.copyfileobj(source, target)
            target.flush()
            os.fsync(target.fileno())
        os.replace(kept + ".new", kept)  # noqa: PTH105


def put(path: str, hashes: dict[str, str], overwrite: bool) -> None:
    """Write hashes; who has one keeps it, unless it is to be overwritten."""
    with opened(path, "c") as passwords:
        for username, hashed in hashes.items():
            key = username.encode()
            if overwrite or key not in passwords:
                passwords[key] = hashed.encode()
    for part in parts(path):
        with suppress(PermissionError):  # its owner's business, where we are another
            os.chmod(part, 0o600)  # noqa: PTH101


def write(
    path: str, hashes: dict[str, str], overwrite: bool, settle_seconds: float
) -> dict[str, str]:
    """
    Write hashes and see that they stay; give the file as it was found at the end.

    Where nothing is locked the hub may write back what it read before we wrote: it holds the file
    open while it hashes a password, so we look again `settle_seconds` later.
    """
    back_up(path)
    found: dict[str, str] = {}
    for _ in range(3):
        put(path, hashes, overwrite)
        if dbm.whichdb(path) not in LOCKING:
            time.sleep(settle_seconds)
        found = read(path)
        if all(username in found for username in hashes):
            break
    return found


def answer_to(request: dict[str, Any]) -> dict[str, str]:
    """Do what was asked, and give hashes by username."""
    path = request["path"]
    if importlib.util.find_spec("firstuseauthenticator") is None:
        raise NotOursError("this Python has no FirstUseAuthenticator, so it is not the hub's")
    # Loaded as root, because others may not be allowed to read the hub's Python.
    for kind in ("dbm.gnu", "dbm.ndbm", "dbm.sqlite3", "dbm.dumb"):
        with suppress(ImportError):
            importlib.import_module(kind)
    codecs.lookup("Latin-1")  # with which dbm.dumb opens its files
    become_owner(path)
    os.umask(0o077)
    if not parts(path) and not request["may_be_new"]:
        raise NotOursError("there is no such file, and the hub's configuration does not name it")
    if request["hashes"]:
        return write(path, request["hashes"], request["overwrite"], request["settle_seconds"])
    return read(path)


def main() -> None:
    """Answer one request."""
    request = json.load(sys.stdin)
    try:
        answer: dict[str, object] = {"hashes": answer_to(request)}
    except BusyError:
        answer = {"busy": True}
    except NotOursError as error:
        answer = {"refused": str(error)}
    except dbm.error as error:  # which OSError is one of
        answer = {"refused": str(error)}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
