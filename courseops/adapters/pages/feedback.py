"""The page that a learner finds in the place of feedback when their work could not be graded."""

from __future__ import annotations

from courseops.adapters.pages.render import render
from courseops.model.assignments.collection import Quarantined
from courseops.model.language import Language


def as_html(*, assignment: str, notebook: str, problem: Quarantined, language: Language) -> bytes:
    """Say what could not be graded, why, and what the learner can do; the page stands alone."""
    page = render(
        f"feedback/{language}.html",
        language,
        assignment=assignment,
        notebook=notebook,
        problem=problem,
    )
    return page.encode()
