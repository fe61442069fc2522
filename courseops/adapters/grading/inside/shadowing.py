"""Find handed-in files that Python would import in the place of the teacher's own modules.

A folder `checks/` is found before `checks.py`, and so is a library in machine code; compiled
code in `__pycache__` may say of itself that it needs no comparison with its source:
https://docs.python.org/3/reference/import.html#cached-bytecode-invalidation
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

_CACHE = "__pycache__"
_IMPORTABLE = frozenset({".py", ".pyc", ".so"})


def find_shadows(handed_in: Iterable[str], support: Collection[str]) -> Iterator[str]:
    """Name the files among `handed_in` that shadow a module or package of `support`."""
    given = [PurePosixPath(path) for path in support if _is_importable(path)]
    modules = {_module(path) for path in given if path.stem != "__init__"}
    packages = {it for path in given for it in _folder(path).parents if it.parts}
    packages |= {_folder(path) for path in given if _folder(path).parts}
    for path in handed_in:
        if path in support or not _is_importable(path):
            continue
        own = PurePosixPath(path)
        above = {_folder(own), *_folder(own).parents}
        if _module(own) in modules | packages or not above.isdisjoint(modules):
            yield path


def without(left_out: Collection[str], files: Mapping[str, Any]) -> dict[str, Any]:
    """Give the files but for those that are left out."""
    return {path: it for path, it in files.items() if path not in left_out}


def _is_importable(path: str) -> bool:
    return PurePosixPath(path).suffix in _IMPORTABLE


def _folder(path: PurePosixPath) -> PurePosixPath:
    return path.parent.parent if path.parent.name == _CACHE else path.parent


def _module(path: PurePosixPath) -> PurePosixPath:
    """Give the place that an import would find this file by."""
    name = path.name.partition(".")[0]
    return _folder(path) if name == "__init__" else _folder(path) / name
