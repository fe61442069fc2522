"""Logs: text on a terminal, one JSON document a line elsewhere, always on stderr.

Every line has a stable `action`, and within a run its id; no secret is ever handed to a log.
Without --verbose only warnings are shown: what a command did, it prints itself.
"""

from __future__ import annotations

import logging
import sys
from functools import partial

from courseops.events import set_up_when_needed


def configure_logs(*, verbose: bool) -> None:
    """Set up logging for one command, once it has something to say."""
    set_up_when_needed(partial(_configure, verbose=verbose))


def _configure(*, verbose: bool) -> None:
    import structlog  # noqa: PLC0415 -- slow to load

    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer()
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.INFO if verbose else logging.WARNING
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
