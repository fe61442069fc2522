"""People are told by the installed command, through a real mail server and a real web address."""

import pytest

from courseops.model.run import Ending
from tests.support.daemons import wait_for
from tests.support.notices import PASSWORD, USERNAME, running_mail_server

pytestmark = pytest.mark.xdist_group("daemons")

SAMPLE = "usage-sample"
NOBODY = "http://127.0.0.1:1"


def configure(keeper, notices, url=NOBODY, token="unused", **site):
    keeper.desk.write("campus.token", token, mode=0o600)
    keeper.desk.write("mail.password", PASSWORD, mode=0o600)
    hub = {"url": url, "token": {"file": "campus.token"}}
    keeper.desk.configure(hubs={"campus": hub}, name="École du Lac", notices=notices, **site)
    keeper.configure()
    keeper.define(SAMPLE, SAMPLE)


def mail(port, certificates):
    return {
        "host": "127.0.0.1",
        "port": port,
        "ca_file": str(certificates / "ca.pem"),
        "username": USERNAME,
        "password": {"file": "mail.password"},
        "sender": "courseops@example.org",
        "to": ["ops@example.org"],
    }


@pytest.mark.hub
def test_a_hub_and_a_mail_server_that_were_down_are_one_mail_and_one_recovery(
    keeper, certificates, start_hub
):
    with running_mail_server(certificates, "starttls") as server:
        port = server.port
    configure(keeper, {"mail": mail(port, certificates)})
    for _ in range(2):
        ran = keeper.desk.run("job", "run", SAMPLE)
        assert ran.code == 3
        assert "notice was not taken" in ran.err
    assert {it.scope for it in keeper.store.alerts.open()} == {"hub/campus", "notices/mail"}

    with running_mail_server(certificates, "starttls", port) as server:
        daemon = keeper.daemon()
        wait_for(lambda: server.mails)
        assert keeper.desk.run("job", "run", SAMPLE).code == 3
        hub = start_hub("6")
        configure(keeper, {"mail": mail(port, certificates)}, hub.url, hub.tokens["courseops"])
        assert keeper.desk.run("job", "run", SAMPLE).code == 0
        wait_for(lambda: len(server.mails) > 1)
        wait_for(lambda: not keeper.store.alerts.open())
        assert daemon.end() == 0
    began, ended = server.mails
    assert began["Subject"].startswith("École du Lac: hub/campus: hub campus does not answer")
    assert "Jobs that met it: usage-sample" in began.get_content()
    assert ended["Subject"].startswith("École du Lac: over: hub/campus: ")


def test_the_password_of_the_mail_server_is_in_no_log(keeper, certificates):
    with running_mail_server(certificates, "starttls") as server:
        configure(keeper, {"mail": mail(server.port, certificates)})
        keeper.miss(SAMPLE)
        daemon = keeper.daemon()
        keeper.run_of(SAMPLE, Ending.INCOMPLETE)
        assert daemon.end() == 0
    logs = [daemon.log, *(keeper.desk.folder / "state" / "logs").iterdir()]
    assert all(PASSWORD not in log.read_text() for log in logs)


def test_a_way_that_a_job_file_names_must_be_there(keeper):
    configure(keeper, {})
    with (keeper.jobs / f"{SAMPLE}.toml").open("a") as file:
        file.write('notify = { problem = ["pager"] }\n')
    looked = keeper.desk.run("job", "list")
    assert looked.code == 10
    assert "usage-sample.toml: notify.problem: pager is not in config.toml" in looked.err
