"""Logs: text on a terminal, one JSON document a line elsewhere, always on stderr.

Every line has a stable `action`, and within a run its id as `run`; what is part of a job's run has
that one's id as `within`. No secret is ever handed to a log, and one that was fetched is taken
out of a line all the same. Without --verbose only warnings are shown: what a command did, it prints
itself; of a job's run all is kept.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, MutableMapping
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from courseops.events import log, never_said, said_everywhere, set_up_when_needed
from courseops.model.printable import printable

if TYPE_CHECKING:
    import structlog

Line = MutableMapping[str, Any]
Keep = Callable[[str], None]

_HIDDEN = "…"


def configure_logs(*, verbose: bool, keep: Keep | None = None) -> None:
    """
    Set up logging for one command, once it has something to say.

    `keep` is handed each line as a JSON document, also of what is not shown.
    """
    set_up_when_needed(partial(_configure, verbose=verbose, keep=keep))


def hear_libraries() -> None:
    """Say what libraries warn of as we say things, for those who read our log by machine."""
    if not any(isinstance(it, _Libraries) for it in logging.root.handlers):
        logging.root.addHandler(_Libraries(logging.WARNING))


class _Libraries(logging.Handler):
    """Hands on what libraries tell Python's own log."""

    def emit(self, record: logging.LogRecord) -> None:
        """Say it, under the library's name."""
        about = {"action": "library", "library": record.name}
        log().log(record.levelno, record.getMessage(), exc_info=record.exc_info, **about)


def _configure(*, verbose: bool, keep: Keep | None) -> None:
    import structlog  # noqa: PLC0415 -- slow to load

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _with_keys_of_process,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([_keeping(keep)] if keep else []),
            *([] if verbose else [_warnings_only]),
            *(_for_people() if sys.stderr.isatty() else _for_machines()),
            # What the last but one gives is text.
            cast("structlog.typing.Processor", _without_secrets),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.INFO if verbose or keep else logging.WARNING
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _for_people() -> list[structlog.typing.Processor]:
    import structlog  # noqa: PLC0415 -- slow to load

    # The formatter it would choose shows every variable on the way, and secrets among them.
    plain = structlog.dev.plain_traceback
    return [_printable, structlog.dev.ConsoleRenderer(exception_formatter=plain)]


def _for_machines() -> list[structlog.typing.Processor]:
    import structlog  # noqa: PLC0415 -- slow to load

    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


def _keeping(keep: Keep) -> structlog.typing.Processor:
    def kept(logger: object, method: str, line: Line) -> Line:
        spelled: Any = {**line}
        for spell in _for_machines():
            spelled = spell(logger, method, spelled)
        keep(_without_secrets(logger, method, spelled))
        return line

    return kept


def _warnings_only(_logger: object, _method: str, line: Line) -> Line:
    import structlog  # noqa: PLC0415 -- slow to load

    if line["level"] == "info":
        raise structlog.DropEvent
    return line


def _with_keys_of_process(_logger: object, _method: str, line: Line) -> Line:
    everywhere = said_everywhere()
    for key, value in everywhere.items():
        line.setdefault(key, value)
    if "run" in everywhere and line["run"] != everywhere["run"]:
        line.setdefault("within", everywhere["run"])
    return line


def _printable(_logger: object, _method: str, line: Line) -> Line:
    """Let nothing that a learner chose as a name give the terminal orders."""
    for key, value in line.items():
        if isinstance(value, str):
            line[key] = printable(value, lines=True)
    return line


def _without_secrets(_logger: object, _method: str, line: str) -> str:
    for secret in never_said():
        # As it is, and as it is spelled within a JSON document.
        for spelled in (secret, json.dumps(secret)[1:-1]):
            line = line.replace(spelled, _HIDDEN)
    return line
