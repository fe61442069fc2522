"""One JupyterHub through its REST API: accounts, groups, running servers, and no more.

`client` holds the verbs, `transport` the one HTTP client below them; `settings` alone reads no API
but the hub's own configuration.
"""

from courseops.adapters.hub.client import JupyterHub
from courseops.adapters.hub.preflight import NEEDED_SCOPES

__all__ = ["NEEDED_SCOPES", "JupyterHub"]
