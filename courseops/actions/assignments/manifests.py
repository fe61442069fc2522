"""Prove what was collected: every file against its manifest, every manifest against the key."""

from __future__ import annotations

from dataclasses import dataclass, replace

from courseops.actions.assignments.collect_ports import CollectPorts
from courseops.actions.assignments.overview import find_assignment
from courseops.model.assignments.manifest import (
    Checked,
    Collected,
    Manifest,
    State,
    fingerprint_of,
    parse,
)

_SHOWN_AT_MOST = 3


@dataclass(frozen=True, kw_only=True)
class ManifestList:
    """
    What was collected of an assignment, submission by submission.

    `key` is the public key that signs now, `keys` are all that ever did. Without `verified`,
    signatures were looked at, but no file was read.
    """

    course_id: str
    name: str
    key: str
    keys: tuple[str, ...]
    verified: bool
    submissions: tuple[Checked, ...]

    @property
    def wrong(self) -> int:
        """Count what is not as it was collected."""
        return sum(it.state is not State.OK for it in self.submissions)


def list_manifests(ports: CollectPorts, name: str, *, verify: bool = False) -> ManifestList:
    """
    List everything collected of an assignment; with `verify`, read and prove every file of it.

    What our record knows and the archive has lost is missing; what lies in the archive without
    being in the record is listed, and proved, like everything else.
    """
    find_assignment(ports.course, name)
    course_id = ports.course.course_id
    recorded = {(it.learner, it.folder): it for it in ports.record.collected(course_id, name)}
    there = {
        (learner, folder)
        for learner in ports.archive.learners(name)
        for folder in ports.archive.folders(name, learner)
    }
    return ManifestList(
        course_id=course_id,
        name=name,
        key=ports.signer.key,
        keys=tuple(ports.signer.keys()),
        verified=verify,
        submissions=tuple(
            _check(ports, name, learner, folder, recorded.get((learner, folder)), verify=verify)
            if (learner, folder) in there
            else _lost(recorded[learner, folder])
            for learner, folder in sorted(there | recorded.keys())
        ),
    )


def manifests_of(ports: CollectPorts, name: str, learner: str) -> tuple[Checked, ...]:
    """List what was collected of one learner; signatures are looked at, no file is read."""
    return tuple(
        _check(ports, name, learner, folder, None, verify=False)
        for folder in sorted(ports.archive.folders(name, learner))
    )


def _lost(it: Collected) -> Checked:
    return Checked(
        learner=it.learner,
        folder=it.folder,
        state=State.MISSING,
        reason="it is no longer in the archive",
        fingerprint=it.fingerprint,
        submitted_at=it.submitted_at,
    )


def _check(
    ports: CollectPorts,
    name: str,
    learner: str,
    folder: str,
    recorded: Collected | None,
    *,
    verify: bool,
) -> Checked:
    canonical, signature = ports.archive.manifest(name, learner, folder)
    found = Checked(
        learner=learner, folder=folder, state=State.OK, fingerprint=fingerprint_of(canonical)
    )
    if not canonical or not signature:
        what = "manifest" if not canonical else "signature"
        return replace(found, state=State.UNSIGNED, reason=f"its {what} is not there")
    if not ports.signer.is_ours(canonical, signature):
        return replace(found, state=State.UNSIGNED, reason="no key of this site signed it")
    try:
        manifest = parse(canonical)
    except ValueError as error:
        return replace(found, state=State.ALTERED, reason=str(error))
    found = replace(found, submitted_at=manifest.submitted_at, files=manifest.files)
    if (manifest.course_id, manifest.assignment, manifest.learner) != (
        ports.course.course_id,
        name,
        learner,
    ):
        return replace(found, state=State.ALTERED, reason="the manifest is that of another work")
    if recorded is not None and recorded.fingerprint != found.fingerprint:
        return replace(found, state=State.ALTERED, reason="the manifest is not the recorded one")
    return _compare(ports, manifest, found) if verify else found


def _compare(ports: CollectPorts, manifest: Manifest, found: Checked) -> Checked:
    altered, missing = ports.archive.differences(manifest, found.folder)
    if altered:
        return replace(found, state=State.ALTERED, reason=f"altered: {_some(altered)}")
    if missing:
        return replace(found, state=State.MISSING, reason=f"missing: {_some(missing)}")
    return found


def _some(paths: list[str]) -> str:
    more = len(paths) - _SHOWN_AT_MOST
    return ", ".join(paths[:_SHOWN_AT_MOST]) + (f" and {more} more" if more > 0 else "")
