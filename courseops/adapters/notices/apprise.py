"""Tell by anything that Apprise knows: pagers, chats, text messages; an extra of its own.

Apprise says of a message only whether it went, and why in a log that may hold what is secret in
an address: so nothing of that is repeated. https://github.com/caronc/apprise
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

from courseops.adapters.notices.deadline import within
from courseops.adapters.notices.words import plain, words_of
from courseops.errors import ConfigError, CourseOpsError, UnreachableError
from courseops.model.finding import Finding
from courseops.model.language import Language
from courseops.model.notice import Notice

DEADLINE_SECONDS = 30.0
# What they log holds addresses, and so what is secret in them.
_TALKATIVE = ("apprise", "urllib3")


class AppriseNotifier:
    """
    One service, by the address that Apprise has for it; `url` is fetched when it is needed.

    `name` is what the way is called in the configuration, `deadline_seconds` bounds all of it.
    """

    def __init__(
        self,
        *,
        name: str,
        url: Callable[[], str],
        language: Language,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self._name = name
        self._url = url
        self._language = language
        self._deadline_seconds = deadline_seconds

    def tell(self, notice: Notice) -> None:
        """
        Hand the notice to the service; return only when that has taken it.

        Raises:
            CourseOpsError: Apprise is not there, does not know the address, or it did not go.
        """
        service, _ = self._service()
        words = words_of(notice, self._language)
        title, body = plain(words.subject), plain(words.text).strip()
        try:
            went = within(
                self._deadline_seconds,
                lambda: service.notify(title=title, body=body, body_format="text"),
            )
        except TimeoutError as error:
            raise self._not_taken() from error
        if not went:
            raise self._not_taken()

    def look(self) -> Iterator[Finding]:
        """Read the address; whether it works shows only when somebody is told something."""
        _, kind = self._service()
        yield Finding.ok(f"notices/{self._name}", f"{kind}, by Apprise; nothing was sent")

    def _service(self) -> tuple[Any, str]:
        """Give Apprise with the service, and what kind of service it is."""
        try:
            import apprise  # noqa: PLC0415 -- an extra, and slow to load
        except ImportError as error:
            raise ConfigError(
                f"Apprise is not installed, by which {self._name} would tell people",
                hint='pip install "courseops[apprise]", or take it out of [site.notices.apprise]',
            ) from error
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        asset = apprise.AppriseAsset(app_id="courseops", app_desc="courseops", app_url="")
        found = apprise.Apprise(asset=asset)
        if not found.add(self._url()):
            raise ConfigError(
                f"the address of {self._name} is none that Apprise knows",
                hint="see its list of services, and what each address looks like: "
                "https://github.com/caronc/apprise/wiki",
            )
        return found, str(found[0].service_name)

    def _not_taken(self) -> CourseOpsError:
        return UnreachableError(
            f"{self._name} did not take a notice",
            hint="is its address in [site.notices.apprise] right, and does this machine reach it? "
            "Apprise's own command says why: apprise -vv -b test --config=FILE",
        )
