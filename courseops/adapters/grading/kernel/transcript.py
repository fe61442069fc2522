"""What a notebook's cells have put out, as nbclient would have written it into the notebook.

Messages of ipykernel come in, outputs of nbformat 4 come out. Sizes are counted while they
come: whoever writes more than the submission's allowance ends its own process.
https://github.com/jupyter/nbclient/blob/main/nbclient/client.py (process_message, output)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from json import dumps
from typing import Any

_OVERHEAD_BYTES = 100

Output = dict[str, Any]


class Transcript:
    """The outputs of the cell that runs, and which displays of earlier ones could be updated."""

    def __init__(self, *, too_much: Callable[[], None], elsewhere: Callable[[str], None]) -> None:
        """Call `too_much` beyond the budget, `elsewhere` where another cell's output changes."""
        self._too_much, self._elsewhere = too_much, elsewhere
        self._outputs: list[Output] = []
        self._displays: dict[str, list[Output]] = {}
        self._earlier: set[str] = set()
        self._clear_next = False
        self._spent = 0
        self._budget = 0

    def open(self, budget_bytes: int) -> None:
        """Begin a cell that may put out this much."""
        self._earlier.update(name for name, shown in self._displays.items() if shown)
        self._outputs, self._displays, self._clear_next = [], {}, False
        self._spent, self._budget = 0, budget_bytes

    def close(self) -> list[Output]:
        """Hand out what the cell has put out."""
        return self._outputs

    def write(self, name: str, text: str) -> None:
        """Add what was written to a stream and flushed at once."""
        self._append({"output_type": "stream", "name": name, "text": text}, _size(text))

    def take(self, kind: str, content: Mapping[str, Any]) -> None:
        """Take a message of the shell."""
        if kind == "clear_output":
            self._clear(wait=bool(content.get("wait")))
        elif kind == "error":
            fields = {name: content[name] for name in ("ename", "evalue", "traceback")}
            size = _size(fields["evalue"]) + sum(map(_size, fields["traceback"]))
            self._append({"output_type": "error", **fields}, size)
        elif kind in ("display_data", "execute_result", "update_display_data"):
            self._show(kind, content)

    def _show(self, kind: str, content: Mapping[str, Any]) -> None:
        shown: Output = {
            "output_type": kind,
            "data": {str(name): _plain(name, it) for name, it in content["data"].items()},
            "metadata": content.get("metadata") or {},
        }
        size = sum(map(_size, shown["data"].values())) + _size(shown["metadata"])
        display = (content.get("transient") or {}).get("display_id")
        if display:
            self._update(str(display), shown, size)
        if kind == "update_display_data":
            return
        if kind == "execute_result":
            shown["execution_count"] = content.get("execution_count")
        self._append(shown, size)
        if display:
            self._displays.setdefault(str(display), []).append(shown)

    def _update(self, display: str, shown: Output, size: int) -> None:
        if display in self._earlier:
            self._elsewhere("it updates what an earlier cell has displayed")
        for earlier in self._displays.get(display, ()):
            self._count(size)
            earlier["data"], earlier["metadata"] = shown["data"], shown["metadata"]

    def _append(self, output: Output, size: int) -> None:
        if self._clear_next:
            self._forget()
        self._count(size + _OVERHEAD_BYTES)
        self._outputs.append(output)

    def _count(self, size: int) -> None:
        self._spent += size
        if self._spent > self._budget:
            self._too_much()

    def _clear(self, *, wait: bool) -> None:
        if wait:
            self._clear_next = True
        else:
            self._forget()

    def _forget(self) -> None:
        self._outputs = []
        self._displays = {}
        self._clear_next = False
        self._spent = 0


def _size(value: Any) -> int:
    text = value if isinstance(value, str) else dumps(value, default=str)
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _plain(kind: Any, value: Any) -> Any:
    """Keep structures where the format allows them: in JSON kinds of data only."""
    if isinstance(value, str) or str(kind).endswith("json"):
        return value
    if isinstance(value, (list, tuple)) and all(isinstance(it, str) for it in value):
        return "".join(value)
    return str(value)
