"""Config → adapters; the only rooms that know both.

`site` opens adapters, `checks` says what `doctor` looks at, `jobs` which actions a job may name.
"""

from courseops.wiring.site import Site, actor_name

__all__ = ["Site", "actor_name"]
