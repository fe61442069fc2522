"""Write the feedback pages of one graded submission, as nbgrader's GenerateFeedback does."""

from __future__ import annotations

import glob
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbgrader.converters import GenerateFeedback

from courseops.adapters.grading.advice import mend_for
from courseops.adapters.grading.bundle import Marked, Prior
from courseops.adapters.grading.inside.book import Book, opened
from courseops.adapters.grading.inside.course import at_root, staying_here, write_files
from courseops.adapters.grading.inside.templates import kept_templates
from courseops.adapters.grading.inside.tidying import quick_pages
from courseops.adapters.nbgrader.inside.converting import convert, words_of
from courseops.adapters.nbgrader.inside.opening import OpenCourse
from courseops.model.assignments.collection import Quarantined
from courseops.model.assignments.graded import WrittenFeedback


class FeedbackWriter:
    """Writes feedback on work of the assignment in `bundle`."""

    def __init__(self, course: OpenCourse, bundle: Mapping[str, Any], scratch: Path) -> None:
        self._course = course
        self._assignment = bundle["assignment"]
        self._scratch = scratch

    def write(self, marked: Marked) -> WrittenFeedback:
        """Write one learner's pages; whatever goes wrong over them is their `problem`."""
        name = self._assignment["name"]
        with tempfile.TemporaryDirectory(prefix="feedback-", dir=self._scratch) as folder:
            root = Path(folder)
            # Pages hold no files but notebooks; nbgrader would copy the rest beside them.
            notebooks = {path: it for path, it in marked.files.items() if _is_notebook(path)}
            write_files(root / "autograded" / marked.learner / name, notebooks)
            course = at_root(self._course, root)
            book = Book(self._assignment, marked.learner, Prior(notebooks=marked.notebooks))
            try:
                with staying_here(), opened(book), kept_templates(), quick_pages():
                    convert(GenerateFeedback, course, name, glob.escape(marked.learner))
            except (Exception, SystemExit) as error:
                return WrittenFeedback(
                    learner=marked.learner,
                    problem=Quarantined(
                        kind="nbgrader", reason=words_of(error), mend=mend_for("feedback")
                    ),
                )
            pages = (root / "feedback" / marked.learner / name).glob("*.html")
            return WrittenFeedback(
                learner=marked.learner,
                pages={it.stem: it.read_bytes() for it in sorted(pages)},
            )


def _is_notebook(path: str) -> bool:
    return path.endswith(".ipynb") and "/" not in path
