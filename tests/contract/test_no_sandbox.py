"""Where no sandbox holds, no kernel is opened."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from courseops.errors import RefusedError

OPEN = r"""
import sys
from courseops.adapters.grading.engine import open_kernels
from courseops.errors import CourseOpsError
try:
    open_kernels(preload=(), trusted=sys.argv[1] == "trusted")
except CourseOpsError as error:
    print(type(error).__name__, error.exit_code, error, *error.problems, sep="\n")
else:
    print("open")
"""

REFUSAL = rf"""{RefusedError.__name__}
{RefusedError.exit_code}
learners' code cannot be kept apart on this machine, so nothing is graded
namespaces: .*not permitted.*
bubblewrap: .+
"""


@pytest.mark.system
@pytest.mark.parametrize(("trusted", "said"), [("not", ""), ("trusted", "open\n")])
def test_kernels_are_refused_to_whoever_cannot_make_a_sandbox(require, trusted, said):
    require("root", os.geteuid() == 0)
    require("setpriv", shutil.which("setpriv"))
    done = subprocess.run(
        ["setpriv", "--bounding-set=-all", "--inh-caps=-all", sys.executable, "-c", OPEN, trusted],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert re.fullmatch(said or REFUSAL, done.stdout), (done.stdout, done.stderr)
