"""Look at what a learner has written for what no solution needs, before it runs.

Only what can hardly be anything else is told: a false alarm costs a teacher's time.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def oddities(source: str) -> Iterator[str]:
    """Name what is odd about a cell; nothing where it cannot be read, such as for magics."""
    if "__eq__" not in source:
        return
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any(map(_equals_everything, node.body)):
            yield f"answers with an object that equals everything (class {node.name:.60})"


def _equals_everything(node: ast.stmt) -> bool:
    """Recognise an `__eq__` that says yes without looking."""
    if isinstance(node, _DEFINITIONS) and node.name == "__eq__":
        body = [it for it in node.body if not isinstance(it, (ast.Expr, ast.Pass))]
        return len(body) == 1 and isinstance(body[0], ast.Return) and _is_true(body[0].value)
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
        named = any(isinstance(it, ast.Name) and it.id == "__eq__" for it in node.targets)
        return named and _is_true(node.value.body)
    return False


def _is_true(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value is True
