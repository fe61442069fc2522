"""A list is read whole or not at all."""

import httpx
import pytest

from courseops.errors import RefusedError, UnreachableError
from tests.unit.adapters.hub.wires import Script, hub_on, page, said


def users(*names: str) -> list[dict[str, str]]:
    return [{"name": name, "something": "new"} for name in names]


def test_pages_are_asked_for_by_offset_in_the_envelope():
    script = Script(
        page(users("a", "b"), total=3, limit=2), page(users("c"), total=3, offset=2, limit=2)
    )

    assert [user.name for user in script.hub().users()] == ["a", "b", "c"]
    asked = [request.url.params for request in script.requests]
    assert [(params["offset"], params["limit"]) for params in asked] == [("0", "200"), ("2", "200")]
    assert {request.headers["Accept"] for request in script.requests} == {
        "application/jupyterhub-pagination+json"
    }


def test_groups_bring_all_their_members_so_few_are_asked_for_at_first():
    names = [f"g{number}" for number in range(12)]
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        offset, limit = (int(request.url.params[name]) for name in ("offset", "limit"))
        asked.append((offset, limit))
        some = users(*names[offset : offset + limit])
        return page(some, total=12, offset=offset, limit=limit)

    assert list(hub_on(answer).groups()) == names
    assert asked[0] == (0, 5)
    # Each page begins where the one before it ended, however large they are.
    assert [offset for offset, _ in asked[1:]] == [sum(one) for one in asked[:-1]]


def test_the_next_url_of_an_answer_is_never_followed():
    first = {
        "items": users("a"),
        "_pagination": {
            "offset": 0,
            "limit": 1,
            "total": 2,
            "next": {"offset": 1, "limit": 1, "url": "http://elsewhere.example/hub/api/users"},
        },
    }
    script = Script(said(200, first), page(users("b"), total=2, offset=1, limit=1))

    script.hub().users()

    assert {request.url.host for request in script.requests} == {"hub.example.org"}


def test_a_plain_list_may_be_cut_short_and_is_refused():
    with pytest.raises(RefusedError, match="cannot be read"):
        Script(said(200, users("a"))).hub().users()


def test_a_name_on_two_pages_is_listed_once():
    script = Script(
        page(users("a", "b"), total=3, limit=2), page(users("b", "c"), total=3, offset=2, limit=2)
    )

    assert [user.name for user in script.hub().users()] == ["a", "b", "c"]


def test_a_list_whose_length_changes_is_read_again_from_the_start():
    script = Script(
        page(users("a"), total=2, limit=1),
        page(users("c"), total=3, offset=1, limit=1),
        *(page(users(name), total=3, offset=n, limit=1) for n, name in enumerate("abc")),
    )

    assert [user.name for user in script.hub().users()] == ["a", "b", "c"]


def test_a_list_that_never_stands_still_is_given_up():
    counts = iter(range(2, 1000))

    def answer(request: httpx.Request) -> httpx.Response:
        return page(users("a"), total=next(counts), limit=1)

    with pytest.raises(UnreachableError, match="changed"):
        hub_on(answer).users()
