"""x"""

import pytest, time
from tests.support.browser import *
from courseops.demo.hub import LocalHub

pytestmark = [pytest.mark.browser, pytest.mark.hub]


@pytest.mark.parametrize("plain", [False, True])
def test_it(open_window, start_hub, plain):
    hub = start_hub("6")
    t = time.time()
    w = open_window(hub.url, dark=True, plain=plain)
    w.log_in("ada", hub.password)
    print(w.path, w.text[:100], time.time() - t)
    if not plain:
        print(w.axe_faults())
    print(w.screenshot("home"))
    print(w.faults, w.strays, w.dialogs, w.is_wider_than_it_is)
    print(time.time() - t)


def test_other():
    import asyncio

    async def f():
        return 1

    assert asyncio.run(f()) == 1
