"""Write a commented config.toml from the same models that read it.

`config.example.toml` and what `courseops init` writes come from here, so no key can be
documented and not read, or read and not documented.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from courseops.config.accounts import AccountsSection
from courseops.config.backups import (
    BackupSection,
    CopySection,
    DatabaseSection,
    RetentionSection,
    StillSection,
)
from courseops.config.basis import SecretReference
from courseops.config.collecting import CollectSection, NgshareSection
from courseops.config.daemon import DaemonSection
from courseops.config.directories import LdapSection
from courseops.config.grading import AssignmentSection, GradingSection
from courseops.config.notices import MailSection, NoticesSection, WebhookSection
from courseops.config.rosters import RosterSection
from courseops.config.sections import (
    CourseSection,
    GuardSection,
    HubSection,
    SiteSection,
)
from courseops.config.volumes import VolumesSection
from courseops.config.web import WebSection
from courseops.problems import as_toml, toml_key

_HEAD = """\
# courseops: one file for the whole school. `courseops doctor` says whether it works.
# A secret never stands here, only where it is found:
#   { file = "x.token" }, { env = "X" }, { command = ["pass", "x"] } or { credential = "x" }
# Relative paths are relative to this file. Each course may also stand in a file of its own:
#   courses.d/python101.toml, with the keys of [courses.python101].

# jobs = "jobs"  # folder of your own job files; it must stand above every section
"""
_NESTED: Mapping[str, type[BaseModel]] = {
    "notices": NoticesSection,
    "mail": MailSection,
    "webhook": WebhookSection,
    "accounts": AccountsSection,
    "volumes": VolumesSection,
    "backup": BackupSection,
    "keep": RetentionSection,
    "still": StillSection,
    "copy_to": CopySection,
    "roster": RosterSection,
    "guard": GuardSection,
    "grading": GradingSection,
    "assignments": AssignmentSection,
    "collect": CollectSection,
    "ngshare": NgshareSection,
    "ldap": LdapSection,
    "web": WebSection,
}
# What most sites do without, or have in place of something else: a comment where it is not given.
_INSTEAD = {
    "ldap",
    "accounts",
    "volumes",
    "still",
    "copy_to",
    "notices",
    "ngshare",
    "assignments",
    "web",
}
# There are several of these, each with a name of its own.
_NAMED = {"assignments": "hw1"}


def config_text(
    site: Mapping[str, Any],
    hubs: Mapping[str, Mapping[str, Any]],
    courses: Mapping[str, Mapping[str, Any]],
) -> str:
    """
    Write a whole config.toml.

    What is given is set, the rest stands as a comment with its default or an example; where
    there is no hub or no course yet, an example of one stands as a comment.
    """
    parts = [_HEAD, _section("site", SiteSection, site)]
    for name, values in hubs.items():
        parts.append(_section(f"hubs.{toml_key(name)}", HubSection, values))
    if not hubs:
        parts.append(_commented(_section("hubs.campus", HubSection, _examples(HubSection))))
    for name, values in courses.items():
        parts.append(_section(f"courses.{toml_key(name)}", CourseSection, values))
    if not courses:
        example = _section("courses.python101", CourseSection, _examples(CourseSection))
        parts.append(_commented(example))
    parts.append(_commented(_section("daemon", DaemonSection, {})))
    return "\n".join(parts).rstrip("\n") + "\n"


def example_text() -> str:
    """Write `config.example.toml`: every key, with its default or an example."""
    return config_text(
        {},
        {"campus": _examples(HubSection)},
        {"python101": _examples(CourseSection)},
    )


def _examples(section: type[BaseModel]) -> dict[str, Any]:
    """Give what a section cannot do without, and its sections' examples in turn."""
    values = {
        name: field.examples[0]
        for name, field in section.model_fields.items()
        if field.examples and (field.is_required() or name in {"homes", "folder", "csv"})
    }
    for name in section.model_fields:
        if name in _NESTED and name not in _INSTEAD:
            values[name] = _examples(_NESTED[name])
    return values


def _section(name: str, section: type[BaseModel], values: Mapping[str, Any]) -> str:
    lines = [f"[{name}]"]
    nested = []
    for key, field in section.model_fields.items():
        if key in _NESTED:
            if key in values:
                nested.append(_section(f"{name}.{key}", _NESTED[key], values[key]))
            elif key in _INSTEAD:
                place = ".".join([name, key, *filter(None, [_NAMED.get(key)])])
                example = _section(place, _NESTED[key], _examples(_NESTED[key]))
                nested.append(_commented(example))
            continue
        lines.extend(_entry(key, field, values))
    return "\n".join([*lines, "", *nested])


def _entry(key: str, field: FieldInfo, values: Mapping[str, Any]) -> Iterator[str]:
    about = f"  # {field.description}" if field.description else ""
    default = default_of(field)
    if key in values:
        yield f"{key} = {as_toml(values[key])}{about}"
    elif default is not None:
        yield f"{key} = {as_toml(default)}{about}"
    else:
        yield f"# {key} = {as_toml((field.examples or [''])[0])}{about}"


def default_of(field: FieldInfo) -> Any:
    """Give a default that says something; None for what is empty, absent or made anew."""
    value = None if field.is_required() else field.default
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, tuple):
        return list(value) or None
    return value if isinstance(value, str | int | float) and value != "" else None


def _commented(text: str) -> str:
    return "\n".join(f"# {line}" if line else "" for line in text.splitlines()) + "\n"


def keys() -> Iterator[tuple[str, str, FieldInfo]]:
    """Give (section, key, field) for all that can be configured, for the reference page."""
    sections: tuple[tuple[str, type[BaseModel]], ...] = (
        ("site", SiteSection),
        ("site.notices", NoticesSection),
        ("site.notices.mail", MailSection),
        ("site.notices.webhook", WebhookSection),
        ("hubs.NAME", HubSection),
        ("hubs.NAME.accounts", AccountsSection),
        ("hubs.NAME.volumes", VolumesSection),
        ("hubs.NAME.backup", BackupSection),
        ("hubs.NAME.backup.keep", RetentionSection),
        ("[hubs.NAME.backup.databases]", DatabaseSection),
        ("hubs.NAME.backup.still", StillSection),
        ("hubs.NAME.backup.copy_to", CopySection),
        ("hubs.NAME.web", WebSection),
        ("courses.ID", CourseSection),
        ("courses.ID.roster", RosterSection),
        ("courses.ID.roster.ldap", LdapSection),
        ("courses.ID.guard", GuardSection),
        ("courses.ID.grading", GradingSection),
        ("courses.ID.assignments.NAME", AssignmentSection),
        ("courses.ID.collect", CollectSection),
        ("courses.ID.collect.ngshare", NgshareSection),
        ("daemon", DaemonSection),
    )
    for name, section in sections:
        for key, field in section.model_fields.items():
            if key not in _NESTED:
                yield name, key, field


def type_words(annotation: Any) -> str:
    """Say in a word what a key takes."""
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        inner = [arg for arg in typing.get_args(annotation) if arg is not type(None)]
        return type_words(inner[0])
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return type_words(typing.get_args(annotation)[0])
    if origin is typing.Literal:
        return " or ".join(as_toml(choice) for choice in typing.get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "secret reference" if annotation is SecretReference else "table"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return " or ".join(as_toml(choice.value) for choice in annotation)
    words = {
        str: "text",
        bool: "true or false",
        float: "number",
        int: "whole number",
        tuple: "list",
        dict: "table",
    }
    return words.get(origin or annotation, "path")
