from tests.support.backup import homes  # noqa: F401
