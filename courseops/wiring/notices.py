"""The ways to tell people, from the configuration; adapters are imported where they are opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from courseops.config import MailSection, SecretReference, WebhookSection
from courseops.model.finding import Finding
from courseops.ports.notices import Notifier
from courseops.wiring.secrets import secret_of
from courseops.wiring.site import Site

if TYPE_CHECKING:
    from courseops.adapters.notices.apprise import AppriseNotifier
    from courseops.adapters.notices.mail import MailNotifier
    from courseops.adapters.notices.webhook import WebhookNotifier

    _Way = AppriseNotifier | MailNotifier | WebhookNotifier


def open_notifier(site: Site) -> Notifier:
    """Give whoever tells people; where nothing is configured, it tells nobody."""
    from courseops.adapters.notices.several import SeveralNotifiers  # noqa: PLC0415

    return SeveralNotifiers(_ways(site))


def ways_to_tell(site: Site) -> Mapping[str, Notifier]:
    """Give each way to tell people by what it is called."""
    return _ways(site)


def names_of_ways(site: Site) -> tuple[str, ...]:
    """Name the ways to tell people, without opening any."""
    notices = site.config.site.notices
    return notices.ways if notices else ()


def looks_at_notices(site: Site) -> dict[str, Callable[[], Iterator[Finding]]]:
    """Give, for `doctor`, a look at each configured way by its subject; none tells anything."""
    looks = {f"notices/{name}": way.look for name, way in _ways(site).items()}
    return looks or {"notices": _look_for_a_way}


def _look_for_a_way() -> Iterator[Finding]:
    yield Finding.warning(
        "notices",
        "nobody is told when something goes wrong",
        "say in [site.notices] whom, by mail or otherwise; until then, look at courseops status",
    )


def _ways(site: Site) -> dict[str, _Way]:
    notices = site.config.site.notices
    ways: dict[str, _Way] = {}
    if notices and notices.mail:
        ways["mail"] = _mail(site, notices.mail)
    if notices and notices.webhook:
        ways["webhook"] = _webhook(site, notices.webhook)
    for name, url in (notices.apprise if notices else {}).items():
        ways[name] = _apprise(site, name, url)
    return ways


def _mail(site: Site, section: MailSection) -> MailNotifier:
    from courseops.adapters.notices.mail import Login, MailNotifier  # noqa: PLC0415

    login = None
    if section.username and section.password:
        login = Login(username=section.username, password=secret_of(section.password))
    return MailNotifier(
        host=section.host,
        port=section.port,
        security=section.security,
        sender=section.sender,
        to=section.to,
        language=site.config.site.language,
        clock=site.journal.clock,
        login=login,
        ca_file=section.ca_file,
    )


def _webhook(site: Site, section: WebhookSection) -> WebhookNotifier:
    from courseops.adapters.notices.webhook import WebhookNotifier  # noqa: PLC0415

    return WebhookNotifier(
        url=section.url,
        language=site.config.site.language,
        token=secret_of(section.token) if section.token else None,
    )


def _apprise(site: Site, name: str, url: SecretReference) -> AppriseNotifier:
    from courseops.adapters.notices.apprise import AppriseNotifier  # noqa: PLC0415

    return AppriseNotifier(name=name, url=secret_of(url), language=site.config.site.language)
