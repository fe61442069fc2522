"""Exports of class lists: those in tests/assets/rosters, and containers made as they are needed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl

ASSETS = Path(__file__).resolve().parents[1] / "assets" / "rosters"
EXPORTS = sorted(path.name for path in ASSETS.iterdir())


def export(name: str) -> bytes:
    """Give an asset as the file it stands for; a folder is a zip archive's content."""
    path = ASSETS / name
    return zipped(members_of(name)) if path.is_dir() else path.read_bytes()


def members_of(name: str) -> dict[str, str]:
    """Give the texts of an archive's members by name."""
    return {path.name: path.read_text("utf-8") for path in sorted((ASSETS / name).iterdir())}


def zipped(members: Mapping[str, str]) -> bytes:
    """Pack members into a zip archive."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return content.getvalue()


def workbook(
    sheets: Mapping[str, Sequence[Sequence[object]]], formats: Mapping[str, str] | None = None
) -> bytes:
    """Write an xlsx workbook; `formats` are number formats of cells of its first sheet."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    for cell, number_format in (formats or {}).items():
        book.worksheets[0][cell].number_format = number_format
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()
