"""Teachers' notebooks, as short as a test can say them."""

from __future__ import annotations

import json
from typing import Any

Cells = list[dict[str, Any]]


def marked(id_: str, **flags: Any) -> dict[str, Any]:
    usual = {"grade": False, "solution": False, "locked": False, "task": False}
    return {"nbgrader": {"grade_id": id_, "schema_version": 3, **usual, **flags}}


def code(source: str, metadata: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": f"c{abs(hash((source, str(metadata))))}",
        "source": source,
        "metadata": metadata or {},
        "outputs": [],
        "execution_count": None,
        **more,
    }


def text(source: str, metadata: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "cell_type": "markdown",
        "id": f"m{abs(hash(source))}",
        "source": source,
        "metadata": metadata or {},
        **more,
    }


def solution(id_: str, head: str, *lines: str) -> dict[str, Any]:
    body = "\n".join(["### BEGIN SOLUTION", *lines, "### END SOLUTION"])
    return code(f"{head}\n{body}" if head else body, marked(id_, solution=True))


def checks(id_: str, *shown: str, hidden: tuple[str, ...] = ()) -> dict[str, Any]:
    kept = ["### BEGIN HIDDEN TESTS", *hidden, "### END HIDDEN TESTS"] if hidden else []
    return code("\n".join([*shown, *kept]), marked(id_, grade=True, locked=True, points=2))


def notebook(*cells: dict[str, Any], **metadata: Any) -> bytes:
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {
        "cells": list(cells),
        "metadata": {"kernelspec": kernel, **metadata},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(whole).encode()
