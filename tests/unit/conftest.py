from tests.support.journal import clock, journal  # noqa: F401
