"""What runs inside the child process: the only code of courseops that imports nbgrader.

nbgrader imports jsonschema, which builds grammars for two optional format checks that nothing
here uses; without them every start is a second quicker. A None in `sys.modules` makes an import
fail: https://docs.python.org/3/reference/import.html#the-module-cache
Beautiful Soup's selectors, a tenth of the start, are loaded when somebody selects something.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

_UNUSED = ("rfc3986_validator", "rfc3987_syntax")
_LATER = ("soupsieve",)


class _Later(ModuleType):
    """Stands for a module until something in it is asked for."""

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


for _name in _UNUSED:
    sys.modules.setdefault(_name, None)  # type: ignore[arg-type]  # None is documented
for _name in _LATER:
    sys.modules.setdefault(_name, _Later(_name))
