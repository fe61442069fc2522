"""Which hubs have passwords that courseops may give."""

import pytest

from courseops.adapters.credentials.first_use import FirstUseCredentials
from courseops.adapters.credentials.native import NativeCredentials
from courseops.adapters.credentials.system import SystemCredentials
from courseops.config import AccountsSection, SecretReference
from courseops.errors import RefusedError
from courseops.model.logins.judging import HubSettings
from courseops.wiring.accounts import open_credentials

URL = "http://127.0.0.1:1"


def opened(**section):
    return open_credentials("campus", URL, AccountsSection(**section), homes="/home/{username}")


def test_a_hub_without_a_section_has_none():
    assert open_credentials("campus", URL, None) is None


@pytest.mark.parametrize("kind", ["ldap", "oauth", "lti", "dummy", "shared"])
def test_a_hub_that_asks_somebody_else_has_none(kind):
    assert opened(kind=kind) is None


def test_each_hub_that_keeps_its_own_has_them(tmp_path):
    file = tmp_path / "there is none yet"
    assert isinstance(opened(kind="native", file=file), NativeCredentials)
    url = SecretReference(file=file)
    assert isinstance(opened(kind="native", database=url), NativeCredentials)
    assert isinstance(opened(kind="first-use", file=file, python=file), FirstUseCredentials)
    assert isinstance(opened(kind="system"), SystemCredentials)


def test_a_first_use_hub_whose_configuration_nobody_read_is_taken_for_open(tmp_path):
    section = AccountsSection(kind="first-use", file=tmp_path / "x", python=tmp_path / "y")
    with pytest.raises(RefusedError):
        open_credentials("campus", URL, section).refuse_if_open()
    closed = HubSettings(classes=("FirstUseAuthenticator",), values={"create_users": False})
    open_credentials("campus", URL, section, settings=lambda: closed).refuse_if_open()
