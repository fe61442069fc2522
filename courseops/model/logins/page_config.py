"""What a hub's own jupyterhub_config.py must say for the page that is a service of it.

Everybody who logs in may open the page. Who teaches, grades or operates is said by roles of the
hub, which grant scopes of our own to its groups, or by our rosters; then the hub need not know. See
https://jupyterhub.readthedocs.io/en/stable/rbac/scopes.html#custom-scopes
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from courseops.model.logins.judging import Release
from courseops.model.logins.token_place import TokenPlace, token_comments, token_value
from courseops.model.rights import GRADE, OPERATE, TEACH
from courseops.model.roster import graders_group, learners_group

OPERATORS_GROUP = "courseops-operators"
_EXTRA_USER_SCOPES_SINCE = (6, 0)


@dataclass(frozen=True, kw_only=True)
class PagePlace:
    """
    A hub's page: the `service` that the hub calls it, and the `url` at which its proxy finds it.

    `host` is the page's own, if the hub gives each service one. `by_scopes` says that the hub's
    roles say who may do what in its `courses`.
    """

    service: str
    url: str
    token: TokenPlace
    by_scopes: bool
    courses: Sequence[str]
    host: str = ""


def teachers_group(course_id: str) -> str:
    """Name the hub group of those who decide in a course; the school fills it, not courseops."""
    return f"teach-{course_id}"


def page_lines(hub: str, page: PagePlace, release: Release | None) -> Iterator[str]:
    """Write the page's service, its token's place, and who may open it and do what there."""
    yield ""
    yield f"# The page that is configured in [hubs.{hub}.web]; it has no scope of its own."
    yield from token_comments(page.token, page.service)
    yield from _service(page)
    yield from _everybody(page, release)
    if page.by_scopes:
        yield from _scopes()
        yield from _roles(page)


def _service(page: PagePlace) -> Iterator[str]:
    imported, value = token_value(page.token, page.service)
    yield imported
    yield ""
    yield "c.JupyterHub.services.append("
    yield "    {"
    yield f'        "name": {json.dumps(page.service)},'
    yield f'        "url": {json.dumps(page.url)},'
    yield f'        "api_token": {value},'
    yield "        # It stands in the hub's menu; nobody is asked whether it may know their name."
    yield '        "display": True,'
    yield '        "oauth_no_confirm": True,'
    if page.by_scopes:
        yield f'        "oauth_client_allowed_scopes": {json.dumps([TEACH, GRADE, OPERATE])},'
    yield "    }"
    yield ")"


def _everybody(page: PagePlace, release: Release | None) -> Iterator[str]:
    """Let everybody open the page; two roles of one name stop a hub, and a new one takes away."""
    scope = json.dumps(f"access:services!service={page.service}")
    yield '# Whoever logs in may open it. A role "user" of yours keeps what it grants.'
    yield "_roles = c.JupyterHub.load_roles"
    yield '_roles = _roles if isinstance(_roles, list) else _roles.to_dict().get("extend", [])'
    yield '_user = [role for role in _roles if role.get("name") == "user"]'
    yield "if _user:"
    yield f'    _user[0]["scopes"] = [*_user[0].get("scopes", ["self"]), {scope}]'
    yield "else:"
    if release is None or release >= _EXTRA_USER_SCOPES_SINCE:
        yield f"    c.JupyterHub.extra_user_scopes.update([{scope}])"
    else:
        granted = f'["self", {scope}]'
        yield f'    c.JupyterHub.load_roles.append({{"name": "user", "scopes": {granted}}})'


def _scopes() -> Iterator[str]:
    yield "c.JupyterHub.custom_scopes.update("
    yield "    {"
    teach = f'"description": "Decide in a course", "subscopes": [{json.dumps(GRADE)}]'
    yield f"        {json.dumps(TEACH)}: {{{teach}}},"
    yield f'        {json.dumps(GRADE)}: {{"description": "See a course\'s work and grades"}},'
    yield f'        {json.dumps(OPERATE)}: {{"description": "Look after backups and runs"}},'
    yield "    }"
    yield ")"


def _roles(page: PagePlace) -> Iterator[str]:
    yield "# Who is in these groups may do more there. courseops fills formgrade-… by its rosters;"
    yield f"# teach-… and {OPERATORS_GROUP} are yours to fill, on the hub's admin page."
    yield "c.JupyterHub.load_roles.extend("
    yield "    ["
    yield from _role("courseops-operate", OPERATORS_GROUP, OPERATE)
    taken: set[str] = set()
    for number, course in enumerate(page.courses):
        # A hub takes nothing but small letters in the name of a role.
        name = f"courseops-{course.lower()}"
        name = f"{name}-{number}" if name in taken else name
        taken.add(name)
        learners = learners_group(course)
        yield from _role(f"{name}-teach", teachers_group(course), f"{TEACH}!group={learners}")
        yield from _role(f"{name}-grade", graders_group(course), f"{GRADE}!group={learners}")
    yield "    ]"
    yield ")"


def _role(name: str, group: str, scope: str) -> Iterator[str]:
    yield "        {"
    yield f'            "name": {json.dumps(name)},'
    yield f'            "groups": [{json.dumps(group)}],'
    yield f'            "scopes": [{json.dumps(scope)}],'
    yield "        },"
