"""No service off loopback without keys."""

from __future__ import annotations

import ipaddress

from api.errors import UnsafeExposure
from api.security.keys import KeyStore


def check_exposure(host: str, keys: KeyStore) -> None:
    """Refuse to listen where other machines can connect unless a key is asked for.

    A name other than localhost counts as exposed, since what it resolves to can change.

    Raises:
        UnsafeExposure: `host` is not a loopback address, and no key is active.
    """
    if not is_loopback(host) and not keys.any_active():
        raise UnsafeExposure(
            f"On {host} other machines could read and change everything: there is no key yet.",
            "Make one with `winnow keys create NAME --scope admin`, or listen on 127.0.0.1.",
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine can connect to a socket bound to `host`."""
    if host.rstrip(".").lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def is_wildcard(host: str) -> bool:
    """Whether `host` stands for every address of the machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_unspecified
    except ValueError:
        return host == ""
