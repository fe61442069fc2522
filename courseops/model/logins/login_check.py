"""Judge how people log in at a hub: what is well, what is not, and the line that mends it.

Where the hub's own configuration was read, a finding is sure; else it says what courseops
cannot see, and the line that the hub must have.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from courseops.model.finding import Finding
from courseops.model.logins.judging import (
    HubSettings,
    Logins,
    Need,
    Release,
    fits,
    kind_of,
    needs_of,
    username_attribute,
    username_claim,
)

# It counts failed logins by what JupyterHub 6 no longer has (jupyterhub#5407).
_BREAKS_NATIVE: Release = (6, 0, 0)
_RESTART = "give the hub this line, and restart it: "
_MAKE_SURE = "make sure the hub has: "


def judge_logins(
    subject: str, authenticator: str, release: Release | None, logins: Logins | None
) -> Iterator[Finding]:
    """Judge a hub by its authenticator's dotted name, and by what is known of its logins."""
    name = authenticator.rpartition(".")[2]
    classes = logins.settings.classes if logins is not None and logins.settings else (name,)
    found = kind_of((name, *classes))
    if logins is None:
        yield _at_a_glance(subject, authenticator, found)
        yield from _warn_of_release(subject, found, release)
        return
    yield _judge_kind(subject, name, found, logins.kind)
    yield from _warn_of_passwords(subject, name, found)
    yield from _warn_of_release(subject, found, release)
    for need in needs_of(logins.kind, release):
        yield from _judge_need(subject, need, logins.settings)
    if logins.settings is not None:
        yield from _judge_names(subject, logins, logins.settings)
    yield from _judge_source(subject, name, logins)


def _warn_of_release(subject: str, found: str | None, release: Release | None) -> Iterator[Finding]:
    if found == "native" and release is not None and release >= _BREAKS_NATIVE:
        # It does not tell its version, so that a newer one, which may be mended, looks the same.
        yield Finding.warning(
            subject,
            "NativeAuthenticator up to 1.3.0 lets nobody in on JupyterHub 6: logins answer 500",
            "see that its release says it is for JupyterHub 6, or stay on 5.5",
        )


def _at_a_glance(subject: str, name: str, found: str | None) -> Finding:
    hub = subject.removeprefix("hub/")
    if found in {"native", "first-use"}:
        return Finding.warning(
            subject,
            f"{name} gives an account without a password to whoever signs up first",
            f"turn sign-up off (courseops doctor --hub-config {hub} says the lines), and let "
            f'courseops set first passwords: [hubs.{hub}.accounts] kind = "{found}"',
        )
    return next(
        _warn_of_passwords(subject, name, found),
        Finding.ok(subject, f"people log in through {name}"),
    )


def _judge_kind(subject: str, name: str, found: str | None, kind: str) -> Finding:
    if fits(kind, found):
        return Finding.ok(subject, f"people log in through {name}, as configured: {kind}")
    hub = subject.removeprefix("hub/")
    if found is not None:
        return Finding.problem(
            subject,
            f"people log in through {name}, which is not of the kind {kind}",
            f'in config.toml: [hubs.{hub}.accounts] kind = "{found}"',
        )
    return Finding.warning(
        subject,
        f"people log in through {name}, which courseops does not know; it is taken for {kind}",
        f"see that {name} does what {kind} does, or name the hub's own configuration: "
        f'[hubs.{hub}.accounts] hub_config = "/path/of/jupyterhub_config.py"',
    )


def _warn_of_passwords(subject: str, name: str, found: str | None) -> Iterator[Finding]:
    if found == "dummy":
        yield Finding.warning(
            subject,
            f"{name} lets anybody in under any name",
            "use an authenticator that knows who people are",
        )
    if found == "shared":
        yield Finding.warning(
            subject,
            f"with {name} all share one password, and anybody can be anybody",
            "keep it for a workshop; else use an authenticator that knows who people are",
        )


def _judge_need(subject: str, need: Need, settings: HubSettings | None) -> Iterator[Finding]:
    if settings is None:
        if not need.is_usual:
            yield Finding.warning(
                subject, f"courseops cannot see whether {need.right}", _MAKE_SURE + need.line
            )
    elif not need.holds(settings):
        yield Finding.problem(subject, need.wrong, _RESTART + need.line)
    elif not need.is_usual:
        yield Finding.ok(subject, need.right)


def _judge_names(subject: str, logins: Logins, settings: HubSettings) -> Iterator[Finding]:
    hub = subject.removeprefix("hub/")
    theirs = settings.says("username_pattern") or ""
    if theirs != logins.username_pattern:
        yield Finding.problem(
            subject,
            f"the hub's username_pattern is {theirs or 'not set'}; "
            f"in config.toml it is {logins.username_pattern or 'not set'}",
            f"in config.toml: [hubs.{hub}.accounts] username_pattern = {_toml(str(theirs))}",
        )
    names = settings.says("username_map")
    mapped = {str(a): str(b) for a, b in names.items()} if isinstance(names, dict) else {}
    if mapped != dict(logins.username_map):
        pairs = ", ".join(f"{_toml(a)} = {_toml(b)}" for a, b in mapped.items())
        yield Finding.problem(
            subject,
            "the hub's username_map is another than in config.toml",
            f"in config.toml: [hubs.{hub}.accounts] username_map = {{ {pairs} }}",
        )


def _judge_source(subject: str, name: str, logins: Logins) -> Iterator[Finding]:
    if logins.kind == "ldap" and logins.settings is not None:
        yield from _judge_attribute(subject, logins, username_attribute(logins.settings))
    if logins.kind in {"lti", "oauth"}:
        told = username_claim(logins.settings) if logins.settings is not None else None
        yield _judge_claim(subject, name, logins, told)


def _judge_attribute(subject: str, logins: Logins, told: str | None) -> Iterator[Finding]:
    others = sorted(it for it in logins.attributes if it.lower() != (told or "").lower())
    if told is not None and others:
        yield Finding.problem(
            subject,
            f"the hub has usernames from {told}, but rosters have them from {', '.join(others)}",
            "in config.toml, for each course of this hub: "
            f'[courses.ID.roster.ldap.attributes] username = "{told}"',
        )
    elif told is not None and logins.attributes:
        yield Finding.ok(subject, f"the hub and the rosters have usernames from {told}")


def _judge_claim(subject: str, name: str, logins: Logins, told: str | None) -> Finding:
    columns = ", ".join(sorted(logins.columns))
    if told is not None and told in _SAME and logins.columns == {_SAME[told]}:
        return Finding.ok(subject, f"usernames are the claim {told}, as in the rosters")
    line = claim_line(logins.kind, logins.columns, name)
    if told is None:
        what = "courseops cannot see which claim usernames are"
    else:
        what = (
            f"usernames are the claim {told}; the rosters have them from {columns or 'elsewhere'}"
        )
    return Finding.warning(subject, what, f"see that both give the same names, for example: {line}")


def claim_line(kind: str, columns: frozenset[str], name: str = "") -> str:
    """Give the line that says which claim becomes the username, as rosters have usernames."""
    if kind == "lti":
        owner = "LTI11Authenticator" if name.endswith("LTI11Authenticator") else _LTI
        return f'c.{owner}.username_key = "{_LTI_CLAIM[owner]}"'
    claim = "email" if columns == {"email"} else "preferred_username"
    return f'c.OAuthenticator.username_claim = "{claim}"'


def _toml(text: str) -> str:
    # TOML's basic strings are JSON's.
    return json.dumps(text, ensure_ascii=False)


_LTI = "LTI13Authenticator"
_LTI_CLAIM = {"LTI11Authenticator": "lis_person_contact_email_primary", _LTI: "email"}
# Which claim is what `username_from` of a roster calls so.
_SAME = {
    "email": "email",
    "lis_person_contact_email_primary": "email",
    "preferred_username": "username",
    "username": "username",
}
