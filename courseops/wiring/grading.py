"""What grading a course needs, put together from its configuration."""

from __future__ import annotations

from courseops.actions.grading import GradingPorts
from courseops.config import GradingSection
from courseops.model.allowance import MEBIBYTE, Allowance
from courseops.wiring.site import Site


def grading_ports(site: Site, course_id: str) -> GradingPorts:
    """Open a course, and what runs its learners' code."""
    course = site.course(course_id)
    return GradingPorts(
        course=course,
        gradebook=course.gradebook,
        grader=site.grader(course_id),
        gradings=site.store.gradings,
    )


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
