"""The environment of the processes that hold nbgrader: made from a short list of names.

Whatever else is in ours, tokens and passwords among it, stays here.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

_INHERITED = (
    "HOME",
    "JUPYTER_CONFIG_DIR",
    "JUPYTER_CONFIG_PATH",
    "JUPYTER_DATA_DIR",
    "JUPYTER_PATH",
    "LANG",
    "LC_ALL",
    "PATH",
    "TZ",
    "USER",
)


def clean_environment(scratch: Path) -> dict[str, str]:
    """Make the environment of a process whose temporary files belong in `scratch`."""
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    # nbgrader finds the `alembic` command, and kernels find `python`, by the PATH.
    beside_us = str(Path(sys.executable).parent)
    return inherited | {
        "PATH": os.pathsep.join([beside_us, inherited.get("PATH", os.defpath)]),
        # Kernels would write their profile and connection files into the operator's home.
        "IPYTHONDIR": str(scratch / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(scratch / "runtime"),
        # What a killed kernel leaves behind goes with the folder.
        "TMPDIR": str(scratch),
    }
