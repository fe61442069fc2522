"""What is different between two versions of a file: of notebooks by cells, of texts by lines.

Outputs are not compared line by line: that they changed is said, and no more. As nbdime does, a
cell is known again by its id, or by being much alike: https://nbdime.readthedocs.io/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher, unified_diff
from itertools import islice

from courseops.model.notebooks.notebook import NotANotebookError
from courseops.model.notebooks.view import (
    Kind,
    Line,
    ShownCell,
    cells_of,
    head,
    lines_of,
    remark,
    text_lines,
)

# Beyond, comparing would take minutes.
_MOST_CELLS, _MOST_LINES = 2000, 5000
_SHOWN_LINES = 5000
_CONTEXT = 3
_ALIKE, _COMPARED_LETTERS = 0.5, 4000

Pair = tuple[ShownCell | None, ShownCell | None]


def difference(path: str, older: bytes, newer: bytes) -> tuple[Line, ...]:
    """Show what was removed from the older version and added to the newer one."""
    if older == newer:
        return (remark("there is no difference"),)
    lines = _of_notebooks(older, newer) if path.endswith(".ipynb") else None
    shown = tuple(islice(lines or _of_texts(older, newer), _SHOWN_LINES + 1))
    if len(shown) > _SHOWN_LINES:
        return (*shown[:_SHOWN_LINES], remark("… there are more differences"))
    return shown or (remark("what a reader sees is the same"),)


def pairs_of(older: Sequence[ShownCell], newer: Sequence[ShownCell]) -> list[Pair]:
    """Pair the cells of two versions in their order; what has no fellow stands by itself."""
    before, after = ([(it.type, it.source) for it in cells] for cells in (older, newer))
    pairs: list[Pair] = []
    for tag, a, b, c, d in SequenceMatcher(a=before, b=after).get_opcodes():
        if tag == "equal":
            pairs += zip(older[a:b], newer[c:d], strict=True)
        else:
            pairs += _fellows(older[a:b], newer[c:d])
    return pairs


def _fellows(older: Sequence[ShownCell], newer: Sequence[ShownCell]) -> Iterator[Pair]:
    """Pair cells that are not equal; each is looked for behind the last that was found."""
    begun = 0
    for cell in older:
        places = range(begun, len(newer))
        found = next((at for at in places if cell.id and newer[at].id == cell.id), None)
        if found is None and begun < len(newer) and _are_alike(cell, newer[begun]):
            found = begun
        if found is None:
            yield cell, None
            continue
        yield from ((None, added) for added in newer[begun:found])
        yield cell, newer[found]
        begun = found + 1
    yield from ((None, added) for added in newer[begun:])


def _are_alike(one: ShownCell, other: ShownCell) -> bool:
    if one.type != other.type:
        return False
    a, b = one.source[:_COMPARED_LETTERS], other.source[:_COMPARED_LETTERS]
    matcher = SequenceMatcher(None, a, b)
    return matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE


def _of_notebooks(older: bytes, newer: bytes) -> Iterator[Line] | None:
    try:
        before, after = cells_of(older), cells_of(newer)
    except NotANotebookError:
        return None
    if max(len(before), len(after)) > _MOST_CELLS:
        return iter([remark(f"{len(before)} and {len(after)} cells are too many to compare")])
    return _of_pairs(pairs_of(before, after))


def _of_pairs(pairs: Sequence[Pair]) -> Iterator[Line]:
    for older, newer in pairs:
        if older is None and newer is not None:
            yield head(f"{newer.head.text}: added")
            yield from lines_of(Kind.ADDED, newer.source, "+ ")
        elif newer is None and older is not None:
            yield head(f"{older.head.text}: removed")
            yield from lines_of(Kind.REMOVED, older.source, "- ")
        elif older is not None and newer is not None:
            yield from _of_cells(older, newer)


def _of_cells(older: ShownCell, newer: ShownCell) -> Iterator[Line]:
    same_source = (older.type, older.source) == (newer.type, newer.source)
    if same_source and older.outputs == newer.outputs:
        return
    if same_source:
        yield head(f"{newer.head.text}: other outputs")
        return
    changed = "" if older.type == newer.type else f", was {older.type}"
    yield head(f"{newer.head.text}: changed{changed}")
    yield from _of_lines(older.source.splitlines(), newer.source.splitlines())
    if older.outputs != newer.outputs:
        yield remark("its outputs changed, too")


def _of_texts(older: bytes, newer: bytes) -> Iterator[Line]:
    before, after = text_lines(older), text_lines(newer)
    if before is None or after is None:
        yield remark(f"it is no text: {len(older)} bytes before, {len(newer)} bytes after")
    else:
        yield from _of_lines(before, after)


def _of_lines(older: Sequence[str], newer: Sequence[str]) -> Iterator[Line]:
    if max(len(older), len(newer)) > _MOST_LINES:
        yield remark(f"{len(older)} and {len(newer)} lines are too many to compare")
        return
    for line in islice(unified_diff(older, newer, lineterm="", n=_CONTEXT), 2, None):
        kind = {"+": Kind.ADDED, "-": Kind.REMOVED}.get(line[:1], Kind.SOURCE)
        if line.startswith("@@"):
            yield remark(line)
        else:
            yield from lines_of(kind, [line[1:]], f"{line[0]} ")
