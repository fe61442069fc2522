"""What the configuration says of telling people: which ways, when, and how a job's places read."""

from datetime import time

import pytest

from courseops.adapters.memory.ambient import SilentProgress
from courseops.adapters.notices.apprise import AppriseNotifier
from courseops.config import load_config
from courseops.config.writing import config_text
from courseops.errors import ConfigError
from courseops.wiring import Site
from courseops.wiring.notices import looks_at_notices, ways_to_tell
from courseops.wiring.telling import Telling, tell_people

URL = "json://127.0.0.1:1/secret"


def site_of(folder, **notices):
    (folder / "pager.url").touch(mode=0o600)
    (folder / "pager.url").write_text(URL)
    config = folder / "config.toml"
    config.write_text(config_text({"name": "École", "notices": notices}, {}, {}))
    return Site(load_config(config), actor="tester", progress=SilentProgress())


def test_each_way_has_its_name_and_apprise_as_many_as_are_wanted(tmp_path):
    apprise = {name: {"file": "pager.url"} for name in ("pager", "chat")}
    site = site_of(tmp_path, webhook={"url": "https://chat.example.org/x"}, apprise=apprise)
    ways = ways_to_tell(site)
    assert tuple(ways) == site.config.site.notices.ways == ("webhook", "pager", "chat")
    assert isinstance(ways["pager"], AppriseNotifier)
    assert set(looks_at_notices(site)) == {"notices/webhook", "notices/pager", "notices/chat"}
    (found,) = looks_at_notices(site)["notices/pager"]()
    assert "secret" not in repr(found)


@pytest.mark.parametrize(
    ("notices", "complaint"),
    [
        ({"quiet_hours": "22-7"}, r"notices.quiet_hours: must be two times of day"),
        ({"quiet_hours": "25:00-07:00"}, "notices.quiet_hours: hour must be in"),
        ({"quiet_hours": "07:00-07:00"}, "must begin and end at different times"),
        ({"reminder_days": ["1"]}, "notices.reminder_days"),
        ({"apprise": {"mail": {"file": "pager.url"}}}, "a way called mail"),
        ({"apprise": {"pager": URL}}, "notices.apprise.pager"),
    ],
)
def test_what_makes_no_sense_is_said(tmp_path, notices, complaint):
    with pytest.raises(ConfigError) as said:
        site_of(tmp_path, **notices)
    assert complaint in " ".join(said.value.problems)


def test_the_hours_and_days_are_those_of_the_configuration(tmp_path):
    site = site_of(tmp_path, quiet_hours="20:30-07:00", reminder_days=["fri"])
    peace = Telling(site)._peace
    assert peace.hours == (time(20, 30), time(7))
    assert peace.reminder_days == {"fri"}
    assert peace.zone == site.time_zone


def test_the_daemons_trouble_reaches_people_once_and_is_over_once(tmp_path, hook):
    site = site_of(tmp_path, webhook={"url": f"http://127.0.0.1:{hook.port}/x"})
    telling = Telling(site)
    for _ in range(2):
        telling.tell("daemon on host", {"reload": "jobs/x.toml: action: is missing"})
    telling.tell("daemon on host", {})
    began, ended = hook.told()
    assert "daemon on host" in began
    assert "reload: jobs/x.toml: action: is missing" in began
    assert "over" in ended
    site.close()


def test_without_any_way_nothing_fails(tmp_path):
    site = site_of(tmp_path)
    tell_people(site)
    site.close()
