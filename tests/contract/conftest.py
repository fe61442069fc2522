"""Fixtures of the contract suites."""

from tests.support.backup import homes, new_repository, repository  # noqa: F401
