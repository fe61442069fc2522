"""What every test may rely on."""

import pytest

from tests.support.programs import require  # noqa: F401 - pytest finds fixtures by name


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--require-programs",
        action="store_true",
        help="fail instead of skipping when an outside program is not installed",
    )
