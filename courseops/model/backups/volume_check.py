"""Judge a hub's volumes beside its accounts: who lacks the other, and whether any names match."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from courseops.model.backups.backup import VolumeSurvey
from courseops.model.finding import Finding

_SHOWN = 5


def judge_volumes(
    subject: str, survey: VolumeSurvey, accounts: Collection[str] | None
) -> Iterator[Finding]:
    """
    Say of volumes and accounts who lacks the other, and what is no volume.

    `accounts` are the hub's, None if it could not be asked.
    """
    for refused in survey.refused[:_SHOWN]:
        yield Finding.problem(subject, f"{refused.subject}: {refused.reason}", refused.mend)
    if more := survey.refused[_SHOWN:]:
        yield Finding.problem(
            subject, f"{len(more)} more are no volumes", "courseops backup run names them all"
        )
    for warning in survey.warnings:
        yield Finding.warning(subject, warning, "see that this is as it should be")
    if accounts is None:
        yield Finding.warning(
            subject,
            "the hub did not say who has an account, so names were not compared",
            f"mend what is said of {subject.replace('volumes', 'hub')} first",
        )
    else:
        yield from _compare(subject, survey, accounts)


def _compare(subject: str, survey: VolumeSurvey, accounts: Collection[str]) -> Iterator[Finding]:
    named = {volume.username for volume in survey.volumes}
    strangers = named.difference(accounts)
    without = set(accounts) - named - {refused.subject for refused in survey.refused}
    if named and accounts and strangers == named:
        yield Finding.problem(
            subject,
            f"no volume belongs to an account: volumes of {_some(strangers)}; "
            f"accounts {_some(accounts)}",
            f"set names in [{subject.replace('volumes/', 'hubs.')}.volumes] "
            "to how the hub's spawner spells usernames",
        )
        return
    has = len(accounts) - len(without)
    lacking = f"; none yet: {_some(without)}" if without else ""
    yield Finding.ok(subject, f"{has} of {len(accounts)} accounts have a volume{lacking}")
    if strangers:
        yield Finding.warning(
            subject,
            f"{len(strangers)} of {len(named)} volumes belong to no account: {_some(strangers)}",
            "they are backed up all the same; people who left can be offboarded",
        )


def _some(names: Collection[str]) -> str:
    shown = ", ".join(sorted(names)[:_SHOWN])
    return f"{shown}, …" if len(names) > _SHOWN else shown
