"""Hand pieces to the child that places them, many at a time, and read what it answers.

The child costs some hundredths of a second to start, and each piece some thousandths.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import groupby
from typing import Any

from courseops.adapters import isolated
from courseops.adapters.placing.staged import open_staged
from courseops.errors import RefusedError
from courseops.model.backups.restore import MADE_WAY, Piece, Placed, names_for, parts_of
from courseops.model.batches import batches
from courseops.model.microseconds import nanoseconds

# Whom the child becomes, as user and group; None if it stays who we are.
Owner = tuple[int, int] | None

TIMEOUT_SECONDS = 10 * 60.0

# The child has a descriptor for each file of a batch; a process may have 1024 by default.
_BATCH = 200
_CHILD = "courseops.adapters.placing.placing_child"


def place_pieces(
    root: int,
    pieces: Iterable[Piece],
    owner_of: Callable[[Piece], Owner],
    *,
    in_place: bool,
    keep_same: bool,
) -> Iterator[Placed]:
    """Place pieces below an open folder, in their order; each answer follows its batch."""
    how = {"in_place": in_place, "keep_same": keep_same}
    for owner, of_one in groupby(pieces, key=owner_of):
        for some in batches(of_one, _BATCH):
            yield from _place(root, some, owner, how)


def fetch(
    root: int, folders: Sequence[str], name: str, to: int, largest_bytes: int, owner: Owner
) -> bool:
    """
    Copy a file below an open folder to the descriptor `to`; False if nothing lies there.

    Raises:
        RefusedError: it is no file, too large, or may not be read.
    """
    wanted = {"folders": list(folders), "name": name, "to_fd": to, "largest_bytes": largest_bytes}
    (answer,) = _ask_child({"root_fd": root, "fetch": wanted, **_spelled(owner)}, (root, to))
    if "errno" in answer:
        error = OSError(answer["errno"], answer["reason"], answer["at"])
        raise refusal("/".join([*folders, name]), error, "read") from error
    return bool(answer["found"])


def refusal(path: str, error: OSError, verb: str = "placed") -> RefusedError:
    """Say why something below a home cannot be had or placed."""
    linked = error.errno in {errno.ELOOP, errno.ENOTDIR}
    what = f"{error.filename!r} on the way is a link or no folder" if linked else error.strerror
    return RefusedError(
        f"{path} cannot be {verb}: {what}",
        hint="choose another folder of the home: --to restored"
        if linked and verb == "placed"
        else "",
    )


def _place(
    root: int, pieces: Sequence[Piece], owner: Owner, how: dict[str, bool]
) -> Iterator[Placed]:
    with ExitStack() as opened:
        asked, refused = [], {}
        for number, piece in enumerate(pieces):
            try:
                asked.append(_request(piece, opened))
            except RefusedError as error:
                refused[number] = Placed(path=piece.path, problem=str(error), mend=error.hint)
        staged = [it["staged_fd"] for it in asked if it["staged_fd"] is not None]
        request: dict[str, object] = {"root_fd": root, "pieces": asked, **how, **_spelled(owner)}
        answers = iter(_ask_child(request, (root, *staged)) if asked else ())
    for number, piece in enumerate(pieces):
        yield refused[number] if number in refused else _read(piece, next(answers))


def _request(piece: Piece, opened: ExitStack) -> dict[str, Any]:
    *folders, name = parts_of(piece.path)
    staged: int | None = None
    if piece.kind == "file":
        try:
            staged = (
                opened.enter_context(open_staged(piece.staged))
                if isinstance(piece.staged, str)
                else piece.staged
            )
        except OSError as error:
            raise refusal(piece.path, error) from error
    return {
        "kind": piece.kind,
        "staged_fd": staged,
        "target": piece.target,
        "folders": folders,
        "names": names_for(name),
        "asides": names_for(name, mark=MADE_WAY)[1:],
        "mode": piece.mode,
        "modified_ns": nanoseconds(piece.modified_at),
    }


def _spelled(owner: Owner) -> dict[str, int | None]:
    uid, gid = owner or (None, None)
    return {"uid": uid, "gid": gid}


def _ask_child(request: dict[str, object], descriptors: Sequence[int]) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = isolated.ask(
        _CHILD,
        request,
        descriptors=descriptors,
        timeout_seconds=TIMEOUT_SECONDS,
        failure="the file could not be placed",
    )
    return answers


def _read(piece: Piece, answer: dict[str, Any]) -> Placed:
    folder, slash, _ = piece.path.rpartition("/")
    made_way = answer.get("made_way_to", "")
    made_way_to = f"{folder}{slash}{made_way}" if made_way else ""
    if "name" not in answer:
        error = OSError(answer["errno"], answer["reason"], answer["at"])
        refused = refusal(piece.path, error)
        return Placed(
            path=piece.path, made_way_to=made_way_to, problem=str(refused), mend=refused.hint
        )
    return Placed(
        path=piece.path,
        lies_at=f"{folder}{slash}{answer['name']}",
        made_way_to=made_way_to,
        is_same=answer.get("is_same", False),
    )
