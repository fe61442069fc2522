"""Passwords of this machine's own accounts, for hubs that log in through PAM.

PAM has no sign-up: an account without a password opens to nobody. Accounts are made by useradd and
passwords set by chpasswd, which reads them on stdin; the rest of an account is left alone, and
so is all of one that somebody closed.

Nobody is made to change the password at the first login. After `chage -d 0` PAM says "new one
required", and JupyterHub's PAMAuthenticator, which has no page for that, turns the learner away:
https://github.com/minrk/pamela/blob/main/pamela.py (measured with 1.2).
"""

from __future__ import annotations

import grp
import os
import pwd
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from courseops.adapters import process
from courseops.adapters.credentials import verdicts
from courseops.errors import RefusedError
from courseops.model.run import Outcome

TIMEOUT_SECONDS = 60.0
SEARCH_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"

# What useradd and adduser agree on, without the capitals that a hub would lower. Neither an option,
# a field of /etc/passwd nor a second line for chpasswd can begin in such a name.
_NAME = re.compile(r"[a-z_][a-z0-9_.-]{0,31}")
# https://systemd.io/UIDS-GIDS/
_PEOPLE = range(1000, 60001)
_EVERYBODY = "users"
# What stands for a password that was never set. A hash with one of these signs before it is locked.
_NO_PASSWORD = ("", "!", "!!", "*", "!*")
_LOCKED = ("!", "*")
_NO_SHELLS = ("nologin", "false")
_A_DAY = 86400


@dataclass(frozen=True)
class _Shadow:
    """What /etc/shadow says of one account; `expires_on` counts days since 1970."""

    password: str = field(repr=False)
    expires_on: int | None

    @property
    def is_locked(self) -> bool:
        return self.password not in _NO_PASSWORD and self.password.startswith(_LOCKED)

    @property
    def is_usable(self) -> bool:
        return self.password not in _NO_PASSWORD and not self.is_locked

    @property
    def has_expired(self) -> bool:
        return self.expires_on is not None and self.expires_on <= time.time() // _A_DAY


class SystemCredentials:
    """
    The accounts of this machine, as hub `name` knows them.

    `home` says where the home of a new account is (None leaves it to useradd); `protected` names
    accounts that are never changed. `search_path` is where the system's programs are.
    """

    def __init__(
        self,
        *,
        name: str,
        home: Callable[[str], Path] | None = None,
        protected: frozenset[str] = frozenset(),
        shell: str = "/bin/bash",
        search_path: str = SEARCH_PATH,
    ) -> None:
        self._name = name
        self._home = home
        self._protected = protected
        self._shell = shell
        self._environment = {"PATH": search_path, "LANG": "C.UTF-8"}

    def existing(self) -> frozenset[str]:
        """Name everybody who has a password that can be used."""
        self._insist_on_root()
        return frozenset(name for name, shadow in self._shadow().items() if shadow.is_usable)

    def claimed(self) -> frozenset[str]:
        """Name nobody: an account of a machine is nobody's to take."""
        return frozenset()

    def refuse_if_open(self) -> None:
        """Do nothing: nobody can sign up for an account of a machine."""

    def insert(self, passwords: Mapping[str, str]) -> list[Outcome]:
        """
        Make the accounts that are missing, and give them first passwords. One outcome a name.

        An account of the system, or of somebody who may do what only some may, fails; so does one
        that was locked, has expired or has no shell to log in with.
        """
        self._insist_on_root()
        return [self._insert(username, password) for username, password in passwords.items()]

    def replace(self, username: str, password: str) -> Outcome:
        """Set somebody's password anew, whatever it was; `failed` for who has none."""
        self._insist_on_root()
        if refused := _refusal(username, password):
            return refused
        account, shadow = _account(username), self._shadow(username).get(username)
        if left_alone := self._left_alone(username, account, shadow):
            return left_alone
        if shadow is None or not shadow.is_usable:
            return verdicts.no_password(username)
        return self._set(username, password)

    def opens(self, username: str, password: str) -> bool:
        """Say whether somebody is let in with this password."""
        return username in self.opening({username: password})

    def opening(self, passwords: Mapping[str, str]) -> frozenset[str]:
        """Name who is let in with the password beside their username, as PAM itself asks it."""
        self._insist_on_root()
        return frozenset(
            name for name, password in passwords.items() if self._opens(name, password)
        )

    def _opens(self, username: str, password: str) -> bool:
        if not _NAME.fullmatch(username) or "\0" in password:
            return False
        return self._run("unix_chkpwd", username, "nonull", stdin=f"{password}\0").code == 0

    def _insert(self, username: str, password: str) -> Outcome:
        if refused := _refusal(username, password):
            return refused
        account, shadow = _account(username), self._shadow(username).get(username)
        if shadow is not None and shadow.is_usable:
            return verdicts.has_password(username)
        if left_alone := self._left_alone(username, account, shadow):
            return left_alone
        if account is None:
            made = self._run("useradd", *self._useradd_options(username), username)
            if made.code != 0:
                return _failed(username, "useradd", made, password)
        elif shadow is None:
            return _elsewhere(username)
        return self._set(username, password)

    def _useradd_options(self, username: str) -> list[str]:
        # Debian's useradd makes homes that everybody may read.
        options = ["--create-home", "--shell", self._shell, "-K", "HOME_MODE=0700"]
        return (
            options if self._home is None else [*options, "--home-dir", str(self._home(username))]
        )

    def _set(self, username: str, password: str) -> Outcome:
        done = self._run("chpasswd", stdin=f"{username}:{password}\n")
        return (
            _failed(username, "chpasswd", done, password) if done.code else Outcome.done(username)
        )

    def _left_alone(
        self, username: str, account: pwd.struct_passwd | None, shadow: _Shadow | None
    ) -> Outcome | None:
        """Say why an account is not ours to change; None for one that is, or is not there."""
        if username in self._protected or (account is not None and _is_of_the_system(account)):
            return _protected(username)
        return _closed(account, shadow)

    def _shadow(self, *usernames: str) -> dict[str, _Shadow]:
        """Give what /etc/shadow, or what stands for it, says of accounts, by username."""
        listed = self._run("getent", "shadow", *usernames)
        lines = (line.split(":") for line in listed.stdout.decode(errors="replace").splitlines())
        return {
            name: _Shadow(password, int(expires_on) if expires_on.isdecimal() else None)
            for name, password, _, _, _, _, _, expires_on, *_ in lines
        }

    def _run(self, program: str, *args: str, stdin: str = "") -> process.Finished:
        return process.run(
            [program, *args],
            env=self._environment,
            timeout_seconds=TIMEOUT_SECONDS,
            stdin=stdin.encode(),
        )

    def _insist_on_root(self) -> None:
        if os.geteuid() != 0:
            raise RefusedError(
                f"only root may see to the accounts behind hub {self._name}",
                hint="run courseops as root on the hub's machine, or make the accounts yourself "
                "and take accounts out of the hub's configuration",
            )


def _refusal(username: str, password: str) -> Outcome | None:
    if not _NAME.fullmatch(username):
        return verdicts.invalid_name(username)
    return verdicts.refusal(username, password, "")


def _account(username: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(username)
    except KeyError:
        return None


def _is_of_the_system(account: pwd.struct_passwd) -> bool:
    """Say whether an account is the system's own, or may do what only some may, as sudo does."""
    groups = set(os.getgrouplist(account.pw_name, account.pw_gid)) - _group_ids(_EVERYBODY)
    return account.pw_uid not in _PEOPLE or any(group not in _PEOPLE for group in groups)


def _group_ids(group: str) -> set[int]:
    try:
        return {grp.getgrnam(group).gr_gid}
    except KeyError:
        return set()


def _closed(account: pwd.struct_passwd | None, shadow: _Shadow | None) -> Outcome | None:
    """Say that somebody closed an account; None for one that is open, or is not there."""
    if account is None or shadow is None:
        return None
    name = account.pw_name
    if shadow.is_locked:
        return Outcome.failed(
            name,
            "has an account that was locked, with its password",
            kind="locked",
            mend=f"unlock it, if it is really meant: usermod --unlock {name}",
        )
    if shadow.has_expired:
        return Outcome.failed(
            name,
            "has an account that has expired",
            kind="no-login",
            mend=f"open it again, if it is really meant: chage --expiredate -1 {name}",
        )
    if Path(account.pw_shell).name in _NO_SHELLS:
        return Outcome.failed(
            name,
            f"has an account that nobody logs in to: its shell is {account.pw_shell}",
            kind="no-login",
            mend=f"take another username; or give it a shell: usermod --shell /bin/bash {name}",
        )
    return None


def _protected(username: str) -> Outcome:
    return Outcome.failed(
        username,
        "is an account of the system, of somebody with special rights, or protected in the "
        "configuration",
        kind="protected",
        mend="set the password yourself, if it is really meant: passwd NAME",
    )


def _elsewhere(username: str) -> Outcome:
    return Outcome.skipped(
        username,
        "has an account in a directory, which keeps its password",
        kind="no-local-password",
    )


def _failed(username: str, program: str, ended: process.Finished, password: str) -> Outcome:
    said = ended.stderr.strip().rpartition("\n")[2].replace(password, "…")
    return Outcome.failed(
        username,
        f"{program} ended with {ended.code}: {said or 'it did not say why'}",
        kind="not-made" if program == "useradd" else "not-set",
        mend="look at the system's log, and run it again",
    )
