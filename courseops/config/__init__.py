"""config.toml (+ courses.d/*.toml) → frozen models; every problem at once.

`sections` says what can be configured, `reading` turns files into it, `writing` makes a commented
file from the same models. Secrets are references here; `adapters/secrets.py` fetches them.
"""

from courseops.config.accounts import AccountsSection
from courseops.config.backups import BackupSection, CopySection, DatabaseSection, RetentionSection
from courseops.config.basis import SecretReference
from courseops.config.collecting import CollectSection, NgshareSection
from courseops.config.daemon import DaemonSection
from courseops.config.directories import LdapSection, SelectionSection
from courseops.config.grading import TRUSTED, AssignmentSection, GradingSection
from courseops.config.notices import MailSection, NoticesSection, WebhookSection
from courseops.config.reading import load_config
from courseops.config.rosters import NamedSourceSection, RosterSection, SourceSection
from courseops.config.sections import (
    Config,
    CourseSection,
    GuardSection,
    HubSection,
    SiteSection,
)
from courseops.config.volumes import VolumesSection
from courseops.config.web import WebSection

__all__ = [
    "TRUSTED",
    "AccountsSection",
    "AssignmentSection",
    "BackupSection",
    "CollectSection",
    "Config",
    "CopySection",
    "CourseSection",
    "DaemonSection",
    "DatabaseSection",
    "GradingSection",
    "GuardSection",
    "HubSection",
    "LdapSection",
    "MailSection",
    "NamedSourceSection",
    "NgshareSection",
    "NoticesSection",
    "RetentionSection",
    "RosterSection",
    "SecretReference",
    "SelectionSection",
    "SiteSection",
    "SourceSection",
    "VolumesSection",
    "WebSection",
    "WebhookSection",
    "load_config",
]
