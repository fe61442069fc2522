"""Fixtures of the contract suites."""

from tests.support.backup import (  # noqa: F401
    empty_restic,
    homes,
    new_repository,
    repository,
    restic,
)
