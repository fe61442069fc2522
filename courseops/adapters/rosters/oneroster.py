"""Read a OneRoster 1.1 or 1.2 set of CSV files in a zip archive, as student systems export it.

The class is who is enrolled in it (enrollments.csv); users.csv says who they are. Only whole
("bulk") sets are read: from a set of changes nobody could tell who is not in the class. See
https://www.imsglobal.org/spec/oneroster/v1p2/bind/csv/.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from courseops.adapters.rosters.archive import open_archive
from courseops.adapters.rosters.formats import ONEROSTER
from courseops.adapters.rosters.tables import Line, Table, UnusableError
from courseops.adapters.rosters.text import decode, lines_of, rows_of
from courseops.model.words import plain

MANIFEST = "manifest.csv"
_VERSIONS = ("1.1", "1.2")
_PERSON = ("sourcedId", "username", "givenName", "familyName", "email")
_HEADER = [*_PERSON, "role", "section"]
_NEEDED = {
    "users": _PERSON,
    "enrollments": ("classSourcedId", "userSourcedId", "role"),
    "classes": ("sourcedId", "title"),
    "roles": ("userSourcedId", "role"),
}

Record = Mapping[str, str]


@dataclass(kw_only=True)
class _Member:
    """What one learner or teacher of the set holds in its classes."""

    roles: set[str] = field(default_factory=set)
    classes: list[str] = field(default_factory=list)


def read_oneroster(content: bytes, encoding: str = "") -> Table:
    """
    Give everyone who is enrolled in the classes of a set, one row a person.

    Raises:
        UnusableError: the set is damaged, not whole, or of a version that we do not know.
    """
    with open_archive(content) as archive:
        files = frozenset(archive.namelist())
        manifest = {
            r["propertyname"]: r["value"]
            for _, r in _records(archive, MANIFEST, encoding, ("propertyName", "value"))
        }
        version = _checked(manifest, files)
        given = {
            name: list(_records(archive, f"{name}.csv", encoding, _NEEDED[name]))
            for name in _NEEDED
            if f"{name}.csv" in files and manifest.get(f"file.{name}", "bulk") != "absent"
        }
    return _Set(given).table(version)


def _checked(manifest: Mapping[str, str], files: frozenset[str]) -> str:
    version = manifest.get("oneroster.version", "")
    problems = []
    if version not in _VERSIONS:
        problems.append(f"{MANIFEST}: OneRoster {version or '(no version)'} is neither 1.1 nor 1.2")
    for name in _NEEDED:
        mode = manifest.get(f"file.{name}", "absent")
        needed = name in ("users", "enrollments")
        if mode == "delta":
            problems.append(f"{MANIFEST}: {name}.csv holds changes only (delta), not everyone")
        elif mode != "bulk" and needed:
            problems.append(f"{MANIFEST}: {name}.csv is {mode}, and it is needed")
        elif mode == "bulk" and f"{name}.csv" not in files:
            problems.append(f"{MANIFEST}: {name}.csv is announced and not in the archive")
    if problems:
        raise UnusableError(problems, hint="export a whole OneRoster set (bulk), with enrollments")
    return version


def _records(
    archive: zipfile.ZipFile, name: str, encoding: str, needed: tuple[str, ...] = ()
) -> Iterator[tuple[int, Record]]:
    try:
        text, _ = decode(archive.read(name), encoding)
        rows = list(rows_of(lines_of(text), ","))
    except UnusableError as error:
        raise UnusableError([f"{name}, {problem}" for problem in error.problems]) from error
    header = [plain(word) for word in rows[0][1]] if rows else []
    missing = [word for word in needed if plain(word) not in header]
    cut = [line for line, cells in rows if len(cells) != len(header)]
    problems = [f"{name}, line 1: there is no column {word}" for word in missing]
    problems += [f"{name}, line {line}: has not as many columns as the header" for line in cut]
    if problems:
        raise UnusableError(problems)
    for line, cells in rows[1:]:
        record = dict(zip(header, cells, strict=True))
        if plain(record.get("status", "")) != "tobedeleted":
            yield line, record


class _Set:
    """The files of one set while they are put together."""

    def __init__(self, given: Mapping[str, list[tuple[int, Record]]]) -> None:
        self._given = given
        self._titles = {r["sourcedid"]: r["title"] for _, r in given.get("classes", ())}
        self._own_roles = self._roles()
        self._problems: list[str] = []
        self._warnings: list[str] = []

    def table(self, version: str) -> Table:
        """Give the set as one table, with a line of users.csv for each person."""
        members = self._members()
        rows = tuple(self._rows(members))
        form = replace(ONEROSTER, name=f"OneRoster {version}")
        return Table(
            form=form,
            header=(1, _HEADER),
            rows=rows,
            read_as=(form.name, "zip"),
            place="users.csv, ",
            problems=tuple(self._problems),
            warnings=tuple(self._warnings),
        )

    def _roles(self) -> Mapping[str, str]:
        """Give the role each person has in the school: in roles.csv since 1.2."""
        roles = {r["sourcedid"]: r.get("role", "") for _, r in self._given["users"]}
        for _, record in self._given.get("roles", ()):
            if plain(record.get("roletype", "")) != "secondary":
                roles[record["usersourcedid"]] = record["role"]
        return roles

    def _members(self) -> Mapping[str, _Member]:
        known = {record["sourcedid"] for _, record in self._given["users"]}
        members: dict[str, _Member] = {}
        for line, record in self._given["enrollments"]:
            user, group = record["usersourcedid"], record["classsourcedid"]
            if user not in known:
                self._problems.append(f"enrollments.csv, line {line}: {user} is not in users.csv")
                continue
            if self._titles and group not in self._titles:
                self._problems.append(
                    f"enrollments.csv, line {line}: {group} is not in classes.csv"
                )
            member = members.setdefault(user, _Member())
            member.roles.add(record["role"] or self._own_roles.get(user, ""))
            if group not in member.classes:
                member.classes.append(group)
        return members

    def _rows(self, members: Mapping[str, _Member]) -> Iterator[Line]:
        several = len({group for member in members.values() for group in member.classes}) > 1
        for line, user in self._given["users"]:
            member = members.get(user["sourcedid"])
            if member is None:
                continue
            if plain(user.get("enableduser", "")) == "false":
                self._warnings.append(f"users.csv, line {line}: is disabled and left out")
                continue
            if len(member.roles) > 1:
                held = " and ".join(sorted(member.roles))
                self._problems.append(
                    f"users.csv, line {line}: {user['sourcedid']} is enrolled as {held}"
                )
                continue
            titles = [self._titles.get(group) or group for group in member.classes]
            section = ", ".join(titles) if several else ""
            person = [user[plain(word)] for word in _PERSON]
            yield line, [*person, *member.roles, section]
