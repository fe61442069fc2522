"""What keeps the daemon from its work: said once when it begins, and once when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from courseops.actions.journal import in_words
from courseops.errors import CourseOpsError
from courseops.events import log


class Troubles:
    """What is wrong at present, by what it is about."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def words(self) -> dict[str, str]:
        """Give what is wrong, in words, by what it is about."""
        return dict(self._known)

    @contextmanager
    def about(self, subject: str) -> Iterator[None]:
        """
        Do something that has to do with `subject`; what goes wrong is kept, and rises no further.

        A fault of our own is no reason either to end a daemon that has other things to do.
        """
        try:
            yield
        except Exception as error:
            self.begin(subject, error)
        else:
            self.end(subject)

    def begin(self, subject: str, error: Exception, *, is_asked: bool = False) -> None:
        """Keep that something is wrong; the same is said once, unless somebody has asked."""
        words = in_words(error) or type(error).__name__
        if is_asked or self._known.get(subject) != words:
            is_known_kind = isinstance(error, CourseOpsError)
            hint = error.hint if isinstance(error, CourseOpsError) else ""
            log().error(
                "trouble", about=subject, error=words, hint=hint, exc_info=not is_known_kind
            )
        self._known[subject] = words

    def end(self, subject: str) -> None:
        """Forget what was wrong, if anything was."""
        if self._known.pop(subject, None) is not None:
            log().warning("trouble is over", about=subject)
