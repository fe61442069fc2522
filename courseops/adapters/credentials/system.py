"""Passwords of this machine's own accounts, for hubs that log in through PAM.

PAM has no sign-up: an account without a password opens to nobody. Accounts are made by useradd and
passwords set by chpasswd, which reads them on stdin; the rest of an account is left alone.

Nobody is made to change the password at the first login. After `chage -d 0` PAM says "new one
required", and JupyterHub's PAMAuthenticator, which has no page for that, turns the learner away:
https://github.com/minrk/pamela/blob/main/pamela.py (measured with 1.2).
"""

from __future__ import annotations

import grp
import os
import pwd
import re
from collections.abc import Callable, Mapping
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
# A hash never begins so: such an account is locked, or never had a password.
_LOCKED = ("!", "*")


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
        return frozenset(name for name, field in self._shadow().items() if _is_usable(field))

    def claimed(self) -> frozenset[str]:
        """Name nobody: an account of a machine is nobody's to take."""
        return frozenset()

    def refuse_if_open(self) -> None:
        """Do nothing: nobody can sign up for an account of a machine."""

    def insert(self, passwords: Mapping[str, str]) -> list[Outcome]:
        """
        Make the accounts that are missing, and give them first passwords. One outcome a name.

        An account of the system, or of somebody who may do what only some may, fails.
        """
        self._insist_on_root()
        return [self._insert(username, password) for username, password in passwords.items()]

    def replace(self, username: str, password: str) -> Outcome:
        """Set somebody's password anew, whatever it was; `failed` for who has none."""
        self._insist_on_root()
        if refused := _refusal(username, password):
            return refused
        if not self._has_password(username):
            return verdicts.no_password(username)
        if self._is_protected(username, _account(username)):
            return _protected(username)
        return self._set(username, password)

    def opens(self, username: str, password: str) -> bool:
        """Say whether somebody is let in with this password, by the program that PAM asks."""
        self._insist_on_root()
        if not _NAME.fullmatch(username) or "\0" in password:
            return False
        return self._run("unix_chkpwd", username, "nonull", stdin=f"{password}\0").code == 0

    def _insert(self, username: str, password: str) -> Outcome:
        if refused := _refusal(username, password):
            return refused
        if self._has_password(username):
            return verdicts.has_password(username)
        account = _account(username)
        if self._is_protected(username, account):
            return _protected(username)
        if account is None:
            made = self._run("useradd", *self._useradd_options(username), username)
            if made.code != 0:
                return _failed(username, "useradd", made, password)
        elif username not in self._shadow(username):
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

    def _is_protected(self, username: str, account: pwd.struct_passwd | None) -> bool:
        return username in self._protected or (account is not None and _is_of_the_system(account))

    def _has_password(self, username: str) -> bool:
        return _is_usable(self._shadow(username).get(username))

    def _shadow(self, *usernames: str) -> dict[str, str]:
        """Give the second field of /etc/shadow by username."""
        listed = self._run("getent", "shadow", *usernames)
        fields = (line.split(":") for line in listed.stdout.decode(errors="replace").splitlines())
        return {name: field for name, field, *_ in fields}

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


def _is_usable(field: str | None) -> bool:
    return bool(field) and not str(field).startswith(_LOCKED)


def _is_of_the_system(account: pwd.struct_passwd) -> bool:
    """Say whether an account is the system's own, or may do what only some may, as sudo does."""
    groups = set(os.getgrouplist(account.pw_name, account.pw_gid)) - _group_ids(_EVERYBODY)
    return account.pw_uid not in _PEOPLE or any(group not in _PEOPLE for group in groups)


def _group_ids(group: str) -> set[int]:
    try:
        return {grp.getgrnam(group).gr_gid}
    except KeyError:
        return set()


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
