"""What can be configured of the daemon."""

from __future__ import annotations

from pydantic import Field

from courseops.config.basis import SecretReference, Section


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
    listen: str = Field(
        "127.0.0.1:8097",
        description="where /healthz, /readyz and /metrics are answered; empty for nowhere",
        examples=["127.0.0.1:8097"],
    )
    ping: SecretReference | None = Field(
        None,
        description="an address of a dead-man service that is called once a minute, by reference",
        examples=[{"file": "daemon.ping"}],
    )
