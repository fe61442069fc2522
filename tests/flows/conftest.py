from tests.support.accounts import as_root, door, new_name  # noqa: F401
from tests.support.backup import empty_restic  # noqa: F401
from tests.support.browser import chromium, open_window  # noqa: F401
from tests.support.command import desk  # noqa: F401
from tests.support.daemons import keeper  # noqa: F401
from tests.support.dockerd import dockerd, running_dockerd  # noqa: F401
from tests.support.hubs import fresh, start_hub  # noqa: F401
from tests.support.notices import certificates, hook  # noqa: F401
from tests.support.postgres import postgres  # noqa: F401
from tests.support.school import open_pages, school, sit_down  # noqa: F401
from tests.support.service import service  # noqa: F401
from tests.support.slapd import slapd  # noqa: F401
