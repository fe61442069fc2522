from tests.support.backup import empty_restic, homes, restic  # noqa: F401
from tests.support.command import desk  # noqa: F401
from tests.support.daemons import keeper  # noqa: F401
from tests.support.faults import backed_up, site  # noqa: F401
from tests.support.journal import clock, journal  # noqa: F401
from tests.support.postgres import postgres  # noqa: F401
from tests.support.store import database_url  # noqa: F401
