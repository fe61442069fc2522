from tests.support.accounts import as_root, new_name, system_account, vault  # noqa: F401
from tests.support.backup import (  # noqa: F401
    empty_restic,
    homes,
    new_repository,
    repository,
    restic,
)
from tests.support.course import classroom, ungraded  # noqa: F401
from tests.support.dockerd import dockerd, recorded_docker, running_dockerd  # noqa: F401
from tests.support.hubs import fresh, hub, start_hub, world  # noqa: F401
from tests.support.journal import clock, journal  # noqa: F401
from tests.support.ngshare import ngshare  # noqa: F401
from tests.support.notices import certificates, hook, mail_server, pager, post  # noqa: F401
from tests.support.postgres import postgres  # noqa: F401
from tests.support.rest_server import append_only_server  # noqa: F401
from tests.support.service import service  # noqa: F401
from tests.support.slapd import slapd  # noqa: F401
from tests.support.stock_kernels import kernelspecs  # noqa: F401
from tests.support.store import database_url, store  # noqa: F401
from tests.support.upkeep import another_empty_restic, kept  # noqa: F401
from tests.support.volumes import estate  # noqa: F401
from tests.support.work import place  # noqa: F401
