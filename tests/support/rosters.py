"""Exports of class lists: those in tests/assets/rosters, and containers made as they are needed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl

from courseops.model.roster import Role

ASSETS = Path(__file__).resolve().parents[1] / "assets" / "rosters"
EXPORTS = sorted(path.name for path in ASSETS.iterdir())
HOW_TO = ASSETS.parents[2] / "docs" / "how-to" / "class-list.md"
ZOE = ("ztremblay", "00220011", "Zoé", "Tremblay", "zoe.tremblay@school.example")
ZOE_BY_EMAIL = ("zoe.tremblay", "zoe.tremblay", *ZOE[2:])
ZOE_BY_EMAIL_WITH_ID = ("zoe.tremblay", *ZOE[1:])
ZOE_WITHOUT_EMAIL = (*ZOE[:4], "")
ALL_LEARNERS = frozenset({Role.LEARNER})
# file: how usernames are had, the source, everybody's sections, roles, and the first person.
SEEN = {
    "apogee.txt": (
        "id", "Apogée, cp1252, tab, header in line 23, 2 people", ["", ""],
        ALL_LEARNERS, ("00220011", "00220011", "ZOÉ", "TREMBLAY", ""),
    ),
    "blackboard.csv": (
        "username", "Blackboard, utf-8-sig, ',', 2 people", ["", ""],
        ALL_LEARNERS, ZOE_WITHOUT_EMAIL,
    ),
    "blackboard.xls": (
        "username", "Blackboard, utf-16-le, tab, 2 people", ["", ""],
        ALL_LEARNERS, ZOE_WITHOUT_EMAIL,
    ),
    "brightspace.csv": (
        "username", "Brightspace, utf-8-sig, ',', 2 people", ["", ""], ALL_LEARNERS, ZOE,
    ),
    "canvas.csv": (
        "username", "Canvas gradebook, utf-8-sig, ',', 3 people",
        ["Lab A", "Lab B", "Lab A, Lab B"], ALL_LEARNERS, ZOE_WITHOUT_EMAIL,
    ),
    "canvas-names.csv": (
        "username", "Canvas gradebook, utf-8, ',', 2 people",
        ["Arts and Crafts", "Arts and Crafts"], ALL_LEARNERS, ZOE_WITHOUT_EMAIL,
    ),
    "google-classroom.csv": (
        "email-name", "Google Classroom, utf-8, ',', 2 people", ["", ""],
        ALL_LEARNERS, ZOE_BY_EMAIL,
    ),
    "moodle-gradebook-fr.csv": (
        "email-name", "Moodle gradebook, cp1252, ';', 2 people", ["", ""],
        ALL_LEARNERS, ZOE_BY_EMAIL_WITH_ID,
    ),
    "moodle-gradebook.csv": (
        "email-name", "Moodle gradebook, utf-8, ',', 2 people", ["", ""],
        ALL_LEARNERS, ZOE_BY_EMAIL_WITH_ID,
    ),
    "moodle-participants-fr.csv": (
        "email-name", "Moodle participants, utf-8-sig, ',', 2 people", ["TD 1", ""],
        ALL_LEARNERS, ZOE_BY_EMAIL,
    ),
    "moodle-participants-identity.csv": (
        "username", "Moodle participants, utf-8-sig, ',', 2 people", ["TD 1", ""],
        ALL_LEARNERS, ZOE,
    ),
    "moodle-participants.csv": (
        "email-name", "Moodle participants, utf-8-sig, ',', 3 people", ["TD 1", "TD 1, TD 2", ""],
        ALL_LEARNERS, ZOE_BY_EMAIL,
    ),
    "moodle-worksheet-fr.csv": (
        "email-name", "Moodle grading worksheet, utf-8-sig, ',', 2 people", ["", ""],
        ALL_LEARNERS, ("zoe.tremblay", "zoe.tremblay", "", "Zoé Tremblay", ZOE[4]),
    ),
    "oneroster-1.1": (
        "username", "OneRoster 1.1, zip, 3 people", ["", "", ""],
        {Role.LEARNER, Role.INSTRUCTOR}, ("ztremblay", "u1", *ZOE[2:]),
    ),
    "oneroster-1.2": (
        "username", "OneRoster 1.2, zip, 3 people", ["Morning", "c2", "Morning, c2"],
        {Role.LEARNER, Role.ASSISTANT, Role.INSTRUCTOR}, ("ztremblay", "u1", *ZOE[2:]),
    ),
    "openedx-grades.csv": (
        "username", "Open edX grade report, utf-8, ',', 2 people", ["Evening", "Morning"],
        ALL_LEARNERS, ("ztremblay", "5001", "", "", ZOE[4]),
    ),
    "openedx-profile.csv": (
        "username", "Open edX profile, utf-8, ',', 2 people", ["Evening", "Morning"],
        ALL_LEARNERS, ("ztremblay", "5001", "", "Zoé Tremblay", ZOE[4]),
    ),
    "plain.csv": (
        "username", "utf-8, ',', 2 people", ["TD 1", ""],
        {Role.LEARNER, Role.ASSISTANT}, ("ztremblay", "ztremblay", *ZOE[2:]),
    ),
    "scodoc.csv": (
        "email-name", "ScoDoc, utf-8, ';', 2 people", ["TD1", "TD2"],
        ALL_LEARNERS, ("zoe.tremblay", "00220011", "Zoé", "TREMBLAY", ZOE[4]),
    ),
}  # fmt: skip


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
