"""A hub's page over a site of its own, for each test."""

import pytest

from tests.support.backup import empty_restic  # noqa: F401
from tests.support.kept_files import kept, past  # noqa: F401
from tests.support.pages import page_in


@pytest.fixture
def page(tmp_path, monkeypatch):
    with page_in(tmp_path, monkeypatch) as page:
        yield page
