"""Outside programs that tests need: without one a test is skipped, in CI it fails."""

from collections.abc import Callable

import pytest

Require = Callable[[str, object], None]


@pytest.fixture(scope="session")
def require(pytestconfig: pytest.Config) -> Require:
    """Give `require(program, found)`: skip, or fail under --require-programs, unless found."""

    def require(program: str, found: object) -> None:
        if found:
            return
        if pytestconfig.getoption("--require-programs"):
            pytest.fail(f"{program} is not installed, and --require-programs was given")
        pytest.skip(f"{program} is not installed")

    return require
