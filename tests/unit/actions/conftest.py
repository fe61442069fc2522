from tests.support.backup import homes  # noqa: F401
from tests.support.backups import ports  # noqa: F401
from tests.support.journal import clock, journal  # noqa: F401
