"""What runs inside the child process: the only code of courseops that imports nbgrader.

nbgrader imports jsonschema, which builds a grammar for an optional format check that nothing
here uses; without it every start is a second quicker. A None in `sys.modules` makes an import
fail: https://docs.python.org/3/reference/import.html#the-module-cache
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None is documented
