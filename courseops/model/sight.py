"""Which runs somebody may see on the page of a hub, decided by what the runs were on.

Who teaches sees all that was done in their course, who grades what was done with its assignments,
and who looks after the hub what was done on the hub and in its courses. A job may be for several
hubs: of such a run they see what concerns theirs, and no more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from courseops.model.hub import scope_of
from courseops.model.rights import Rights
from courseops.model.run import Run, covers

# What is done for a site as a whole, and belongs to its only hub where there is but one.
_OF_THE_SITE = ("site", "pseudonyms", "job/", "person/")


@dataclass(frozen=True, kw_only=True)
class Sight:
    """
    What one visitor may see of what ran.

    `scopes` are as `Runs.recent` takes them; `here` names the hub and the courses that are all
    they may see of a job's run, except of the `whole` ones, which concern nothing else. Whoever
    looks after the only hub there is `sees_the_site`: the daemon, and all that people are told.
    """

    scopes: frozenset[str]
    here: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()
    sees_the_site: bool = False

    def covers(self, scope: str) -> bool:
        """Say whether they may see what was done on a scope."""
        return covers(self.scopes, scope)

    def sees(self, run: Run) -> bool:
        """Say whether they may see a run at all."""
        return self.covers(run.scope)

    def sees_all_of(self, run: Run) -> bool:
        """Say whether nothing about a run is to be kept from them."""
        return self.sees(run) and (not run.job or covers(self.whole, run.scope))


def sight_of(
    rights: Rights,
    hub: str,
    courses: Collection[str],
    jobs: Mapping[str, Collection[str]],
    *,
    alone: bool,
) -> Sight:
    """
    Say what a visitor of a hub's page may see.

    `courses` are those of the hub; `jobs` gives the hubs and courses that each job is for, by the
    job's scope. `alone` says that the site has no other hub.
    """
    scopes = {it for course in rights.grades for it in _of_assignments(course)}
    scopes |= {it for course in rights.teaches for it in scopes_of_course(course)}
    if not rights.operates:
        return Sight(scopes=frozenset(scopes))
    here = frozenset({hub, *courses})
    scopes |= set(scopes_of_hub(hub)) | {it for id_ in courses for it in scopes_of_course(id_)}
    scopes |= {job for job, places in jobs.items() if here.intersection(places)}
    whole = {job for job, places in jobs.items() if here.issuperset(places)}
    if alone:
        scopes |= set(_OF_THE_SITE)
        whole.add("job/")
    return Sight(scopes=frozenset(scopes), here=here, whole=frozenset(whole), sees_the_site=alone)


def scopes_of_course(course_id: str) -> Iterable[str]:
    """Name what runs on a course and its assignments are on."""
    return (f"course/{course_id}", *_of_assignments(course_id))


def scopes_of_hub(hub: str) -> Iterable[str]:
    """Name what runs on a hub are on: the hub itself, its homes, its samples and its drills."""
    return (scope_of(hub), f"home/{hub}/", f"usage/{hub}", f"drill/{hub}")


def _of_assignments(course_id: str) -> Iterable[str]:
    return (f"course/{course_id}/", f"deadline/{course_id}/")
