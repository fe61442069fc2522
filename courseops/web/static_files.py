"""The files beside the pages: their look, and the script that makes them livelier.

The address of each names what is in it, so that a browser keeps it for good and asks for it
again only after an update.
"""

from __future__ import annotations

import hashlib
import mimetypes
from functools import cache

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from courseops.resources import shipped

PATH = "/static/"
_FOR_GOOD = "public, max-age=31536000, immutable"
_ASK_EACH_TIME = "no-cache"


def static_path(name: str) -> str:
    """Give the path of a file below the prefix: "/static/3f2a…/style.css"."""
    return f"{PATH}{_version(_files()[name])}/{name}" if name in _files() else f"{PATH}{name}"


def static_file(request: Request) -> Response:
    """Answer with a file; one of another version than the address names may be kept by nobody."""
    name, version = request.path_params["name"], request.path_params.get("version", "")
    content = _files().get(name)
    if content is None:
        raise HTTPException(404)
    current = _version(content)
    headers = {
        "ETag": f'"{current}"',
        "Cache-Control": _FOR_GOOD if version == current else _ASK_EACH_TIME,
    }
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Response(content, media_type=kind, headers=headers)


@cache
def _files() -> dict[str, bytes]:
    folder = shipped("templates") / "web" / "static"
    return {it.name: it.read_bytes() for it in sorted(folder.iterdir()) if it.is_file()}


@cache
def _version(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
