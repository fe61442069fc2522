"""Networks that are not there: scripted answers in place of a hub."""

from collections.abc import Callable

import httpx

from courseops.adapters.hub import JupyterHub

TOKEN = "f00dfeed" * 8

Answerer = Callable[[httpx.Request], httpx.Response]


def said(status: int, body: object, **headers: str) -> httpx.Response:
    """Make an answer of a hub."""
    return httpx.Response(status, json=body, headers={"X-JupyterHub-Version": "6.1.1", **headers})


def page(items: list[object], *, total: int, offset: int = 0, limit: int = 200) -> httpx.Response:
    """Make one page of a list."""
    pagination = {"offset": offset, "limit": limit, "total": total, "next": None}
    return said(200, {"items": items, "_pagination": pagination})


class Script:
    """Answers in the order they are given, errors among them; keeps requests and pauses."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.pauses: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def hub(self, **options: object) -> JupyterHub:
        return hub_on(self, sleep=self.pauses.append, **options)


def hub_on(answer: Answerer, **options: object) -> JupyterHub:
    """Make a hub's client whose network is a function."""
    defaults = {"name": "campus", "url": "https://hub.example.org/jupyter/", "token": TOKEN}
    wire = httpx.MockTransport(lambda request: _as_received(answer(request)))
    return JupyterHub(**{**defaults, **options}, wire=wire)


def _as_received(answer: httpx.Response) -> httpx.Response:
    """Give an answer whose body has not been read yet, as the network would."""
    body = httpx.ByteStream(answer.content)
    return httpx.Response(answer.status_code, headers=answer.headers, stream=body)
