"""What a hub takes for a single-user server: it answers, and that is all it does.

The hubs of old releases have no notebook server beside them; what is asked of them is only
that they start something and stop it again.
"""

import os
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlsplit


class Door(BaseHTTPRequestHandler):
    """Says that somebody is there."""

    def do_GET(self) -> None:
        """Answer whatever is asked."""
        self.send_response(200)
        self.send_header("X-JupyterHub-Version", os.environ.get("COURSEOPS_HUB_VERSION", ""))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


if __name__ == "__main__":
    place = urlsplit(os.environ["JUPYTERHUB_SERVICE_URL"])
    HTTPServer((place.hostname or "127.0.0.1", place.port or 0), Door).serve_forever()
