"""A hub's own configuration is read by the hub's own program, without touching the hub."""

import sys
from pathlib import Path

import pytest

from courseops.adapters.hub.settings import read_settings
from courseops.errors import CourseOpsError, RefusedError, UnreachableError
from courseops.model.logins.judging import lets_existing_in, username_attribute
from tests.support.hubs import PROGRAMS

SECRET = "feed" * 16
HEAD = f"""
import ssl
from pathlib import Path

print("a configuration may print", {SECRET!r})
c.JupyterHub.services = [{{"name": "x", "api_token": {SECRET!r}}}]
c.JupyterHub.db_url = "sqlite:///" + str(Path(__file__).with_name("hub.sqlite"))
"""
LDAP = """
c.JupyterHub.authenticator_class = "ldapauthenticator.LDAPAuthenticator"
c.Authenticator.allowed_users.add("ada")
c.Authenticator.username_map.update({"Ada.L": "ada"})
c.Authenticator.username_pattern = r"^[a-zé]+$"
c.LDAPAuthenticator.manage_groups = True
c.LDAPAuthenticator.bind_dn_template = ["uid={username},ou=people"]
c.LDAPAuthenticator.lookup_dn_search_password = "hunter2"
c.LDAPAuthenticator.tls_kwargs.update(
    {"validate": ssl.CERT_REQUIRED, "local_private_key_password": "hunter2"}
)
"""
OWN = """
from jupyterhub.auth import DummyAuthenticator

class CampusLogin(DummyAuthenticator):
    pass

c.JupyterHub.authenticator_class = CampusLogin
c.Authenticator.manage_groups = False
c.DummyAuthenticator.manage_groups = False
c.CampusLogin.manage_groups = True
c.LDAPAuthenticator.lookup_dn = True
"""


def write(folder, text):
    file = folder / "jupyterhub_config.py"
    file.write_text(text, encoding="utf-8")
    return file


def lying_program(folder, text):
    program = folder / "jupyterhub"
    program.write_text(f"#!{sys.executable}\n{text}\n")
    program.chmod(0o700)
    return str(program)


@pytest.fixture(params=[pytest.param(release, marks=pytest.mark.hub) for release in PROGRAMS])
def program(request, require):
    found = PROGRAMS[request.param] / "jupyterhub"
    require(f"JupyterHub {request.param}", found.exists())
    return str(found)


def test_what_is_set_is_read_even_where_the_authenticators_package_is_missing(program, tmp_path):
    said = read_settings(program, write(tmp_path, HEAD + LDAP))

    assert said.classes[0] == "LDAPAuthenticator"
    assert lets_existing_in(said)
    assert username_attribute(said) == "uid"
    assert said.values == {
        "allowed_users": ["ada"],
        "bind_dn_template": ["uid={username},ou=people"],
        "manage_groups": True,
        "tls_kwargs.validate": 2,
        "username_map": {"Ada.L": "ada"},
        "username_pattern": "^[a-zé]+$",
    }


def test_nothing_of_the_hub_is_opened_and_no_secret_is_kept(program, tmp_path):
    said = read_settings(program, write(tmp_path, HEAD + LDAP))

    assert [path.name for path in tmp_path.iterdir()] == ["jupyterhub_config.py"]
    assert SECRET not in repr(said)
    assert "hunter2" not in repr(said)


def test_the_nearest_class_has_the_last_word_and_strangers_have_none(program, tmp_path):
    said = read_settings(program, write(tmp_path, HEAD + OWN))

    assert said.classes[:3] == ("CampusLogin", "DummyAuthenticator", "Authenticator")
    assert said.values == {"manage_groups": True}


def test_a_hub_that_names_no_authenticator_has_that_of_the_system(program, tmp_path):
    said = read_settings(program, write(tmp_path, HEAD))

    assert said.classes[:2] == ("PAMAuthenticator", "LocalAuthenticator")
    assert said.values == {}


@pytest.mark.parametrize(
    ("fault", "saying"),
    [
        ("import os; os.environ['OAUTH_SECRET']", r"line 8: KeyError \(OAUTH_SECRET\)"),
        ("import no_such_package", r"line 8: ModuleNotFoundError \(no_such_package\)"),
        (f"raise RuntimeError({SECRET!r})", "line 8: RuntimeError"),
        ("import sys; sys.exit(0)", "line 8: SystemExit"),
        ("c.JupyterHub.(", "line 8: SyntaxError"),
    ],
)
@pytest.mark.hub
def test_a_configuration_that_fails_says_where_and_keeps_its_secrets(tmp_path, fault, saying):
    file = write(tmp_path, f"{HEAD}{fault}\n")

    with pytest.raises(RefusedError, match=saying) as failed:
        read_settings(str(PROGRAMS["6"] / "jupyterhub"), file)

    assert str(file) in str(failed.value)
    assert SECRET not in f"{failed.value}{failed.value.hint}{failed.value.__cause__}"


def test_a_program_that_does_not_end_is_stopped(tmp_path):
    slow = lying_program(tmp_path, "import time; time.sleep(600)")

    with pytest.raises(UnreachableError, match="did not finish"):
        read_settings(slow, write(tmp_path, HEAD), timeout_seconds=0.5)


@pytest.mark.parametrize(
    "text",
    [
        f"print({SECRET!r})",
        "print('courseops-hub-settings [')",
        "print('courseops-hub-settings {\"classes\": 1}')",
    ],
)
def test_a_program_that_is_no_hub_is_told_apart_without_showing_what_it_said(tmp_path, text):
    with pytest.raises(RefusedError, match="did not say") as failed:
        read_settings(lying_program(tmp_path, text), write(tmp_path, HEAD))

    assert SECRET not in f"{failed.value}{failed.value.hint}"


def test_a_missing_program_and_a_missing_file_are_told_apart(tmp_path):
    with pytest.raises(CourseOpsError, match="nowhere is not here"):
        read_settings(str(tmp_path / "nowhere"), write(tmp_path, HEAD))
    with pytest.raises(CourseOpsError, match=r"other\.py cannot be read"):
        read_settings("jupyterhub", Path(tmp_path / "other.py"))
