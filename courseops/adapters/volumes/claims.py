"""Whose a folder is by the hub's own memory: KubeSpawner keeps the name of each learner's claim.

A provisioner names a folder after the claim, often with the namespace before it and the volume's
own id behind: jhub-claim-alice-pvc-9c1f…. Only the hub knows whose `claim-alice` is for sure:
https://github.com/kubernetes-sigs/nfs-subdir-external-provisioner
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

from courseops.adapters.volumes.owners import Told

_VOLUME_ID = re.compile(r"-pvc-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


def told_by_claims(claims: Callable[[], Mapping[str, str]]) -> Told:
    """Tell whose folders are by `claims`, the name of each user's claim; it is asked once."""
    asked: dict[str, str] = {}

    def told(folders: Collection[str]) -> Mapping[str, str]:
        if folders and not asked:
            asked.update({claim: username for username, claim in claims().items()})
        named = {folder: _claim_in(folder, asked) for folder in folders}
        return {folder: asked[claim] for folder, claim in named.items() if claim}

    return told


def _claim_in(folder: str, claims: Collection[str]) -> str:
    """Name the claim that a folder is named after; of two that fit, the longer."""
    rest = _VOLUME_ID.sub("", folder)
    while rest and rest not in claims:
        rest = rest.partition("-")[2]
    return rest
