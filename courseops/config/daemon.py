"""What can be configured of the daemon."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from courseops.config.basis import SecretReference, Section, host_and_port, split_address


class DaemonSection(Section):
    """The daemon, which runs the jobs."""

    at_once: int = Field(2, ge=1, le=64, description="job runs at the same time", examples=[2])
    lease_seconds: float = Field(
        60,
        ge=3,
        description="after which a run of a daemon that died may be taken over by another",
        examples=[60],
    )
    grace_seconds: float = Field(
        30, gt=0, description="for a run that is stopped to end by itself", examples=[30]
    )
    listen: Annotated[str, AfterValidator(host_and_port)] = Field(
        "127.0.0.1:8097",
        description="where /healthz, /readyz and /metrics are answered; empty for nowhere",
        examples=["127.0.0.1:8097"],
    )
    ping: SecretReference | None = Field(
        None,
        description="an address of a dead-man service that is called once a minute, by reference",
        examples=[{"file": "daemon.ping"}],
    )
    pings: dict[str, SecretReference] = Field(
        default_factory=dict,
        description="the like for single jobs, by the job's name: called when a run begins, with "
        "/start behind the address, and when it has ended, with /fail behind it unless all is well",
        examples=[{"nightly-backup": {"file": "nightly-backup.ping"}}],
    )

    @property
    def listens_at(self) -> tuple[str, int] | None:
        """Give the address and port of `listen`; None for nowhere."""
        return split_address(self.listen) if self.listen else None
