"""What a configuration says of backups becomes what the actions need."""

from datetime import timedelta

import pytest

from courseops.adapters.memory.ambient import SilentProgress
from courseops.config import load_config
from courseops.config.writing import config_text
from courseops.errors import ConfigError
from courseops.wiring import Site
from courseops.wiring.backups import backup_ports, databases_of, looks_at_databases
from courseops.wiring.checks import checks
from courseops.wiring.jobs import job_action, jobs_of


@pytest.fixture
def configured(tmp_path):
    opened = []

    def configure(courses=None, **backup):
        (tmp_path / "secret").write_text("s")
        (tmp_path / "secret").chmod(0o600)
        section = {"repository": "r", "password": {"file": "secret"}, **backup}
        hub = {
            "url": "http://127.0.0.1:1",
            "token": {"file": "secret"},
            "homes": f"{tmp_path}/{{username}}",
        }
        hubs = {"campus": {**hub, "backup": section}, "bare": hub}
        text = config_text({}, hubs, courses or {})
        (tmp_path / "config.toml").write_text(text)
        config = load_config(tmp_path / "config.toml")
        opened.append(Site(config, actor="tester", progress=SilentProgress()))
        return opened[-1]

    yield configure
    for site in opened:
        site.close()


def names(site):
    return [it.name for it in databases_of(site, "campus")]


def test_gradebooks_of_the_hubs_courses_and_our_record_are_copied_unasked(configured):
    site = configured(
        courses={
            "py": {"hub": "campus", "folder": "py"},
            "paper": {"hub": "campus"},
            "elsewhere": {"hub": "bare", "folder": "elsewhere"},
        },
        databases=[{"name": "jupyterhub", "sqlite": "hub.sqlite"}],
    )

    assert names(site) == ["gradebook-py", "jupyterhub", "courseops"]


def test_two_databases_of_one_name_are_refused(configured):
    site = configured(databases=[{"name": "courseops", "sqlite": "hub.sqlite"}])

    with pytest.raises(ConfigError, match="would be called courseops"):
        names(site)


def test_doctor_looks_at_each_database_by_itself(configured):
    site = configured(databases=[{"name": "jupyterhub", "sqlite": "hub.sqlite"}])

    assert list(looks_at_databases(site, "campus")) == [
        "backup/campus/jupyterhub",
        "backup/campus/courseops",
    ]
    assert "backup/campus/jupyterhub" in {check.subject for check in checks(site)}


def test_the_rules_are_as_configured(configured):
    site = configured(
        learners_a_shard=10,
        largest_file_mb=3,
        stale_hours=5,
        append_only=True,
        keep={"daily": "7d"},
        still={"make": ["true"], "root": "still", "remove": ["true"]},
    )

    ports = backup_ports(site, "campus")

    assert ports.rules.per_shard == 10
    assert ports.rules.order("x").largest_bytes == 3_000_000
    assert ".cache" in ports.rules.order("x").exclude
    assert ports.rules.stale_after == timedelta(hours=5)
    assert (ports.rules.retention.daily, ports.rules.retention.within) == ("7d", "1d")
    assert ports.rules.append_only
    assert ports.still is not None


def test_a_hub_without_a_repository_says_what_to_add(configured):
    with pytest.raises(ConfigError, match="bare has no repository") as refused:
        backup_ports(configured(), "bare")
    assert "[hubs.bare.backup]" in refused.value.hint


def test_every_shipped_job_on_backups_is_for_the_hubs_that_have_a_repository(configured):
    site = configured(courses={"py": {"hub": "campus", "folder": "py"}, "off": {"hub": "bare"}})
    places = {
        name: job_action(site, job)[0]
        for name, job in jobs_of(site).items()
        if job.action.startswith(("backup", "deadline"))
    }

    on_hubs = {"nightly-backup", "weekly-check", "weekly-prune", "restore-drill", "home-drill"}
    assert places == {
        "deadline-snapshot": ["py"],
        **{name: ["campus"] for name in on_hubs},
    }
