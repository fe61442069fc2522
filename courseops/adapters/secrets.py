"""Fetch a secret from where the configuration says it is, at the moment it is needed.

The value is returned, and never kept or put into a message; the log is told what it must never
say. systemd credentials: https://systemd.io/CREDENTIALS/
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from courseops.adapters import process
from courseops.errors import ConfigError, CourseOpsError
from courseops.events import never_say

_COMMAND_TIMEOUT_SECONDS = 30


def from_file(path: Path) -> str:
    """
    Read a secret from the first line of a file that only its owner and group may read.

    Raises:
        ConfigError: the file is not there, is empty, or everyone may read it.
    """
    try:
        if path.is_dir():
            raise ConfigError(f"the secret file {path} is a folder", hint="name a file")
        if path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
            raise ConfigError(
                f"the secret file {path} can be read by everyone",
                hint=f"chmod 600 {path}, and change the secret: it may have been seen",
            )
        return _not_empty(path.read_text(encoding="utf-8"), f"the secret file {path}")
    except UnicodeDecodeError as error:
        raise ConfigError(f"the secret file {path} is not UTF-8 text") from error
    except OSError as error:
        raise ConfigError(
            f"the secret file {path} cannot be read: {error.strerror}",
            hint="put the secret there, readable by courseops only (chmod 600)",
        ) from error


def from_environment(name: str, environment: Mapping[str, str] | None = None) -> str:
    """
    Read a secret from an environment variable.

    Raises:
        ConfigError: the variable is not set, or is empty.
    """
    found = (os.environ if environment is None else environment).get(name, "")
    return _not_empty(found, f"the environment variable {name}")


def from_command(args: Sequence[str]) -> str:
    """
    Read a secret from the first line that a program prints.

    Raises:
        ConfigError: the program failed or printed nothing.
    """
    try:
        done = process.run(args, env=os.environ, timeout_seconds=_COMMAND_TIMEOUT_SECONDS)
    except CourseOpsError as error:
        raise ConfigError(f"the secret's command did not run: {error}") from error
    if done.code != 0:
        # What it said stays unsaid: there may be the secret in it.
        raise ConfigError(
            f"the secret's command {args[0]} failed with {done.code}",
            hint=f"try it by hand: {args[0]} …",
        )
    printed = done.stdout.decode(errors="replace")
    return _not_empty(printed, f"what the command {args[0]} printed")


def from_credential(name: str) -> str:
    """
    Read a secret that systemd handed to this service.

    Raises:
        ConfigError: we were not started with such a credential.
    """
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        raise ConfigError(
            f"the credential {name} was not handed to us",
            hint=f"start courseops by systemd with LoadCredential={name}:…, "
            "or refer to the secret by { file = … }",
        )
    return from_file(Path(folder) / name)


def _not_empty(text: str, where: str) -> str:
    secret = text.strip().partition("\n")[0].strip()
    if not secret:
        raise ConfigError(f"{where} is empty or not set", hint="put the secret there")
    never_say(secret)
    return secret
