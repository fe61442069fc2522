"""Grade on the workers of a Dask scheduler: a cluster of any kind takes over, no disk is shared.

Each Dask task hands its parcel to one of our own worker processes on that machine (`lending`).
Dask runs a task again elsewhere when its worker is lost, until `allowed-failures` of the
scheduler is used up: https://distributed.dask.org/en/stable/resilience.html
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from importlib.metadata import version
from itertools import islice
from typing import Any

from courseops.adapters.grading.workers import lending
from courseops.adapters.grading.workers.member import Terms
from courseops.adapters.grading.workers.pool import DEFAULT_PARCEL_SECONDS
from courseops.adapters.grading.workers.worker import GRADING
from courseops.errors import CourseOpsError, RefusedError, UnreachableError
from courseops.ports.grading import Parcel, Reply

_CONNECT_TIMEOUT_SECONDS = 30.0
_IN_HAND_AND_IN_STORE = 2
_SOFTWARE = ("courseops", "nbgrader")


class DaskExecutor:
    """An executor on the workers of the scheduler at `address`, such as `tcp://host:8786`."""

    def __init__(
        self,
        address: str,
        *,
        parcel_seconds: float = DEFAULT_PARCEL_SECONDS,
        connect_timeout_seconds: float = _CONNECT_TIMEOUT_SECONDS,
        station: str = GRADING,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._address = address
        self._timeout_seconds = connect_timeout_seconds
        self._terms = Terms(
            station=station,
            parcel_seconds=parcel_seconds,
            environment=environment,
            # Dask's threads come and go, and the workers would go with them.
            die_with_us=False,
        )

    def run(
        self, bundle: Callable[[], bytes], parcels: Iterable[Parcel], *, workers: int = 0
    ) -> Iterator[Reply]:
        """
        Give a reply for each parcel as soon as it is there; 0 workers means all threads there are.

        Raises:
            UnreachableError: the scheduler does not answer, or has no workers.
            RefusedError: workers cannot work with this bundle, or have other software.
        """
        client = self._connect()
        run = uuid.uuid4().hex
        try:
            threads = self._threads(client)
            yield from self._work(client, run, bundle(), parcels, window=workers or threads)
        finally:
            with suppress(Exception):
                client.run(lending.release, run)
            client.close()

    def _connect(self) -> Any:
        distributed = _distributed()
        try:
            client = distributed.Client(
                self._address, timeout=self._timeout_seconds, set_as_default=False
            )
        except (OSError, TimeoutError, ValueError) as error:
            raise UnreachableError(
                f"no Dask scheduler answers at {self._address}: {error}",
                hint="check grading.dask in config.toml, and that the scheduler runs",
            ) from error
        try:
            client.wait_for_workers(1, timeout=self._timeout_seconds)
        except (OSError, TimeoutError) as error:
            client.close()
            raise UnreachableError(
                f"the Dask scheduler at {self._address} has no workers",
                hint="start some, or scale the cluster up",
            ) from error
        return client

    def _threads(self, client: Any) -> int:
        ours = _software()
        try:
            found = client.run(_software)
        except Exception as error:
            raise RefusedError(
                f"the Dask workers at {self._address} cannot load courseops: {error}",
                hint="install the same versions of courseops and nbgrader on them",
            ) from error
        for worker, theirs in found.items():
            if theirs != ours:
                raise RefusedError(
                    f"the Dask worker {worker} has {_spell(theirs)}; here are {_spell(ours)}",
                    hint="install the same versions of courseops and nbgrader on all workers",
                )
        return sum(client.nthreads().values())

    def _work(
        self, client: Any, run: str, bundle: bytes, parcels: Iterable[Parcel], *, window: int
    ) -> Iterator[Reply]:
        distributed = _distributed()
        # Unlike what is scattered, a result can be made again when those who hold it are lost.
        shared = client.submit(bytes, bundle, key=f"courseops-bundle-{run}")
        waiting = iter(parcels)
        subjects: dict[Any, str] = {}

        def submit(parcel: Parcel) -> Any:
            future = client.submit(lending.answer, run, shared, self._terms, parcel, pure=False)
            subjects[future.key] = parcel.subject
            return future

        futures = distributed.as_completed(
            [submit(it) for it in islice(waiting, window * _IN_HAND_AND_IN_STORE)],
            loop=client.loop,
        )
        for future in futures:
            for parcel in islice(waiting, 1):
                futures.add(submit(parcel))
            yield self._reply(future, subjects.pop(future.key))

    def _reply(self, future: Any, subject: str) -> Reply:
        distributed = _distributed()
        try:
            reply: Reply = future.result()
        except distributed.KilledWorker as error:
            reason = f"the Dask workers that had it were lost: {error}".partition("\n")[0]
            return Reply(subject=subject, failure="crash", reason=reason)
        except CourseOpsError:
            raise
        except Exception as error:
            raise UnreachableError(
                f"the Dask scheduler at {self._address} gave up: {error!r}"
            ) from error
        return reply


def _software() -> dict[str, str]:
    return {name: version(name) for name in _SOFTWARE}


def _spell(software: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {it}" for name, it in software.items())


def _distributed() -> Any:
    try:
        import distributed  # noqa: PLC0415 - seconds to import, and an extra
    except ImportError as error:
        raise CourseOpsError(
            "grading.dask is set, but Dask is not installed",
            hint="pip install 'courseops[dask]'",
        ) from error
    return distributed
