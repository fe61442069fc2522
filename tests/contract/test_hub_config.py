"""With the lines that `doctor --hub-config` prints, `doctor` finds no fault with a real hub."""

import pytest

from courseops.adapters.hub import NEEDED_SCOPES
from courseops.adapters.hub.preflight import ask_version
from courseops.adapters.hub.settings import read_settings
from courseops.adapters.hub.versions import parse_version
from courseops.demo.hub import LocalHub
from courseops.demo.visitor import Visitor
from courseops.errors import RefusedError
from courseops.model.finding import Level
from courseops.model.logins.hub_config import hub_config
from courseops.model.logins.judging import Logins
from courseops.model.logins.token_place import TokenPlace
from courseops.model.run import Status
from tests.support.hubs import PROGRAMS, client_of

pytestmark = pytest.mark.hub

PLACE = TokenPlace(called="file courseops.token")
# What LocalHub grants by itself is taken away, so that only the lines give anything.
NOTHING = """
c.JupyterHub.services = []
c.JupyterHub.load_roles = []
c.Authenticator.pop("allow_all", None)
"""
FIRST_USE = """
c.JupyterHub.authenticator_class = "firstuseauthenticator.FirstUseAuthenticator"
c.FirstUseAuthenticator.dbm_path = $folder + "/passwords"
"""
NATIVE = 'c.JupyterHub.authenticator_class = "native"\n'


def lines(version, logins):
    return hub_config(
        hub="campus",
        version=version,
        release=parse_version(version),
        scopes=NEEDED_SCOPES,
        token=PLACE,
        logins=logins,
    ).text


def hub_with(folder, release, more):
    local = LocalHub(folder, programs=PROGRAMS[release], more_config=NOTHING + more)
    local.folder.mkdir(parents=True, exist_ok=True)
    (local.folder / "courseops.token").write_text(f"{local.token}\n")
    return local


def seen(local, release, kind):
    file = local.folder / "jupyterhub_config.py"
    return Logins(kind=kind, settings=read_settings(str(PROGRAMS[release] / "jupyterhub"), file))


def faults(findings):
    return [finding for finding in findings if finding.level is Level.PROBLEM]


@pytest.mark.parametrize("release", PROGRAMS)
def test_a_hub_whose_role_comes_from_the_lines_alone_is_well(release, start_hub, tmp_path):
    version = ask_version(start_hub(release).url)
    kind = "dummy" if release == "4" else "shared"

    with hub_with(tmp_path / "hub", release, lines(version, Logins(kind=kind))) as local:
        hub = client_of(local)
        findings = hub.preflight(seen(local, release, kind))
        assert not faults(findings)
        granted = ", ".join(NEEDED_SCOPES)
        assert f"the token has {granted}" in [it.what for it in findings]
        # The lines hold no right beyond need.
        assert not any("more than courseops needs" in it.what for it in findings)

        assert [it.status for it in hub.create_users(["ada"])] == [Status.DONE]
        log_in(local, "ada")
        if kind == "shared":
            with pytest.raises(RefusedError):
                log_in(local, "stranger")


def test_without_the_lines_an_account_opens_nothing_and_doctor_says_so(tmp_path):
    role = lines("4.1.6", None)

    with hub_with(tmp_path / "hub", "6", role) as local:
        hub = client_of(local)
        hub.create_users(["ada"])
        with pytest.raises(RefusedError):
            log_in(local, "ada")
        found = faults(hub.preflight(seen(local, "6", "shared")))

    assert ["c.Authenticator.allow_existing_users = True" in it.to_do for it in found] == [True]


@pytest.mark.parametrize(("kind", "config"), [("native", NATIVE), ("first-use", "")])
def test_a_hub_that_keeps_passwords_is_closed_to_strangers_by_the_lines(kind, config, tmp_path):
    folder = tmp_path / "hub"
    config = config or FIRST_USE.replace("$folder", repr(str(folder)))
    more = config + lines("6.1.1", Logins(kind=kind))

    with hub_with(folder, "6", more) as local:
        assert not faults(client_of(local).preflight(seen(local, "6", kind)))
        with pytest.raises(RefusedError):
            log_in(local, "stranger")
        assert not [user for user in client_of(local).users() if user.name == "stranger"]


@pytest.mark.parametrize(("kind", "config"), [("native", NATIVE), ("first-use", "")])
def test_a_hub_that_is_open_to_strangers_is_a_problem(kind, config, tmp_path):
    folder = tmp_path / "hub"
    config = config or FIRST_USE.replace("$folder", repr(str(folder)))

    with hub_with(folder, "6", config + lines("6.1.1", None)) as local:
        found = faults(client_of(local).preflight(seen(local, "6", kind)))

    assert "stranger" in found[0].what


def log_in(local, username):
    with Visitor(local.url, username, local.password) as visitor:
        visitor.log_in()
