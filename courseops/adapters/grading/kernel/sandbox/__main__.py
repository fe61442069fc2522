"""Try the walls in this very Python: `python -I -B …/sandbox`, what to try as JSON on stdin.

One line of JSON comes back: which walls do not hold, and what this machine lacks.
"""

import importlib.util
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
NAME = "walls_on_trial"


def main() -> None:
    """Load this folder as a package under a name of its own, and hold the trial."""
    spec = importlib.util.spec_from_file_location(
        NAME, HERE / "__init__.py", submodule_search_locations=[str(HERE)]
    )
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[NAME] = package
    spec.loader.exec_module(package)
    trial = importlib.import_module(f"{NAME}.trial")
    asked = json.load(sys.stdin)
    sys.stdout.write(json.dumps(trial.hold(package.Walls(**asked.pop("walls")), **asked)) + "\n")


if __name__ == "__main__":
    main()
