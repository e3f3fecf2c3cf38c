"""What a provider's name leads to: its addresses, and none inside a network unless that is meant.

A name that leads into a private network may be somebody's attempt to have the gateway speak to
machines that only it can reach (https://owasp.org/API-Security/editions/2023/en/0xa7-server-side-
request-forgery, read 2026-11-22). The address that was checked is the one that is connected to, so
that a second look-up cannot give another.

>>> is_private("10.1.2.3"), is_private("::ffff:169.254.169.254"), is_private("8.8.8.8")
(True, True, False)
"""

import asyncio
import ipaddress
import socket
from typing import Final

ADDRESSES_MAX: Final = 8
"""Of one name that are tried; platforms give up to eight."""
NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
"""Addresses that a network's gateway turns into those of IPv4 (RFC 6052)."""
COMPATIBLE: Final = ipaddress.IPv6Network("::/96")
"""An older way to write addresses of IPv4 (RFC 4291, deprecated)."""

UNICAST: Final = ipaddress.IPv6Network("2000::/3")
"""All that is given out of IPv6 (https://www.iana.org/assignments/ipv6-unicast-address-assignments,
read 2026-11-22). Outside are addresses of a site (`fec0::/10`), local translation
(`64:ff9b:1::/48`, `::ffff:0:0:0/96`) and whatever else a host may route inwards."""


class NotPublic(Exception):
    """A name leads only into private networks; `address` is the first of them."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


async def resolved(host: str, port: int, *, private: bool) -> tuple[str, ...]:
    """The addresses to connect to, in the resolver's order; `private` admits every kind.

    Raises `OSError` where the name leads nowhere, `NotPublic` where it leads only inside, and
    `UnicodeError` where it is no name.
    """
    if is_literal(host):
        return (host,) if private or not is_private(host) else _inside(host)
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
    if private or host == "localhost":
        return addresses[:ADDRESSES_MAX]
    public = tuple(address for address in addresses if not is_private(address))
    return public[:ADDRESSES_MAX] if public else _inside(addresses[0])


def is_literal(host: str) -> bool:
    """Whether `host` is an address and not a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_private(address: str) -> bool:
    """Whether an address is not one of the public internet's, however it is written."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = _embedded(found)
        if inner is not None:
            return not inner.is_global or inner.is_multicast
        if found not in UNICAST:
            return True
    return not found.is_global or found.is_multicast


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The address of IPv4 that one of IPv6 stands for, None where it stands for itself."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in NAT64 or address in COMPATIBLE:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return None


def _inside(address: str) -> tuple[str, ...]:
    raise NotPublic(address)
