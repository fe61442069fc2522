"""Say whose each folder is, where names are spelled in more than one way.

A hub that was upgraded has folders of both spellings, and goes on using the older one of those
who had it (https://github.com/jupyterhub/kubespawner, remember_pvc_name). So nothing is computed
that can be looked at: what is there counts, and it is asked both ways whose it can be.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from courseops.adapters.volumes.template import Template
from courseops.errors import RefusedError
from courseops.model.backups.backup import Volume
from courseops.model.backups.owners import second_home_in

# Given folders that are in doubt, it names the owner of those that it knows.
Told = Callable[[Collection[str]], Mapping[str, str]]
# Who has an account, None where that cannot be known; only asked where a folder may be another's.
Accounts = Callable[[], Collection[str] | None]

NOBODY = "nobody"


def nobody_knows() -> None:
    """Know of no accounts."""


def nobody_tells(folders: Collection[str]) -> Mapping[str, str]:  # noqa: ARG001 -- a Told
    """Know of no folder whose it is."""
    return {}


class Owners:
    """
    Whose the folders of one survey are.

    `usernames` are those who may have one: some spellings are no more than a digest, which
    only a known name leads to. `told` is asked of folders that are in doubt, `accounts` where two
    of the usernames could have the same one, or where none is given and one is needed.
    """

    def __init__(
        self,
        template: Template,
        there: Collection[str],
        usernames: Collection[str] = (),
        told: Told = nobody_tells,
        accounts: Accounts = nobody_knows,
    ) -> None:
        self._template = template
        self._accounts = accounts
        if not usernames and not all(map(template.readings, there)):
            usernames = accounts() or ()
        self._choices = {it: _choices(template, it) for it in sorted(usernames)}
        self._told = told(self._in_doubt(self._assign(there, {})))
        self._owner = self._assign(there, self._told)

    def volumes(self) -> list[Volume]:
        """
        Give every folder as a volume, in order of paths.

        What leads to nobody is called "nobody (the folder)". Of a learner's two, the one that
        counts bears her name, the other "hers (the folder)".
        """
        first = {owner: folders[0] for owner, folders in self._by_owner().items()}
        return [
            Volume(
                # It must not be called as another run could call somebody else's.
                username=owner if first.get(owner) == folder else f"{owner or NOBODY} ({folder})",
                path=self._template.path(folder),
            )
            for folder, owner in self._owner.items()
        ]

    def doubles(self) -> Iterator[str]:
        """Say who has more than one folder, and which one counts."""
        for owner, (first, *others) in self._by_owner().items():
            if others:
                yield (
                    f"{owner} has {len(others) + 1} volumes: {first} is taken for the one in use; "
                    f"{', '.join(others)} is kept beside it"
                )

    def _assign(self, there: Collection[str], told: Mapping[str, str]) -> dict[str, str]:
        """Give the owner of each folder, "" where nothing leads to one."""
        owner = {folder: told[folder] for folder in there if folder in told}
        self._claim(owner, there, self._choices)
        read = {name for it in there if it not in owner for name in self._template.readings(it)}
        self._claim(owner, there, {name: _choices(self._template, name) for name in read})
        return {folder: owner.get(folder, "") for folder in sorted(there)}

    def _claim(
        self,
        owner: dict[str, str],
        there: Collection[str],
        choices: Mapping[str, Sequence[str]],
    ) -> None:
        """Give folders without an owner to whoever would have them by the earliest naming."""
        claims = [
            (rank, username, folder)
            for username, folders in choices.items()
            for rank, folder in enumerate(folders)
            if folder in there and folder not in owner
        ]
        is_clear = len({folder for *_, folder in claims}) == len(claims)
        known = () if is_clear else self._accounts() or ()
        for _, username, folder in sorted(claims, key=lambda it: (it[1] not in known, it)):
            owner.setdefault(folder, username)

    def _in_doubt(self, owner: Mapping[str, str]) -> list[str]:
        """Name the folders that lead to no known user, or with others to the same one."""
        have = Counter(owner.values())
        return [
            folder
            for folder, name in owner.items()
            if not name
            or have[name] > 1
            or (name not in self._choices if self._choices else self._is_ambiguous(folder))
        ]

    def _is_ambiguous(self, folder: str) -> bool:
        return len(self._template.readings(folder)) > 1

    def _by_owner(self) -> dict[str, list[str]]:
        """Give each owner's folders, first the one that counts."""
        found: dict[str, list[str]] = defaultdict(list)
        for folder, owner in self._owner.items():
            if owner:
                found[owner].append(folder)
        for owner, folders in found.items():
            choices = _choices(self._template, owner)
            folders.sort(key=lambda it: (it not in self._told, _rank(it, choices)))
        return found


def folder_of(
    template: Template,
    username: str,
    *,
    is_there: Callable[[str], bool],
    told: Told = nobody_tells,
    accounts: Accounts = nobody_knows,
    everything: Callable[[], Collection[str]] = tuple,
) -> str:
    """
    Name the folder that is a learner's, or would be if she had one; also one that `Owners` named.

    `everything` gives all the folders that there are, for `told` to look through.

    Raises:
        RefusedError: no folder can be named after `username`.
    """
    choices = _choices(template, username)
    there = [
        it for it in choices if is_there(it) and not _is_anothers(template, it, username, accounts)
    ]
    if len(there) == 1:
        return there[0]
    label = _label_in(template, username)
    if not there and label and is_there(label):
        return label
    if told is not nobody_tells:
        known = told(there or everything())
        there = [it for it, owner in known.items() if owner == username] or there
    return there[0] if there else template.folders(username)[0]


def _label_in(template: Template, username: str) -> str:
    """Name the folder that `Owners` called so, because it was a second one or nobody's."""
    folder = second_home_in(username)
    return folder if folder and template.fits(folder) else ""


def _choices(template: Template, username: str) -> Sequence[str]:
    try:
        return template.folders(username)
    except RefusedError:
        return ()


def _rank(folder: str, choices: Sequence[str]) -> int:
    return choices.index(folder) if folder in choices else len(choices)


def _is_anothers(template: Template, folder: str, username: str, accounts: Accounts) -> bool:
    """
    Say whether the hub would give this folder to somebody else than `username`.

    Where nobody knows the accounts, whoever is asked for is the one.
    """
    rank = _rank(folder, _choices(template, username))
    others = [
        it
        for it in template.readings(folder)
        if it != username and _rank(folder, _choices(template, it)) < rank
    ]
    if not others:
        return False
    known = accounts()
    return known is not None and (username not in known or not set(others).isdisjoint(known))
