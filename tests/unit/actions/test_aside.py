"""Work that is done aside gives what it gives, and hides nothing that went wrong."""

import pytest
from structlog.contextvars import bound_contextvars, get_contextvars

from courseops.actions.aside import Aside
from courseops.errors import UnreachableError


def test_it_gives_what_the_work_gave():
    assert Aside(lambda: 42).result() == 42


def test_what_the_work_raised_is_raised_where_it_is_waited_for():
    def work():
        raise UnreachableError("no directory")

    with pytest.raises(UnreachableError, match="no directory"):
        Aside(work).result()


def test_what_is_logged_there_belongs_to_the_same_run():
    with bound_contextvars(run="one"):
        assert Aside(get_contextvars).result()["run"] == "one"
