"""What every command shares: its options, the site it works on, how it speaks and ends.

A command is a plain function that takes the `Frame` first, calls one action, and hands the
value it got to `Frame.show`: as one JSON document with --json, else as text for a person.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from courseops.adapters.documents import spell
from courseops.cli.logs import configure_logs
from courseops.cli.progress import LoggedProgress, TerminalProgress
from courseops.cli.terminal import terminal
from courseops.config import Config, load_config
from courseops.errors import CourseOpsError, IncompleteError
from courseops.model.moment import parse_moment
from courseops.model.run import Outcome, failures
from courseops.wiring import Site, actor_name

SOME_FAILED = IncompleteError.exit_code
DEFAULT_CONFIG = Path("config.toml")


@dataclass(frozen=True)
class Document:
    """The JSON document that a command prints: its name, its version, its shape."""

    name: str
    shape: type
    version: int = 1

    @property
    def schema(self) -> str:
        """Name the document as its `schema` key does."""
        return f"courseops/{self.name}"


@dataclass
class Frame:
    """One call of one command."""

    document: Document
    config_path: Path
    as_json: bool
    verbose: bool = False
    console: Console = field(default_factory=terminal)
    _site: Site | None = None

    @property
    def site(self) -> Site:
        """Open the configured site, once."""
        if self._site is None:
            self._site = self.open_site(load_config(self.config_path), actor=actor_name())
        return self._site

    def open_site(
        self, config: Config, *, actor: str, within: str = "", is_watched: bool = True
    ) -> Site:
        """
        Open a site that is closed with the command, for `actor` and as part of a job's run.

        Unless somebody watches, how far long work is goes into the log.
        """
        progress = TerminalProgress() if is_watched else LoggedProgress()
        site = Site(config, actor=actor, progress=progress, within=within)
        click.get_current_context().call_on_close(site.close)
        return site

    def show(self, value: Any, text: Callable[[Console], None]) -> None:
        """Print `value` as this command's JSON document, or let `text` print it for a person."""
        if self.as_json:
            print_document(self.document, value)
        else:
            text(self.console)

    def moment(self, text: str, option: str, *, of_a_day: time | None = None) -> datetime:
        """Read a moment that `option` was given, in the school's own time unless it says."""
        try:
            return parse_moment(text, self.site.time_zone, of_a_day=of_a_day)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint=option) from error

    def past(self, text: str, option: str) -> datetime:
        """Read a moment that has been, which `option` was given in words or as a time."""
        from courseops.adapters.spoken import past_moment  # noqa: PLC0415 -- few commands need it

        try:
            return past_moment(text, datetime.now(self.site.time_zone))
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint=option) from error

    def write_file(self, path: Path, content: str | bytes) -> None:
        """
        Write what a command made to a file: text in UTF-8, with its line ends untouched.

        Raises:
            CourseOpsError: it cannot be written.
        """
        try:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        except OSError as error:
            raise CourseOpsError(
                f"cannot write {path}: {error.strerror}", hint="name another file with --output"
            ) from error
        click.echo(f"wrote {path}", err=True)

    def write_checked(self, path: Path, content: bytes, check: Callable[[bytes], None]) -> None:
        """
        Write a file, and put it in its place only once `check` has passed what lies on disk.

        Raises:
            CourseOpsError: it cannot be written; or what `check` raised.
        """
        draft = path.with_name(f".{path.name}.new")
        try:
            draft.write_bytes(content)
            check(draft.read_bytes())
            draft.replace(path)
        except OSError as error:
            raise CourseOpsError(
                f"cannot write {path}: {error.strerror}", hint="name another file with --output"
            ) from error
        finally:
            draft.unlink(missing_ok=True)
        click.echo(f"wrote {path}", err=True)

    def confirm(self, question: str) -> None:
        """
        Ask before going on; without a terminal, silence means no.

        Raises:
            CourseOpsError: the answer is no.
        """
        if self.as_json or not sys.stdin.isatty():
            raise click.UsageError(f"{question} Say so with --yes.")
        if not click.confirm(question, err=True):
            raise CourseOpsError("nothing was changed, as you wished")

    def end(self, outcomes: Iterable[Outcome]) -> None:
        """End the command with 3 when an item failed, else with 0."""
        if failures(outcomes):
            self.exit(SOME_FAILED)

    def exit(self, code: int) -> None:
        """End the command with `code`."""
        click.get_current_context().exit(code)


def print_document(document: Document, value: Any) -> None:
    """Print one JSON document on stdout."""
    click.echo(spell_document(document, value))


def spell_document(document: Document, value: Any) -> str:
    """Spell one JSON document, headed by its schema and version."""
    return spell(document.schema, document.version, value)


def command(
    group: click.Group,
    name: str,
    *,
    document: Document,
    other: Mapping[str, Document] | None = None,
) -> Callable[[Callable[..., None]], click.Command]:
    """
    Make a function a command of `group` that prints `document`; add what all commands take.

    `other` gives the documents that it prints instead with certain options.
    """

    def decorate(function: Callable[..., None]) -> click.Command:
        @functools.wraps(function)
        def run(*, config: Path, as_json: bool, verbose: bool, **arguments: Any) -> None:
            configure_logs(verbose=verbose)
            function(Frame(document, config, as_json, verbose), **arguments)

        made = group.command(name, short_help=_first_line(function))(run)
        made.params.extend([_config_option(), _json_option(), _verbose_option()])
        DOCUMENTS[made] = document
        OTHER_DOCUMENTS[made] = other or {}
        return made

    return decorate


DOCUMENTS: dict[click.Command, Document] = {}
OTHER_DOCUMENTS: dict[click.Command, Mapping[str, Document]] = {}


def _first_line(function: Callable[..., None]) -> str:
    return (function.__doc__ or "").strip().partition("\n")[0]


def _config_option() -> click.Option:
    return click.Option(
        ["--config"],
        type=click.Path(path_type=Path, dir_okay=False),
        envvar="COURSEOPS_CONFIG",
        default=DEFAULT_CONFIG,
        show_default=True,
        show_envvar=True,
        help="The configuration file.",
    )


def _json_option() -> click.Option:
    return click.Option(
        ["--json", "as_json"], is_flag=True, help="Print one JSON document instead of text."
    )


def _verbose_option() -> click.Option:
    return click.Option(
        ["--verbose", "-v"], is_flag=True, help="Log each run and each retry to stderr."
    )
