"""What grading a course needs, put together from its configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from courseops.actions.assignments.grading_desk import GradingPorts
from courseops.actions.assignments.overview import due_at_of
from courseops.config import TRUSTED, GradingSection
from courseops.model.assignments.allowance import MEBIBYTE, Allowance
from courseops.model.assignments.deadline import later_of
from courseops.ports.grading import Executor, Grader
from courseops.wiring.site import Site


def grading_ports(site: Site, course_id: str) -> GradingPorts:
    """Open a course, and what runs its learners' code."""
    course = site.course(course_id)

    def granted(name: str) -> Mapping[str, float]:
        """Give the seconds of those whom the gradebook could not yet be told of."""
        due_at = due_at_of(course, name)
        if due_at is None:
            return {}
        calendar = site.course_section(course_id).calendar(name)
        ours = site.store.collections.extensions(course_id, name)
        until = later_of(ours, calendar.extensions)
        return {who: (at - due_at).total_seconds() for who, at in until.items() if at > due_at}

    return GradingPorts(
        course=course,
        gradebook=course.gradebook,
        grader=_grader(site, course_id, granted),
        gradings=site.store.gradings,
        granted=granted,
        workers=site.course_section(course_id).grading.workers,
    )


def _grader(site: Site, course_id: str, granted: Callable[[str], Mapping[str, float]]) -> Grader:
    from courseops.adapters.grading.bundle import FACTORY, Engine  # noqa: PLC0415
    from courseops.adapters.grading.grader import PooledGrader  # noqa: PLC0415

    section, course = site.course_section(course_id).grading, site.course(course_id)
    return PooledGrader(
        course.client,
        _executor(section),
        allowance=allowance_of(section),
        engine=Engine(
            factory=FACTORY,
            preload=section.preload,
            options={"trusted": section.sandbox == TRUSTED},
        ),
        marks=course.marks,
        extensions=granted,
        mended=course.mended,
    )


def _executor(section: GradingSection) -> Executor:
    from courseops.adapters.grading.workers.pool import MARGIN_SECONDS, LocalPool  # noqa: PLC0415

    parcel_seconds = section.wall_seconds + MARGIN_SECONDS
    if section.dask:
        from courseops.adapters.grading.workers.dask import DaskExecutor  # noqa: PLC0415

        return DaskExecutor(section.dask, parcel_seconds=parcel_seconds)
    return LocalPool(parcel_seconds=parcel_seconds)


def allowance_of(section: GradingSection) -> Allowance:
    """Say what one submission may use."""
    return Allowance(
        wall_seconds=section.wall_seconds,
        cpu_seconds=section.cpu_seconds,
        memory_bytes=section.memory_mb * MEBIBYTE,
        processes=section.processes,
        scratch_bytes=section.scratch_mb * MEBIBYTE,
        output_bytes=section.output_mb * MEBIBYTE,
    )
