"""Why a sandbox does not hold, in as many words as a refusal has room for."""

import pytest

from courseops.model.assignments.sandbox import Fault, Level


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("walls: unshare: Operation not permitted", "walls: unshare: Operation not permitted"),
        ("start: Traceback\n  File x, line 3\nOSError: no space\n", "OSError: no space"),
    ],
)
def test_a_fault_in_short_is_the_last_that_was_said(reason, said):
    assert Fault(level=Level.NAMESPACES, reason=reason).in_short == f"namespaces: {said}"
