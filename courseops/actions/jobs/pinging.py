"""Give signs of life, from which others see that nothing came: the silence that nobody hears."""

from __future__ import annotations

from courseops.errors import CourseOpsError
from courseops.events import log
from courseops.model.jobs.ping import Ping
from courseops.ports.liveness import DeadMan


def ping(dead_man: DeadMan | None, sign: Ping, subject: str) -> None:
    """
    Give a sign of life of `subject` ("daemon", "job/nightly-backup"), if anybody wants it.

    One that is not taken is logged and stops nothing: the service itself tells people of it.
    """
    if dead_man is None:
        return
    try:
        dead_man.ping(sign)
    except CourseOpsError as error:
        log().warning(
            "sign of life was not taken",
            action="ping",
            subject=subject,
            sign=sign,
            error=str(error),
            hint=error.hint,
        )
