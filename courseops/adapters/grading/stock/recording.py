"""Turn what a kernel says while a cell runs into the cell's outputs, exactly as nbclient does.

It is nbclient that does it, message by message: streams, displays that are updated later,
cleared outputs, and the Output widget, which captures what others print. nbclient's own loop
is not used, for it takes any amount of it.
https://nbclient.readthedocs.io/en/latest/reference/nbclient.html
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from jupyter_client.session import Session
from nbclient.client import NotebookClient
from nbclient.exceptions import CellExecutionComplete
from nbformat import ValidationError, from_dict
from nbformat.v4 import new_output

from courseops.adapters.grading.kernels import Output

Message = dict[str, Any]

# nbgrader writes these words when the kernel reports an error of which no output tells.
_HIDDEN = "ERROR: An error occurred while showtraceback was disabled"
# Everything that a message of the wrong shape makes nbclient and nbformat raise.
_MISSHAPEN = (
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    AssertionError,
    RecursionError,
    ValidationError,
)


# nbformat has no types here.
_node: Callable[[Message], Any] = from_dict
_output: Callable[..., Any] = new_output

_QUIET = logging.getLogger(f"{__name__}.quiet")
_QUIET.disabled = True


class OddMessageError(Exception):
    """The kernel sent a message that is not shaped as Jupyter's protocol demands."""


class Recording:
    """
    The outputs of one notebook, cell after cell.

    `tell` sends a message to the kernel: a widget's new state.
    """

    def __init__(self, session: Session, tell: Callable[[Message], None]) -> None:
        self._notebook = _node({"nbformat": 4, "metadata": {}, "cells": []})
        self._client = NotebookClient(self._notebook, record_timing=False)
        # What nbclient has to say of a message, the learner's code would write into our log.
        self._client.log = _QUIET
        channel = SimpleNamespace(send=tell)
        self._touched: set[int] = set()
        self._client.kc = SimpleNamespace(session=session, shell_channel=channel)  # type: ignore[assignment]

    def begin(self) -> None:
        """Begin with the next cell."""
        self._client.clear_before_next_output = False
        self._touched = set()
        self._notebook.cells.append(_node({"cell_type": "code", "outputs": [], "metadata": {}}))

    def take(self, message: Message) -> bool:
        """
        Take one message about the cell; True says that it was the last.

        Raises:
            OddMessageError: it is no message that a kernel sends.
        """
        cells = self._notebook.cells
        try:
            self._note_touched(message["content"])
            self._client.process_message(message, cells[-1], len(cells) - 1)
        except CellExecutionComplete:
            return True
        except _MISSHAPEN as error:
            raise OddMessageError(f"a message of the wrong shape ({error!r:.200})") from error
        return False

    def _note_touched(self, content: Message) -> None:
        id_ = (content.get("transient") or {}).get("display_id")
        if id_:
            # There is no public way to ask nbclient which cells show a display.
            shown = self._client._display_id_map.get(id_, {})
            self._touched |= shown.keys() - {len(self._notebook.cells) - 1}

    def note_failure(self, reply: Mapping[str, Any]) -> None:
        """
        Add the error of the kernel's reply, unless an output tells of it.

        nbgrader does so that code which switches tracebacks off gains nothing
        (`nbgrader.preprocessors.execute.Execute.on_cell_executed`).

        Raises:
            OddMessageError: the reply is not shaped as one.
        """
        if reply.get("status") != "error":
            return
        outputs, name = self._notebook.cells[-1].outputs, reply.get("ename")
        if any(it.output_type == "error" and it.ename == name for it in outputs):
            return
        said = {part: reply.get(part) for part in ("ename", "evalue", "traceback")}
        try:
            outputs.append(
                _output("error", **{**said, "traceback": said["traceback"] or [_HIDDEN]})
            )
        except _MISSHAPEN as error:
            raise OddMessageError(f"a reply of the wrong shape ({error!r:.200})") from error

    def outputs(self) -> tuple[Output, ...]:
        """
        Give the outputs of the cell, as plain values.

        Raises:
            OddMessageError: one of them is nested too deeply.
        """
        return self._outputs_of(self._notebook.cells[-1])

    def updated(self) -> dict[int, tuple[Output, ...]]:
        """
        Give the outputs of earlier cells whose displays this cell has updated.

        Raises:
            OddMessageError: as `outputs`.
        """
        return {index: self._outputs_of(self._notebook.cells[index]) for index in self._touched}

    def _outputs_of(self, cell: Any) -> tuple[Output, ...]:
        try:
            return tuple(_plain(it) for it in cell.outputs)
        except RecursionError as error:
            raise OddMessageError("an output that is nested too deeply") from error

    @property
    def execution_count(self) -> int | None:
        """Give the number of the last cell, as the kernel counts."""
        count = self._notebook.cells[-1].get("execution_count")
        return count if isinstance(count, int) else None

    @property
    def widgets(self) -> dict[str, Any]:
        """Give the state of the notebook's widgets, as its metadata hold it under `widgets`."""
        try:
            self._client.set_widgets_metadata()
        except _MISSHAPEN as error:
            raise OddMessageError(f"widgets of the wrong shape ({error!r:.200})") from error
        plain: dict[str, Any] = _plain(self._notebook.metadata.get("widgets", {}))
        return plain


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
