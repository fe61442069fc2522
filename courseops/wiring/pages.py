"""What `doctor` looks at of a hub's page: its service, its way in, and who could listen in."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from courseops.adapters.hub.login import HubLogin
from courseops.adapters.hub.transport import is_loopback
from courseops.config import Config, WebSection
from courseops.errors import ConfigError, CourseOpsError
from courseops.model.finding import Finding
from courseops.wiring.secrets import read_secret
from courseops.wiring.site import Site


def open_login(config: Config, hub: str, section: WebSection) -> HubLogin:
    """
    Open the way in of a hub's page; whoever opens it closes it.

    Raises:
        ConfigError: the page's secret cannot be read.
    """
    there = config.hubs[hub]
    return HubLogin(
        name=hub,
        url=there.url,
        service=section.service,
        secret=read_secret(section.secret),
        verify=there.ca_file or True,
        host=section.host or "",
    )


def is_safe(config: Config, hub: str, section: WebSection) -> bool:
    """Say whether people reach a hub's page by https."""
    return (section.host or config.hubs[hub].url).startswith("https:")


def hubs_with_page(config: Config) -> dict[str, WebSection]:
    """
    Give the sections of the hubs that have a page, by hub.

    Raises:
        ConfigError: two of them are to answer at one address.
    """
    wanted = {name: hub.web for name, hub in sorted(config.hubs.items()) if hub.web is not None}
    listens = [section.listen for section in wanted.values()]
    for listen in listens:
        if listens.count(listen) > 1:
            raise ConfigError(
                f"two hubs have their page at {listen}", hint="give each a port of its own"
            )
    return wanted


def look_at_page(site: Site, name: str) -> Iterator[Finding]:
    """
    Look at one hub's page, also through the hub, as far as that can be done without logging in.

    Raises:
        CourseOpsError: its secret cannot be read, or the hub does not answer or know it.
    """
    subject = f"web/{name}"
    section = hubs_with_page(site.config)[name]
    yield from _dangers(site, name, section)
    with open_login(site.config, name, section) as login:
        login.insist_on_service()
        yield Finding.ok(subject, f"the hub knows the service {section.service} by its secret")
        try:
            login.insist_on_page()
        except CourseOpsError as error:
            yield Finding.problem(subject, str(error), error.hint)
        else:
            yield Finding.ok(subject, f"the page is at {login.prefix}/ of the hub")


def _dangers(site: Site, name: str, section: WebSection) -> Iterator[Finding]:
    subject = f"web/{name}"
    url = section.host or site.config.hubs[name].url
    if not url.startswith("https:") and not is_loopback(urlsplit(url).hostname or ""):
        yield Finding.warning(
            subject,
            "people reach the page without TLS: who is in between reads and changes what they do, "
            "and scripts of learners' servers cannot be told from people",
            f"give the hub a certificate, and set hubs.{name}.url to its https address",
        )
    if section.host is None:
        yield Finding.ok(
            subject,
            "learners' servers share the page's origin, unless the hub has subdomain_host: "
            "docs/explanation/page-safety.md says what only that defends",
        )
    if section.rights == "roster" and not section.operators:
        yield Finding.warning(
            subject,
            "nobody looks after backups and runs on it",
            f"name them in hubs.{name}.web.operators",
        )
