"""One person, by everything that our records call them, and what our records say of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from courseops.model.hub import scope_of


@dataclass(frozen=True, kw_only=True)
class Whom:
    """
    Somebody with an account on a hub, as our records know them.

    `courses` are those in which they are looked for; `person_ids` is what sources call them,
    `gradebook_ids` what gradebooks do, `details` their names and addresses, `former` other
    usernames that they had; `volume` is the path of their home below the root of all, empty
    where nobody can say.
    """

    hub: str
    username: str
    courses: tuple[str, ...]
    person_ids: tuple[str, ...] = ()
    gradebook_ids: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    former: tuple[str, ...] = ()
    volume: str = ""

    @property
    def home_scope(self) -> str:
        """Name their home as runs do."""
        return f"home/{self.hub}/{self.username}"

    @property
    def plan_scopes(self) -> tuple[str, ...]:
        """Name what plans are about that are about nobody else."""
        return (self.home_scope, f"offboard/{self.home_scope}")

    @property
    def scopes(self) -> tuple[str, ...]:
        """
        Name what runs are about in which this username is theirs.

        Whatever is about something below one of these counts as well.
        """
        hubs = (scope_of(self.hub), *(f"{kind}/{self.hub}" for kind in ("usage", "drill")))
        courses = (f"course/{course_id}" for course_id in self.courses)
        return (*hubs, self.home_scope, *courses)

    @property
    def actors(self) -> tuple[str, ...]:
        """Give what they are called where they did something: on a terminal, on the page."""
        return (self.username, f"{self.username} on {self.hub}")

    @property
    def learner_names(self) -> tuple[str, ...]:
        """Give what the work of assignments is filed under."""
        return tuple(dict.fromkeys((self.username, *self.gradebook_ids)))

    @property
    def spoken_of_as(self) -> tuple[str, ...]:
        """Give what sentences call them."""
        return tuple(dict.fromkeys((self.username, *self.details)))

    @property
    def listed_as(self) -> tuple[str, ...]:
        """Give what lists of people call them."""
        return tuple(dict.fromkeys((*self.spoken_of_as, *self.person_ids, *self.gradebook_ids)))


Row = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """
    What one table of our record holds of somebody.

    `about` says what that is; values of `rows` are texts, numbers, moments, or None.
    """

    table: str
    about: str
    rows: tuple[Row, ...]
