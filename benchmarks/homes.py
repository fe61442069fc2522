"""Homes as learners leave them: notebooks with outputs, tables, pictures; the same for a seed."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from pathlib import Path

_FILES = 20
_NOTEBOOKS, _TABLES = 7, 6
# Every third table was handed out, and is the same in every home.
_HANDED_OUT = 2
_SEED = 20260302

Weights = tuple[int, int, int]
# Bytes of a notebook, a table and a picture; 500 homes of the first make 2 GB.
LARGE: Weights = (180_000, 160_000, 280_000)
SMALL: Weights = (400, 300, 500)


def name_of(number: int) -> str:
    """Name a learner."""
    return f"learner{number:05}"


def write_homes(root: Path, count: int, weights: Weights) -> None:
    """Write so many homes of twenty files."""
    for number in range(count):
        home = root / name_of(number)
        (home / "ps1").mkdir(parents=True)
        chance = random.Random(_SEED + number)
        for place, write in enumerate(_writers(weights, chance)):
            write(home / ("ps1" if place % 2 else ".") / f"file{place:02}")


def change_some(root: Path, count: int, percent: int) -> None:
    """Change so many of the files, as a day of work does."""
    chance = random.Random(_SEED)
    for number in chance.sample(range(count * _FILES), count * _FILES * percent // 100):
        home = root / name_of(number // _FILES)
        place = number % _FILES
        (found,) = (home / ("ps1" if place % 2 else ".")).glob(f"file{place:02}.*")
        with found.open("ab") as file:
            file.write(b"\n")


def _writers(weights: Weights, chance: random.Random) -> list[Callable[[Path], None]]:
    notebook, table, picture = weights
    handed_out = random.Random(_SEED)
    return [
        *[lambda path: _notebook(path, notebook, chance)] * _NOTEBOOKS,
        *[lambda path: _table(path, table, handed_out)] * _HANDED_OUT,
        *[lambda path: _table(path, table, chance)] * (_TABLES - _HANDED_OUT),
        *[lambda path: _picture(path, picture, chance)] * (_FILES - _NOTEBOOKS - _TABLES),
    ]


def _notebook(path: Path, size_bytes: int, chance: random.Random) -> None:
    image = base64.b64encode(chance.randbytes(size_bytes * 3 // 5)).decode()
    source = "".join(f"x{it} = {chance.random()}\n" for it in range(size_bytes // 200))
    cell = {
        "cell_type": "code",
        "metadata": {},
        "execution_count": 1,
        "source": source,
        "outputs": [
            {"output_type": "display_data", "metadata": {}, "data": {"image/png": image}},
        ],
    }
    whole = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    path.with_suffix(".ipynb").write_text(json.dumps(whole, indent=1))


def _table(path: Path, size_bytes: int, chance: random.Random) -> None:
    rows = (f"{chance.randrange(10**6)},{chance.random():.6f}\n" for _ in range(size_bytes // 16))
    path.with_suffix(".csv").write_text("".join(rows))


def _picture(path: Path, size_bytes: int, chance: random.Random) -> None:
    path.with_suffix(".png").write_bytes(b"\x89PNG\r\n" + chance.randbytes(size_bytes))
