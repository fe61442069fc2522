"""Write docs/reference/ and config.example.toml from the code, or check that they are as written.

Run by `make docs`; with --check it writes nothing, names what is stale and exits with 1.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from courseops.cli.frame import DOCUMENTS, OTHER_DOCUMENTS, Document
from courseops.cli.root import cli
from courseops.config.writing import default_of, example_text, keys, type_words
from courseops.jobfile import load_jobs
from courseops.jobfile.keys import JobSection, ScheduleSection
from courseops.problems import as_toml
from courseops.resources import shipped
from courseops.wiring.jobs import ACTIONS

ROOT = Path(__file__).resolve().parent.parent
_TABLE = "| key | takes | default | example | |\n|---|---|---|---|---|"
HEAD = "<!-- Generated from the code by `make docs`; edit the code instead. -->\n\n"


def pages() -> Iterator[tuple[Path, str]]:
    """Give every generated file with its text."""
    yield ROOT / "config.example.toml", example_text()
    yield ROOT / "docs/reference/commands.md", HEAD + "\n".join(_commands())
    yield ROOT / "docs/reference/configuration.md", HEAD + "\n".join(_configuration())
    yield ROOT / "docs/reference/jobs.md", HEAD + "\n".join(_jobs())
    yield ROOT / "docs/reference/documents.md", HEAD + "\n".join(_documents())


def leaves(group: click.Group, path: tuple[str, ...]) -> Iterator[tuple[str, click.Command]]:
    """Give every command below `group` with its whole name."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from leaves(command, (*path, name))
        elif command is not None:
            yield " ".join((*path, name)), command


def _commands() -> Iterator[str]:
    yield "# Commands\n"
    yield "What `courseops COMMAND --help` says, on one page. Exit codes are in the README.\n"
    for name, command in leaves(cli, ("courseops",)):
        context = click.Context(command, info_name=name, max_content_width=88)
        yield f"## {name}\n\n```text\n{command.get_help(context)}\n```\n"


def _configuration() -> Iterator[str]:
    yield "# Configuration\n"
    yield (
        "One file, `config.toml`; each course may also stand in `courses.d/ID.toml`. Relative "
        "paths are relative to the file. `courseops init` writes one with comments.\n\n"
        "A **secret reference** is one of `{ file = … }` (not readable by everyone), "
        "`{ env = … }`, `{ command = […] }` (the first line it prints) and "
        "`{ credential = … }` (handed over by systemd).\n"
    )
    section = ""
    for name, key, field in keys():
        if name != section:
            section = name
            yield f"\n## [{name}]\n\n{_TABLE}"
        yield _row(key, field)
    yield ""


def _row(key: str, field: FieldInfo) -> str:
    default = default_of(field)
    needed = "**needed**" if field.is_required() else "–"
    shown = needed if default is None else f"`{as_toml(default)}`"
    example = f"`{key} = {as_toml(field.examples[0])}`" if field.examples else ""
    about = field.description or ""
    return f"| `{key}` | {type_words(field.annotation)} | {shown} | {example} | {about} |"


def _jobs() -> Iterator[str]:
    yield "# Job files\n"
    yield (
        "One file a job, `NAME.toml`. Yours stand in the folder that `jobs` in config.toml names; "
        "one with the name of a shipped job takes its place. How to write one: "
        "[jobs that run by themselves](../how-to/jobs.md).\n"
    )
    for title, section in (("Keys", JobSection), ("schedule", ScheduleSection)):
        yield f"\n## {title}\n\n{_TABLE}"
        yield from (_row(key, field) for key, field in section.model_fields.items())
    yield "\n## Actions\n"
    for action in ACTIONS.values():
        follows = ", and for what falls due by the calendar" if action.calendar else ""
        yield f"### {action.name}\n\n{action.what} For {action.on.value}{follows}.\n"
        options = action.options.model_fields
        if options:
            yield f"Options:\n\n{_TABLE}"
            yield from (_row(key, field) for key, field in options.items())
            yield ""
    yield "## Shipped jobs\n\n| job | when | action | what |\n|---|---|---|---|"
    for job in load_jobs(shipped("jobs"), actions=ACTIONS).values():
        yield f"| `{job.name}` | {job.schedule} | `{job.action}` | {job.description} |"
    yield ""


def _documents() -> Iterator[str]:
    yield "# JSON documents\n"
    yield (
        "With `--json` a command prints one document on stdout. It begins with `schema` (a name) "
        "and `version`; within a version, keys are only ever added. Progress and logs go to "
        "stderr. A command that fails prints `courseops/error` with `error`, `problems`, `hint` "
        "and `exit_code`.\n"
    )
    for name, command in leaves(cli, ("courseops",)):
        yield from _document(DOCUMENTS[command], name)
        for option, document in OTHER_DOCUMENTS[command].items():
            yield from _document(document, f"{name} {option}")


def _document(document: Document, name: str) -> Iterator[str]:
    schema = TypeAdapter(document.shape).json_schema(mode="serialization")
    text = json.dumps(schema, indent=1, ensure_ascii=False)
    yield f"## {document.schema}, version {document.version}\n\nPrinted by `{name} --json`.\n"
    yield f"```json\n{text}\n```\n"


def main() -> None:
    """Write the pages, or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    stale = [(path, text) for path, text in pages() if not _is(path, text)]
    for path, text in stale:
        if check:
            sys.stderr.write(f"stale: {path.relative_to(ROOT)}; run: make docs\n")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    sys.exit(1 if check and stale else 0)


def _is(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    main()
