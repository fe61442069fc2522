"""One JupyterHub through its REST API: accounts, groups, running servers, and no more.

`client` holds the verbs, `transport` the one HTTP client below them.
"""

from courseops.adapters.hub.client import JupyterHub
from courseops.adapters.hub.preflight import NEEDED_SCOPES

__all__ = ["NEEDED_SCOPES", "JupyterHub"]
