"""Whether the learners' version of an assignment gives away what it should not.

nbgrader takes out of a notebook what stands between its delimiters, and the whole answer of a
cell that has none. It does not look at attachments, metadata and the other files of the
folder, at a delimiter that was mistyped, or at a solution that somebody copied elsewhere.

Each line that is taken out is sought in all that goes out. A line that the teacher also
gives, in code that stays, is no secret. Where a teacher writes for learners, in prose and in
files beside the notebook, one short line is no finding yet: `plt.show()` is in many a task.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from courseops.model.assignments.release import Conversion, Generated
from courseops.model.assignments.secret import Secret, is_found, secrets_of, spell_lines
from courseops.model.assignments.source import FullCell, read_full_cells, strings_in
from courseops.model.notebooks.notebook import NotANotebookError, read_cells

# Delimiters as people mistype them: nbgrader compares them letter by letter.
_NEARLY = re.compile(
    r"^\s*(?:#|//|%|--)[\s#/%-]*(?:begin|end)\s+(?:solutions?|hidden[\s_]+tests?|mark(?:ing)?[\s_]+schemes?)\b",
    re.IGNORECASE | re.MULTILINE,
)
_LEFTOVERS = re.compile(
    r"(?:^|/)(?:\.ipynb_checkpoints|__pycache__|\.git|\.hg|\.svn)/|~$|\.(?:bak|orig|swp)$|(?:^|/)\.nfs"
)
_CALLED_SOLUTION = re.compile(
    r"(?:^|.*[-_. ])(?:solutions?|answers?|answerkey|sol|corrige|loesung(?:en)?|hidden[-_]?tests?)"
    r"(?:[-_. ].*)?",
    re.IGNORECASE,
)
_GRADEBOOK_MARKS = (b"submitted_assignment", b"source_cell")
# A larger file is only searched for delimiters.
_LARGEST_TEXT_BYTES = 4 << 20
_MEND_COPY = "take it out of the source folder, or move it beside it"


@dataclass(frozen=True, kw_only=True)
class Leak:
    """One thing that learners would see and must not; `mend` says what to do about it."""

    where: str
    what: str
    mend: str

    def __str__(self) -> str:
        """Say all of it in one line."""
        return f"{self.where}: {self.what}; {self.mend}"


def find_leaks(generated: Generated) -> tuple[Leak, ...]:
    """Compare what a teacher wrote with what would go out; give every leak, by file and place."""
    sources = {
        path: cells
        for path, content in generated.source.items()
        if (cells := _cells_of(path, content)) is not None
    }
    secrets = secrets_of((cell for each in sources.values() for cell in each), generated.conversion)
    search = _Search(generated.conversion, secrets, sources)
    return tuple(
        leak
        for path in sorted(generated.release)
        for leak in search.look_at(path, generated.release[path])
    )


def _cells_of(path: str, content: bytes) -> tuple[FullCell, ...] | None:
    if not path.endswith(".ipynb"):
        return None
    try:
        read_cells(content)
        return read_full_cells(content)
    except NotANotebookError:
        return None


class _Search:
    """Looks for the secrets of one assignment."""

    def __init__(
        self,
        conversion: Conversion,
        secrets: Sequence[Secret],
        sources: Mapping[str, Sequence[FullCell]],
    ) -> None:
        self._conversion = conversion
        self._secrets = secrets
        self._sources = sources
        self._given = "\n".join(cell.source for cells in sources.values() for cell in cells)

    def look_at(self, path: str, content: bytes) -> Iterator[Leak]:
        """Give the leaks of one file that goes out."""
        cells = _cells_of(path, content)
        if cells is not None and path in self._sources:
            for cell in cells:
                yield from self._in_cell(f"{path}, {cell.called}", cell)
            yield from self._unlocked(path, cells)
            yield from self._attached(path, cells)
            yield from self._in_strings(f"{path}, its metadata", strings_in(content, "metadata"))
        else:
            yield from self._in_other_file(path, content, cells)

    def _in_cell(self, where: str, cell: FullCell) -> Iterator[Leak]:
        yield from self._delimiters(where, cell.source, mistyped=cell.is_code)
        if cell.is_code:
            yield from self._lines(where, cell.source, strict=True)
        else:
            yield from self._lines(where, cell.source, strict=False)
        if cell.outputs:
            yield Leak(
                where=where,
                what="its output was not cleared",
                mend="put ClearOutput back among GenerateAssignment.preprocessors",
            )
        yield from self._in_strings(f"{where}, its metadata", cell.metadata_strings)
        for name, text in cell.attachments.items():
            yield from self._in_strings(f"{where}, attachment {name}", [text])

    def _in_strings(self, where: str, strings: Iterable[str]) -> Iterator[Leak]:
        text = "\n".join(strings)
        yield from self._delimiters(where, text, mistyped=False)
        yield from self._lines(where, text, strict=True)

    def _in_other_file(
        self, path: str, content: bytes, cells: Sequence[FullCell] | None
    ) -> Iterator[Leak]:
        reason = self._reason_by_name(path, content, cells)
        if reason:
            yield Leak(where=path, what=reason, mend=_MEND_COPY)
            return
        text = content.decode("utf-8", errors="replace")
        yield from self._delimiters(path, text, mistyped=len(content) <= _LARGEST_TEXT_BYTES)
        if len(content) <= _LARGEST_TEXT_BYTES:
            if cells is not None:
                text = "\n".join(cell.source for cell in cells)
            yield from self._lines(path, text, strict=False, whole_file=True)

    def _reason_by_name(self, path: str, content: bytes, cells: Sequence[FullCell] | None) -> str:
        if _LEFTOVERS.search(path):
            return "it is an editor's or a version control's own copy"
        name = path.rpartition("/")[2]
        is_gradebook = content.startswith(b"SQLite format 3") and all(
            mark in content for mark in _GRADEBOOK_MARKS
        )
        if is_gradebook or name == "gradebook.db":
            return "it is a gradebook"
        if cells is not None and any(cell.is_followed for cell in cells):
            return "nbgrader did not make it, but its cells are marked: a source or graded notebook"
        stem = name.rpartition(".")[0] or name
        if _CALLED_SOLUTION.fullmatch(stem) and name not in self._given:
            return "it is called as a solution is, and no task speaks of it"
        return ""

    def _delimiters(self, where: str, text: str, *, mistyped: bool) -> Iterator[Leak]:
        for region in self._conversion.regions:
            for mark in (region.begin, region.end):
                if mark in text:
                    yield Leak(
                        where=where,
                        what=f"{mark!r} is still there, and with it perhaps the {region.what}",
                        mend="mend the source: nbgrader takes it out of notebooks' cells only",
                    )
                    return
        nearly = _NEARLY.search(text) if mistyped else None
        if nearly:
            yield Leak(
                where=where,
                what=f"{nearly.group().strip()!r} looks like a delimiter that was mistyped",
                mend="write it as nbgrader does: "
                + ", ".join(region.begin for region in self._conversion.regions),
            )

    def _lines(
        self, where: str, text: str, *, strict: bool, whole_file: bool = False
    ) -> Iterator[Leak]:
        spelled = spell_lines(text)
        for secret in self._secrets:
            lines = is_found(secret, spelled, strict=strict, whole_file=whole_file)
            if lines:
                yield Leak(
                    where=where,
                    what=f"it holds {lines[0]!r} from the {secret.what} of {secret.cell}",
                    mend="take it out there, or give it to the learners in the code that stays",
                )

    def _unlocked(self, path: str, cells: Sequence[FullCell]) -> Iterator[Leak]:
        for cell in cells:
            marks = cell.marks or {}
            if marks.get("solution"):
                continue
            # To nbgrader, a cell with tests may only be read, too.
            wanted = (marks.get("grade") and self._conversion.locks_tests) or (
                (marks.get("grade") or marks.get("locked")) and self._conversion.locks_read_only
            )
            if wanted and not cell.is_locked:
                yield Leak(
                    where=f"{path}, {cell.called}",
                    what="learners could edit or delete it",
                    mend="put LockCells back among GenerateAssignment.preprocessors",
                )

    def _attached(self, path: str, cells: Sequence[FullCell]) -> Iterator[Leak]:
        """Find pictures of an answer, which stay with the cell when its text is taken out."""
        before = {cell.id: cell for cell in self._sources[path] if cell.id}
        for cell in cells:
            was = before.get(cell.id)
            if was is None:
                continue
            for name in cell.attachments:
                shown = f"attachment:{name}"
                if shown in was.source and shown not in cell.source:
                    yield Leak(
                        where=f"{path}, {cell.called}",
                        what=f"the attachment {name} belongs to what was taken out",
                        mend="put the picture into a file outside the source folder",
                    )
