"""`courseops init` and `doctor`: the site as a whole."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from courseops.actions.doctor import Examination, examine
from courseops.cli.frame import SOME_FAILED, Document, Frame, command
from courseops.cli.root import cli
from courseops.cli.tables import print_findings
from courseops.config import load_config
from courseops.config.writing import config_text
from courseops.errors import CourseOpsError
from courseops.model.logins.hub_config import HubConfig
from courseops.wiring.checks import checks
from courseops.wiring.hub_config import hub_config_for


@dataclass(frozen=True, kw_only=True)
class Initialised:
    """What `init` wrote."""

    config: str
    files: tuple[str, ...]


@command(cli, "init", document=Document("init", Initialised))
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Ask nothing; take the options and defaults.")
@click.option("--name", default="", help="The school's name, for reports.")
@click.option("--hub", default="campus", show_default=True, help="A short name for your hub.")
@click.option("--url", default="", help="The hub's address, as learners type it.")
@click.option("--time-zone", default="", help="For example Europe/Paris.")
def init(
    frame: Frame, folder: Path, yes: bool, name: str, hub: str, url: str, time_zone: str
) -> None:
    """
    Write a commented config.toml that works.

    It asks for the school's name and the hub's address and token; with --yes it asks
    nothing, and what is unknown stands in the file as a comment. The token goes into a
    file of its own that only you can read. An existing config.toml is never replaced.
    """
    path = folder / "config.toml"
    if path.exists():
        raise CourseOpsError(f"{path} is there already", hint="edit it, or name another folder")
    token = ""
    if not yes:
        name = name or click.prompt("The school's name", default="my school", err=True)
        url = url or click.prompt("The hub's address (empty: later)", default="", err=True)
        if url:
            token = click.prompt(
                "The token of its courseops service", default="", hide_input=True, err=True
            )
    files = _write(path, _values(name, time_zone), hub if url else "", url, token)
    done = Initialised(config=str(path), files=tuple(map(str, files)))
    frame.show(done, lambda console: _print_initialised(console, done))


HUB_CONFIG = Document("hub-config", HubConfig)


@command(
    cli,
    "doctor",
    document=Document("doctor", Examination),
    other={"--hub-config HUB": HUB_CONFIG},
)
@click.option(
    "--hub-config",
    "hub",
    metavar="HUB",
    help="Print what to put into that hub's jupyterhub_config.py instead.",
)
def doctor(frame: Frame, hub: str | None) -> None:
    """
    Look at every hub, scope, source, repository and folder: ok, or what to do.

    Changes nothing. Exits with 3 when something does not work. With --hub-config it prints
    the service, the token's place, the role and the settings that the hub needs, for the
    hub's own release; the token itself is never printed.
    """
    if hub is not None:
        lines = hub_config_for(frame.site, hub)
        frame.document = HUB_CONFIG
        frame.show(lines, lambda console: console.out(lines.text, highlight=False, end=""))
        return
    found = examine(checks(frame.site))
    frame.show(found, lambda console: _print_examination(console, found))
    if found.problems:
        frame.exit(SOME_FAILED)


def _values(name: str, time_zone: str) -> dict[str, Any]:
    given = {"name": name, "time_zone": time_zone}
    return {key: value for key, value in given.items() if value}


def _write(path: Path, site: dict[str, Any], hub: str, url: str, token: str) -> list[Path]:
    """
    Write config.toml and, where there is a hub, the file that holds its token.

    Raises:
        ConfigError: what was asked for is no configuration; nothing is left behind.
        CourseOpsError: the files cannot be written.
    """
    hubs = {hub: {"url": url, "token": {"file": f"{hub}.token"}}} if hub else {}
    draft = path.with_name("config.toml.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(config_text(site, hubs, {}), encoding="utf-8")
        try:
            load_config(draft)
            written = _write_token(path.parent / f"{hub}.token", token) if hub else []
            draft.rename(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise CourseOpsError(
            f"cannot write {error.filename}: {error.strerror}", hint="name another folder"
        ) from error
    return [path, *written]


def _write_token(path: Path, token: str) -> list[Path]:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        if token:
            file.write(f"{token}\n")
    return [path]


def _print_initialised(console: Console, done: Initialised) -> None:
    for file in done.files:
        console.print(f"wrote {file}", markup=False, highlight=False)
    console.print(f"next: courseops doctor --config {done.config}", markup=False, highlight=False)


def _print_examination(console: Console, found: Examination) -> None:
    print_findings(console, found.findings)
    if found.problems:
        count = f"{found.problems} problem{'s' if found.problems > 1 else ''}"
        console.print(f"[bold red]{count}[/] to mend")
    else:
        console.print("[green]courseops is ready[/]")
