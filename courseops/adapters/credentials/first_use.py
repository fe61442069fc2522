"""Passwords of FirstUseAuthenticator, as The Littlest JupyterHub has it, in `passwords.dbm`.

Its first visitor under a name chooses the password, so a name must never be without one: the
credential comes before the hub user. Only the hub's own Python reads and writes that file; a
small program (`first_use_child`) does it there.
https://github.com/jupyterhub/firstuseauthenticator
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from courseops.adapters import process
from courseops.adapters.credentials import verdicts
from courseops.adapters.credentials.hashing import hash_of, matches
from courseops.errors import CourseOpsError, LockedError, RefusedError
from courseops.model.logins.judging import HubSettings
from courseops.model.run import Outcome

CLOSED_BY = "c.FirstUseAuthenticator.create_users = False"
TIMEOUT_SECONDS = 60.0

_FORBIDDEN = ", /"
# What a hub makes in the folder it was started in, unless it is told to make it elsewhere.
_LEFT_WHERE_STARTED = ("jupyterhub.sqlite", "jupyterhub_cookie_secret", "jupyterhub-proxy.pid")
_CHILD = Path(__file__).with_name("first_use_child.py")


class FirstUseCredentials:
    """
    The passwords of the hub `name`, in the file that its `dbm_path` names.

    `python` is the hub's own. `settings` reads what the hub's configuration says of logins; None
    where nobody knows. `settle_seconds` is longer than the hub holds the file, where it locks
    nothing: it hashes a password meanwhile, for a quarter of a second.
    """

    def __init__(
        self,
        *,
        name: str,
        file: Path,
        python: Path,
        settings: Callable[[], HubSettings | None],
        settle_seconds: float = 1,
    ) -> None:
        self._name = name
        self._file = file
        self._python = python
        self._settings = cache(settings)
        self._settle_seconds = settle_seconds

    def existing(self) -> frozenset[str]:
        """Name everybody who has a password."""
        return frozenset(self._ask())

    def claimed(self) -> frozenset[str]:
        """Name everybody who has a password: the file does not know the hub's users."""
        return self.existing()

    def refuse_if_open(self) -> None:
        """
        Insist that whoever is no user of the hub is turned away.

        Raises:
            RefusedError: they are not, or nobody knows.
        """
        settings = self._settings()
        if settings is not None and not settings.create_users:
            return
        what = "makes an account for every stranger"
        if settings is None:
            what = "may make an account for every stranger: its configuration was not read"
        raise RefusedError(
            f"hub {self._name} {what}",
            hint=f"put into the hub's configuration, and restart the hub: {CLOSED_BY}; "
            "and name that configuration in accounts.hub_config",
        )

    def insert(self, passwords: Mapping[str, str]) -> list[Outcome]:
        """Give first passwords, by username; who has one already keeps it. One outcome a name."""
        refused = {name: _refusal(name, password) for name, password in passwords.items()}
        there = self._ask()
        new = {
            name: hash_of(password).decode()
            for name, password in passwords.items()
            if refused[name] is None and name not in there
        }
        found = self._ask(new) if new else there
        return [refused[name] or _verdict(name, new, found) for name in passwords]

    def replace(self, username: str, password: str) -> Outcome:
        """Set somebody's password anew, whatever it was; `failed` for who has none."""
        if refused := _refusal(username, password):
            return refused
        if username not in self._ask():
            return verdicts.no_password(username)
        new = {username: hash_of(password).decode()}
        return _verdict(username, new, self._ask(new, overwrite=True))

    def opens(self, username: str, password: str) -> bool:
        """Say whether somebody is let in with this password."""
        return username in self.opening({username: password})

    def opening(self, passwords: Mapping[str, str]) -> frozenset[str]:
        """Name who is let in with the password that stands beside their username."""
        there = self._ask()
        return frozenset(
            name
            for name, password in passwords.items()
            if name in there and matches(password, there[name].encode())
        )

    def _ask(
        self, hashes: Mapping[str, str] | None = None, *, overwrite: bool = False
    ) -> dict[str, str]:
        """Write hashes, if any, and give the file as it is then, by username."""
        request = {
            "path": str(self._file),
            "hashes": hashes or {},
            "overwrite": overwrite,
            "settle_seconds": self._settle_seconds,
            "may_be_new": self._is_named_by_hub(),
        }
        ended = process.run(
            # Isolated, it sees neither our packages nor those of the folder it is started in.
            [str(self._python), "-I", str(_CHILD)],
            env={},
            timeout_seconds=TIMEOUT_SECONDS,
            stdin=json.dumps(request).encode(),
        )
        answer: dict[str, Any] = {}
        with suppress(ValueError):
            answer = json.loads(ended.stdout)
        if ended.code != 0 or "hashes" not in answer:
            raise self._failure(answer, ended)
        return {str(name): str(hashed) for name, hashed in answer["hashes"].items()}

    def _is_named_by_hub(self) -> bool:
        """
        Say whether the hub's configuration names this very file; False where it cannot be told.

        Raises:
            RefusedError: the hub keeps its passwords in another file.
        """
        settings = self._settings()
        if settings is None:
            return False
        named = Path(settings.dbm_path)
        if named.is_absolute() and self._file.resolve() == named.resolve():
            return True
        if self._file.match(str(named)):
            started_in = self._file.parents[len(named.parts) - 1]
            if any((started_in / left).exists() for left in _LEFT_WHERE_STARTED):
                return True
        raise RefusedError(
            f"hub {self._name} keeps its passwords in {named}"
            f"{'' if named.is_absolute() else ', where it was started'}, and not in {self._file}",
            hint="set accounts.file to the hub's own file, and let the hub's configuration name "
            f"it in full: c.FirstUseAuthenticator.dbm_path = {str(self._file)!r}",
        )

    def _failure(self, answer: Mapping[str, Any], ended: process.Finished) -> CourseOpsError:
        if "busy" in answer:
            return LockedError(
                f"the passwords of hub {self._name} are busy: {self._file}",
                hint="the hub writes to them just now; try again",
            )
        what = f"the passwords of hub {self._name} cannot be had"
        if "refused" in answer:
            return RefusedError(
                f"{what}: {answer['refused']} ({self._file})",
                hint="run courseops as root or as the hub's user, and set accounts.python to the "
                "Python that runs the hub and accounts.file to its passwords.dbm",
            )
        said = ended.stderr.strip().rpartition("\n")[2]
        if "Traceback" not in ended.stderr:
            # What a program says that takes our options for its own is of no use.
            said = f"{self._python} is no Python, or did not start ({ended.code})"
        return CourseOpsError(
            f"{what}: {said}", hint="set accounts.python to the Python that runs the hub"
        )


def _refusal(username: str, password: str) -> Outcome | None:
    return verdicts.refusal(username, password, _FORBIDDEN)


def _verdict(username: str, new: Mapping[str, str], found: Mapping[str, str]) -> Outcome:
    if username in new and found.get(username) == new[username]:
        return Outcome.done(username)
    if username in found:
        return verdicts.has_password(username)
    return Outcome.failed(
        username,
        "lost the first password again: the hub wrote to the file at the same time",
        kind="not-kept",
        mend="run it again",
    )
