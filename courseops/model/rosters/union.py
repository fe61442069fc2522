"""Make one roster of several: everybody whom any source lists, and who lists them.

People are the same where their usernames are. That two sources mean two people by one name, or
one person by two names, is found out by what a person has for themselves; such a class has no
roster until somebody says who is who.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from courseops.errors import CourseOpsError
from courseops.model.roster import BY_RIGHTS, Enrolment, Person, Roster, SourceSize
from courseops.model.rosters.identity import Claims
from courseops.model.sameness import are_two_people


def unite(course_id: str, rosters: Sequence[tuple[str, Roster]]) -> Roster:
    """
    Make one roster of those that the named sources gave, the first of them first.

    Of someone in several sources the first says who they are, the others fill what it leaves
    out, the role that may do more counts, and sections are joined.

    Raises:
        CourseOpsError: the sources contradict each other about who is who; `problems` lists all.
    """
    everyone: dict[str, _Listed] = {}
    for name, roster in rosters:
        for enrolment in roster.enrolments:
            listed = everyone.setdefault(enrolment.person.username, _Listed())
            listed.entries.append((name, enrolment))
    problems = [problem for listed in everyone.values() for problem in listed.problems()]
    joined = {username: listed.joined() for username, listed in everyone.items()}
    problems += _clashes(everyone, joined)
    if problems:
        raise CourseOpsError(
            f"the sources of {course_id} do not agree who is who; nothing was changed",
            problems=problems,
            hint="mend it in the sources, or give a source a list that says who is who: "
            'identities = "identities.csv", with the columns id and username',
        )
    several = len(rosters) > 1
    return Roster(
        course_id=course_id,
        source=_source(rosters, len(everyone)),
        enrolments=tuple(joined.values()),
        warnings=(
            *(
                f"{name}: {w}" if several else w
                for name, roster in rosters
                for w in roster.warnings
            ),
            *(warning for listed in everyone.values() for warning in listed.warnings()),
        ),
        sizes=tuple(
            SourceSize(source=name, people=len(roster.enrolments)) for name, roster in rosters
        ),
    )


def in_section(roster: Roster, section: str) -> Roster:
    """Put everyone who has no section into `section`; nobody, if that is ""."""
    if not section:
        return roster
    return replace(
        roster,
        enrolments=tuple(replace(e, section=e.section or section) for e in roster.enrolments),
    )


@dataclass
class _Listed:
    """One username, and what each source says of it."""

    entries: list[tuple[str, Enrolment]] = field(default_factory=list)

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for name, _ in self.entries))

    def problems(self) -> Iterator[str]:
        for (name, one), (other, another) in combinations(self.entries, 2):
            if are_two_people(one.person, another.person):
                yield (
                    f"{one.person.username} is {_words(one.person)} in {name}, "
                    f"but {_words(another.person)} in {other}"
                )

    def joined(self) -> Enrolment:
        sections = {part for _, e in self.entries for part in e.section.split(", ") if part}
        return Enrolment(
            person=_merged([enrolment.person for _, enrolment in self.entries]),
            role=min((e.role for _, e in self.entries), key=BY_RIGHTS.index),
            section=", ".join(sorted(sections)),
            sources=self.sources,
        )

    def warnings(self) -> Iterator[str]:
        roles = {enrolment.role for _, enrolment in self.entries}
        if len(roles) > 1:
            told = ", ".join(f"{e.role} in {name}" for name, e in self.entries)
            counts = min(roles, key=BY_RIGHTS.index)
            yield f"{self.entries[0][1].person.username} is {told}; {counts} counts"


def _merged(people: Sequence[Person]) -> Person:
    first, *others = people
    if not others:
        return first
    # Given and family name are taken together: one source may write both as one.
    worded = next((p for p in people if p.given_name or p.family_name), first)
    return replace(
        first,
        given_name=worded.given_name,
        family_name=worded.family_name,
        email=_first(p.email for p in people),
        gradebook_id=_first(p.gradebook_id for p in people),
        lms_id=_first(p.lms_id for p in people),
    )


def _clashes(everyone: Mapping[str, _Listed], joined: Mapping[str, Enrolment]) -> Iterator[str]:
    claims = Claims()
    for username, listed in everyone.items():
        # Two systems may number people each in its own way; an address is the same everywhere.
        emails = dict.fromkeys(e.person.email for _, e in listed.entries)
        for what, holder in claims.of(joined[username].person, emails):
            yield (
                f"{username} ({', '.join(listed.sources)}) has the {what} of "
                f"{holder} ({', '.join(everyone[holder].sources)})"
            )


def _words(person: Person) -> str:
    return f"{person.given_name} {person.family_name}".strip() + f" <{person.email}>"


def _first(values: Iterable[str]) -> str:
    return next(filter(None, values), "")


def _source(rosters: Sequence[tuple[str, Roster]], people: int) -> str:
    if len(rosters) == 1:
        return rosters[0][1].source
    told = [
        roster.source if roster.source.startswith(f"{name} (") else f"{name}: {roster.source}"
        for name, roster in rosters
    ]
    return f"{' + '.join(told)}, together {people} people"
