"""`courseops web`: the pages on which people look and act, as a service of each hub."""

from __future__ import annotations

from functools import partial

from rich.console import Console

from courseops.adapters.service_manager import SystemdManager
from courseops.cli.frame import Document, Frame, command
from courseops.cli.logs import configure_logs, hear_libraries
from courseops.cli.root import cli
from courseops.config import load_config
from courseops.events import say_everywhere
from courseops.web.serving import PagesServed, serve_pages


@command(cli, "web", document=Document("web", PagesServed))
def web(frame: Frame) -> None:
    """
    Serve the pages of every hub that has a section for them, until it is told to end.

    A section is [hubs.NAME.web]. People reach the page from their hub's own menu, and log in by
    their hub. SIGTERM and Ctrl-C leave a minute to what somebody sent off from a page. SIGHUP reads
    config.toml and the secrets anew; what is not valid is said and changes nothing.
    """
    configure_logs(verbose=True)
    hear_libraries()
    say_everywhere(action="web")
    manager = SystemdManager.of_this_process()
    served = serve_pages(partial(load_config, frame.config_path), manager)

    def text(console: Console) -> None:
        console.print("ended", markup=False, highlight=False)

    frame.show(served, text)
