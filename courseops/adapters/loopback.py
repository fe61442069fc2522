"""Tell this machine's own loopback device from the network."""

from __future__ import annotations

import ipaddress


def is_loopback(host: str) -> bool:
    """Say whether what is sent to `host` never leaves this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
