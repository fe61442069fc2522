"""Write the feedback pages of one graded submission after the other, as GenerateFeedback does.

Nothing is made anew that nbgrader's own command makes once for a whole class: its converter,
its exporter, and the templates of pages.
"""

from __future__ import annotations

import glob
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nbgrader.converters import GenerateFeedback

from courseops.adapters.grading.advice import mend_for
from courseops.adapters.grading.bundle import Marked, Prior
from courseops.adapters.grading.inside.book import Book, opened
from courseops.adapters.grading.inside.cells import keep_cells
from courseops.adapters.grading.inside.colouring import quick_colours
from courseops.adapters.grading.inside.copying import no_copies
from courseops.adapters.grading.inside.course import at_root, staying_here, write_files
from courseops.adapters.grading.inside.tidying import quick_pages
from courseops.adapters.nbgrader.inside.converting import prepared, words_of
from courseops.adapters.nbgrader.inside.opening import OpenCourse
from courseops.model.assignments.collection import Quarantined
from courseops.model.assignments.graded import WrittenFeedback


class _OneExporter(GenerateFeedback):  # type: ignore[misc]  # nbgrader has no types
    """nbgrader's converter, which keeps its exporter from one learner to the next."""

    exporting = False

    def start(self) -> None:
        if not self.exporting:
            super().start()
            return
        self.init_notebooks()
        with staying_here():
            os.chdir(self.coursedir.root)
            self.convert_notebooks()

    def convert_notebooks(self) -> None:
        if not self.exporting:
            self.exporting = True
            keep_cells(self.exporter)
            # Once is enough, after the last preprocessor.
            self.exporter.optimistic_validation = True
        super().convert_notebooks()


class FeedbackWriter:
    """Writes feedback on work of the assignment in `bundle`, in a folder of its own."""

    def __init__(self, course: OpenCourse, bundle: Mapping[str, Any], scratch: Path) -> None:
        self._assignment = bundle["assignment"]
        self._root = scratch / "feedback"
        self._root.mkdir()
        self._course = at_root(course, self._root)
        self._convert = prepared(_OneExporter, self._course)

    def write(self, marked: Marked) -> WrittenFeedback:
        """Write one learner's pages; whatever goes wrong over them is their `problem`."""
        name = self._assignment["name"]
        book = Book(self._assignment, marked.learner, Prior(notebooks=marked.notebooks))
        # Pages hold no files but notebooks; nbgrader would copy the rest beside them.
        notebooks = {path: it for path, it in marked.files.items() if _is_notebook(path)}
        with self._folders(marked.learner) as (graded, given):
            write_files(graded / name, notebooks)
            try:
                with staying_here(), opened(book), quick_colours(), no_copies(), quick_pages():
                    self._convert(name, glob.escape(marked.learner))
            except (Exception, SystemExit) as error:
                return WrittenFeedback(
                    learner=marked.learner,
                    problem=Quarantined(
                        kind="nbgrader", reason=words_of(error), mend=mend_for("feedback")
                    ),
                )
            return WrittenFeedback(
                learner=marked.learner,
                pages={it.stem: it.read_bytes() for it in sorted((given / name).glob("*.html"))},
            )

    @contextmanager
    def _folders(self, learner: str) -> Iterator[tuple[Path, Path]]:
        folders = self._root / "autograded" / learner, self._root / "feedback" / learner
        try:
            yield folders
        finally:
            for folder in folders:
                shutil.rmtree(folder, ignore_errors=True)


def _is_notebook(path: str) -> bool:
    return path.endswith(".ipynb") and "/" not in path
