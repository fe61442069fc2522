from tests.support.hubs import fresh, hub, start_hub, world  # noqa: F401
