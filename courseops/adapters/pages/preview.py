"""Show one version of a file: a notebook by its cells, text by its lines, a picture, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from mimetypes import guess_type

from courseops.adapters.pages.clean_html import PICTURES, picture
from courseops.adapters.pages.notebook import ShownNotebook, as_shown
from courseops.model.notebooks.notebook import NotANotebookError
from courseops.model.notebooks.view import Line, text_lines, view

_UNKNOWN = "application/octet-stream"


@dataclass(frozen=True, kw_only=True)
class Preview:
    """
    What is shown of a file of a media `kind`: its `notebook`, its `lines`, or a `picture`.

    `problem` says why what is named like a notebook is none. Without any of them it is no text.
    """

    kind: str
    notebook: ShownNotebook | None = None
    lines: tuple[Line, ...] = ()
    picture: str = ""
    problem: str = ""


def preview_of(path: str, content: bytes) -> Preview:
    """Show a file, whatever its bytes are."""
    kind = guess_type(path.rpartition("/")[2])[0] or _UNKNOWN
    problem = ""
    if path.endswith(".ipynb"):
        try:
            return Preview(kind=kind, notebook=as_shown(content))
        except NotANotebookError as error:
            problem = str(error)
    if kind in PICTURES and (address := picture(kind, content)):
        return Preview(kind=kind, picture=address)
    if text_lines(content) is None:
        return Preview(kind=kind, problem=problem)
    # The first line would say the same of a notebook in English.
    return Preview(kind=kind, lines=view("", content), problem=problem)
