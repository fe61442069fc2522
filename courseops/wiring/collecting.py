"""Open what collecting needs: the place where a course's work lies, its archive, the site's key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path

from courseops.actions.assignments.collect_ports import CollectPorts
from courseops.actions.assignments.overview import due_at_of
from courseops.adapters.nbgrader.course import NbgraderCourse
from courseops.config import AssignmentSection, CollectSection
from courseops.errors import ConfigError, CourseOpsError
from courseops.model.assignments.candidate import Bounds, Source
from courseops.model.assignments.deadline import Terms
from courseops.model.backups.backup import Volume
from courseops.model.roster import Person, Role
from courseops.ports.backup import Placer
from courseops.ports.collecting import Signer, WorkSource
from courseops.wiring.secrets import secret_of
from courseops.wiring.site import Site

_MEGABYTE = 1_000_000


def collect_ports(site: Site, course_id: str, name: str, source: str = "") -> CollectPorts:
    """
    Give what collecting one assignment needs; `source` comes before the configured one.

    Raises:
        ConfigError: the configuration does not say where such work lies.
    """
    from courseops.adapters.collecting.archive import PackedArchive  # noqa: PLC0415
    from courseops.adapters.collecting.later import LaterWork  # noqa: PLC0415
    from courseops.adapters.collecting.receipts import ReceiptWords  # noqa: PLC0415
    from courseops.adapters.collecting.showing import Layout  # noqa: PLC0415
    from courseops.adapters.collecting.submitted import SubmittedWork  # noqa: PLC0415

    section, course = site.course_section(course_id), site.course(course_id)
    collect, calendar = section.collect, section.calendar(name)
    whereabouts = cache(course.whereabouts)

    @cache
    def layout() -> Layout:
        at = whereabouts()
        return Layout(root=Path(at.root), submitted=at.submitted, groupshared=at.groupshared)

    bounds = bounds_of(collect)
    archive = PackedArchive(layout)
    school = site.config.site
    return CollectPorts(
        course=course,
        source=LaterWork(partial(_source, site, course_id, Source(source or collect.source))),
        submitted=SubmittedWork(layout=layout, archive=archive, bounds=bounds),
        archive=archive,
        signer=site_key(site),
        record=site.store.collections,
        enrolments=site.store.enrolments,
        granted=course.extensions,
        write_receipt=ReceiptWords(site=school.name, language=school.language, zone=site.time_zone),
        terms=_terms(calendar, collect),
        extended=calendar.extensions,
        bounds=bounds,
        by_claim=collect.judge_by == "claims",
        late_kept=collect.late_kept,
    )


def site_key(site: Site) -> Signer:
    """Give the key that signs what was collected; it is made when it is first needed."""
    from courseops.adapters.collecting.signing import SiteKey  # noqa: PLC0415

    return SiteKey(site.state)


def bounds_of(section: CollectSection) -> Bounds:
    """Say how much one submission may be."""
    return Bounds(
        files=section.max_files,
        file_bytes=round(section.max_file_mb * _MEGABYTE),
        total_bytes=round(section.max_total_mb * _MEGABYTE),
    )


@dataclass(frozen=True, kw_only=True)
class ReceiptHomes:
    """Where receipts are placed, and whose home is where."""

    placer: Placer
    volumes: Mapping[str, Volume]

    def volume_of(self, learner: str) -> Volume:
        """
        Give a learner's home.

        Raises:
            CourseOpsError: nobody in the course is called so.
        """
        if learner not in self.volumes:
            raise CourseOpsError(
                f"{learner} is not in the course, so nobody knows a home of theirs"
            )
        return self.volumes[learner]


def receipt_homes(site: Site, course_id: str) -> ReceiptHomes:
    """Give where the receipts of a course go."""
    placer = site.restore_placer(site.course_section(course_id).hub)
    return ReceiptHomes(placer=placer, volumes=volumes_of(site, course_id))


def grant(course: NbgraderCourse, name: str, learner: str, until: datetime) -> bool:
    """Tell nbgrader's gradebook until when a learner has, if it can keep that."""
    due_at = due_at_of(course, name)
    if due_at is None:
        return False
    return course.extend(name, learner, seconds=(until - due_at).total_seconds())


def _terms(calendar: AssignmentSection, collect: CollectSection) -> Terms:
    days = collect.late_registration_days
    return Terms(
        due_at=calendar.due_at,
        grace=timedelta(minutes=calendar.grace_minutes),
        released_at=calendar.release_at,
        late_registration=timedelta(days=days) if days is not None else None,
    )


def _source(site: Site, course_id: str, source: Source) -> WorkSource:
    section = site.course_section(course_id)
    bounds = bounds_of(section.collect)
    if source is Source.EXCHANGE:
        return _exchange(site, course_id, bounds)
    if source is Source.NGSHARE:
        return _ngshare(course_id, section.collect, bounds)
    volumes = cache(partial(volumes_of, site, course_id))
    folders = section.collect.home_folders
    if source is Source.SNAPSHOT:
        from courseops.adapters.collecting.snapshot import SnapshotWork  # noqa: PLC0415

        return site.keep_open(
            SnapshotWork(
                repository=site.repository(section.hub),
                volumes=volumes,
                folders=folders,
                course_id=course_id,
                bounds=bounds,
                staging=site.folders.staging,
            )
        )
    from courseops.adapters.collecting.homes import HomeWork  # noqa: PLC0415

    return site.keep_open(
        HomeWork(
            root=site.volumes(section.hub).root,
            volumes=volumes,
            folders=folders,
            course_id=course_id,
            bounds=bounds,
        )
    )


def _exchange(site: Site, course_id: str, bounds: Bounds) -> WorkSource:
    from courseops.adapters.collecting.exchange import ExchangeWork  # noqa: PLC0415

    at = site.course(course_id).whereabouts()
    return ExchangeWork(
        root=Path(at.exchange),
        course_id=course_id,
        zone=at.timezone,
        check_owner=site.course_section(course_id).collect.check_owner,
        bounds=bounds,
    )


def _ngshare(course_id: str, collect: CollectSection, bounds: Bounds) -> WorkSource:
    from courseops.adapters.collecting.ngshare import NgshareWork  # noqa: PLC0415

    if collect.ngshare is None:
        raise ConfigError(
            f"where the ngshare of {course_id} is is not configured",
            hint=f"add a section [courses.{course_id}.collect.ngshare] with url and token",
        )
    return NgshareWork(
        url=collect.ngshare.url,
        token=secret_of(collect.ngshare.token),
        course_id=course_id,
        bounds=bounds,
    )


def volumes_of(site: Site, course_id: str) -> dict[str, Volume]:
    """Give everybody's home by the name that the gradebook knows them by."""
    volumes = site.volumes(site.course_section(course_id).hub)
    enrolled = site.store.enrolments.active(course_id)
    people: list[Person] = [it.person for it in enrolled if it.role is Role.LEARNER]
    if not enrolled:
        people = list(site.course(course_id).gradebook.students().values())
    return {person.student_id: volumes.volume_of(person.username) for person in people}
