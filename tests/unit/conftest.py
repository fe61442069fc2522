from tests.support.journal import clock, journal  # noqa: F401
from tests.support.notices import hook  # noqa: F401
