"""Apprise, to a real web address: what it is told, and nothing of the address anywhere."""

import logging
import sys

import pytest

from courseops.errors import ConfigError, UnreachableError
from courseops.model.finding import Level
from tests.support.notices import NOBODYS_PORT, SECRET_PATH, dripping, held


def test_a_subject_and_a_text_arrive_in_the_schools_language(pager):
    pager.notifier(language="fr").tell(held())
    ((_, document),) = pager.hook.posted
    assert document["title"] == "École du Lac : la liste de python101 attend votre décision"
    assert "chacun garde ce qu’il a" in document["message"]


def test_no_name_calls_everybody_or_links_to_anything(pager):
    pager.notifier().tell(held(reasons=("<!channel> @all **bold** &amp; \\n",)))
    (told,) = pager.told()
    assert "<" not in told
    assert "@all" not in told
    assert "**bold** &amp; \\n" in told


def test_an_address_that_does_not_take_it_is_an_error(pager):
    pager.hook.status = 500
    with pytest.raises(UnreachableError, match="pager did not take"):
        pager.notifier().tell(held())


def test_an_address_that_drips_its_answer_is_not_listened_to_for_ever(pager):
    with dripping(b"HTTP/1.1 200 OK\r\nX: ") as port:
        notifier = pager.notifier(url=lambda: f"json://127.0.0.1:{port}/", deadline_seconds=0.3)
        with pytest.raises(UnreachableError):
            notifier.tell(held())


@pytest.mark.parametrize("url", ["nonsense", "", "mailto://"])
def test_an_address_that_apprise_does_not_know_is_a_mistake_in_the_configuration(pager, url):
    with pytest.raises(ConfigError, match="address of pager is none"):
        pager.notifier(url=lambda: url).tell(held())


def test_nothing_of_the_address_is_said_or_logged(pager, caplog):
    caplog.set_level(logging.DEBUG)
    pager.hook.status = 500
    with pytest.raises(UnreachableError) as said:
        pager.notifier().tell(held())
    with pytest.raises(UnreachableError) as silent:
        pager.notifier(url=lambda: f"json://127.0.0.1:{NOBODYS_PORT}{SECRET_PATH}").tell(held())
    errors = [(it.value, it.value.hint, it.value.__cause__) for it in (said, silent)]
    assert SECRET_PATH not in repr(errors)
    assert SECRET_PATH.rpartition("/")[2] not in caplog.text


def test_a_look_reads_the_address_and_sends_nothing(pager):
    (finding,) = pager.notifier().look()
    assert finding.level is Level.OK
    assert SECRET_PATH not in repr(finding)
    assert not pager.hook.posted


def test_without_apprise_the_hint_says_how_to_have_it(pager, monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(ConfigError) as said:
        pager.notifier().tell(held())
    assert "courseops[apprise]" in said.value.hint
