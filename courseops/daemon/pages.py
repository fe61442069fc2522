"""What the daemon answers to those who ask how it is: alive, at work, and in figures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

from courseops.model.jobs.standing import Standing, obstacles, signs_of_death
from courseops.ports.ambient import Clock

_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, kw_only=True)
class Page:
    """One answer: its bytes, what kind of text they are, and its status."""

    text: bytes
    kind: str = _TEXT
    status: HTTPStatus = HTTPStatus.OK


def healthz(standing: Standing, clock: Clock) -> Page:
    """Say whether the daemon lives; who gets 503 may start it anew."""
    return _verdict(signs_of_death(standing, clock.now()))


def readyz(standing: Standing, clock: Clock) -> Page:
    """Say whether the daemon does its work; with 503, why not."""
    return _verdict(obstacles(standing, clock.now()))


def problem(why: str, status: HTTPStatus = HTTPStatus.SERVICE_UNAVAILABLE) -> Page:
    """Answer that something is not as it should be."""
    return Page(text=f"{why}\n".encode(errors="replace"), status=status)


def _verdict(faults: Iterable[str]) -> Page:
    found = "\n".join(faults)
    return problem(found) if found else Page(text=b"ok\n")
