"""Start the zygote: run by path, as `python -I launch.py DESCRIPTOR`, in the course's own Python.

That Python need not have courseops: this folder is loaded as a package under a name of its
own, so that its modules find one another by relative imports.
"""

import importlib.util
import sys
from pathlib import Path

PACKAGE = "_courseops_kernel"


def main() -> None:
    """Load the package and serve on the socket whose descriptor is the first argument."""
    here = Path(__file__).resolve().parent
    spec = importlib.util.spec_from_file_location(
        PACKAGE, here / "__init__.py", submodule_search_locations=[str(here)]
    )
    if spec is None or spec.loader is None:
        raise SystemExit(f"{here} is no package")
    package = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = package
    spec.loader.exec_module(package)
    importlib.import_module(f"{PACKAGE}.zygote").main(int(sys.argv[1]))


if __name__ == "__main__":
    main()
