"""`courseops daemon`: run the jobs when they are due."""

from __future__ import annotations

import platform
from contextlib import closing

from rich.console import Console

from courseops.adapters.service_manager import SystemdManager
from courseops.cli.frame import Document, Frame, command
from courseops.cli.logs import configure_logs, hear_libraries
from courseops.cli.progress import LoggedProgress
from courseops.cli.root import cli
from courseops.cli.tables import local
from courseops.config import load_config
from courseops.daemon.serving import Served, Service
from courseops.events import say_everywhere
from courseops.wiring import Site


@command(cli, "daemon", document=Document("daemon", Served))
def daemon(frame: Frame) -> None:
    """
    Run the jobs when they are due, until it is told to end.

    SIGTERM and Ctrl-C let what runs end in time, then stop it; the next daemon goes on with it.
    SIGHUP reads config.toml and the jobs anew; what is not valid is said and changes nothing.
    A second daemon on the same state folder stands by until the first is gone.
    """
    configure_logs(verbose=True)
    hear_libraries()
    say_everywhere(action="daemon")
    actor = f"daemon on {platform.node()}"

    def load() -> Site:
        # Not one that is kept until the command ends: each reload opens another.
        config = load_config(frame.config_path)
        return Site(config, actor=actor, progress=LoggedProgress())

    with closing(Service(load, actor, SystemdManager.of_this_process())) as service:
        served = service.serve()
        zone = service.site.time_zone

    def text(console: Console) -> None:
        since = local(served.started_at, zone)
        console.print(f"ran {served.runs} since {since}", markup=False, highlight=False)

    frame.show(served, text)
