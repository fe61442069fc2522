"""Fetch the secrets that the configuration refers to."""

from __future__ import annotations

from collections.abc import Callable

from courseops.adapters import secrets
from courseops.config import SecretReference


def read_secret(reference: SecretReference) -> str:
    """
    Fetch a secret from where its reference points.

    Raises:
        ConfigError: it is not there, or is open to everyone.
    """
    if reference.file is not None:
        return secrets.from_file(reference.file)
    if reference.env is not None:
        return secrets.from_environment(reference.env)
    if reference.command is not None:
        return secrets.from_command(reference.command)
    return secrets.from_credential(reference.credential or "")


def secret_of(reference: SecretReference) -> Callable[[], str]:
    """Give a function that fetches the secret when it is needed, and not before."""
    return lambda: read_secret(reference)
