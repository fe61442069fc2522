"""config.toml (+ courses.d/*.toml) → frozen models; every problem at once.

`sections` says what can be configured, `reading` turns files into it, `writing` makes a commented
file from the same models. Secrets are references here; `adapters/secrets.py` fetches them.
"""

from courseops.config.basis import SecretReference
from courseops.config.directories import LdapSection, SelectionSection
from courseops.config.reading import load_config
from courseops.config.sections import (
    BackupSection,
    Config,
    CourseSection,
    GuardSection,
    HubSection,
    RosterSection,
    SiteSection,
)

__all__ = [
    "BackupSection",
    "Config",
    "CourseSection",
    "GuardSection",
    "HubSection",
    "LdapSection",
    "RosterSection",
    "SecretReference",
    "SelectionSection",
    "SiteSection",
    "load_config",
]
