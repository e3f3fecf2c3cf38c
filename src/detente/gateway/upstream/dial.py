"""Opening a connection to a provider: TCP, TLS with its name checked, a proxy where one is set.

Where a proxy is set, it looks the name up, and what it may lead to is the proxy's business.

`HTTPS_PROXY` and `NO_PROXY` are honoured as curl does (either case; a `NO_PROXY` entry matches a
host and its subdomains). Certificates are verified against the system's trust store, always.
"""

import asyncio
import base64
import ipaddress
import os
import socket
import ssl
from collections.abc import Callable, Mapping
from typing import Final, Literal
from urllib.parse import unquote, urlsplit

import msgspec

from detente.gateway.upstream.resolution import NotPublic, resolved

PROXY_HEAD_BYTES_MAX: Final = 8 * 1024
"""A proxy's answer to CONNECT is a status line and few headers."""


Stage = Literal["name", "connect", "tls", "proxy"]
"""How far a connection came."""


class DialError(Exception):
    """No connection; the sentence says why and names the setting, `stage` where it failed."""

    def __init__(self, message: str, stage: Stage = "connect") -> None:
        super().__init__(message)
        self.stage: Stage = stage


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where to connect: `host` and `port` as the configured address names them.

    `private` is whether the name may lead into a private network.
    """

    host: str
    port: int
    tls: bool
    proxy: str | None = None
    private: bool = True


def address_of(base_url: str, environment: Mapping[str, str], *, private: bool = True) -> Address:
    """The address that a provider's `base_url` names, with the proxy that applies to it."""
    parts = urlsplit(base_url)
    tls = parts.scheme == "https"
    host = parts.hostname or ""
    return Address(
        host=host,
        port=parts.port or (443 if tls else 80),
        tls=tls,
        proxy=_proxy_for(host, environment) if tls else None,
        private=private,
    )


def client_tls() -> ssl.SSLContext:
    """TLS towards providers: the system's trust store, names checked, TLS 1.2 or later."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


async def dial(
    address: Address,
    make: Callable[[], asyncio.Protocol],
    tls: ssl.SSLContext,
    timeout_ms: int,
) -> asyncio.Protocol:
    """A connected protocol; raises `DialError`."""
    try:
        async with asyncio.timeout(timeout_ms / 1000):
            return await _connect(address, make, tls)
    except TimeoutError:
        raise DialError(f"no connection within {timeout_ms} ms; check the network") from None
    except ssl.SSLCertVerificationError as error:
        raise DialError(
            f"its certificate does not verify ({error.verify_message}); "
            "check `base_url` and the system's trust store",
            "tls",
        ) from None
    except ssl.SSLError as error:
        reason = error.reason or "handshake"
        raise DialError(f"TLS failed ({reason}); check `base_url`", "tls") from None
    except socket.gaierror as error:
        reason = (error.strerror or "the name leads nowhere").lower()
        raise DialError(
            f"its name leads nowhere ({reason}); check `base_url` and the resolver", "name"
        ) from None
    except NotPublic as error:
        raise DialError(
            f"its name leads to {error.address}, which is no public address; set "
            "`private_network = true` for this provider if that is meant",
            "name",
        ) from None
    except OSError as error:
        # asyncio's own sentence names the address alone, not what became of it.
        named = os.strerror(error.errno) if error.errno else str(error) or type(error).__name__
        raise DialError(f"{named.lower()}; check `base_url`") from None
    except ValueError:  # a name that IDNA cannot encode, a port that is no number
        raise DialError(
            "no such name or port can be; check `base_url`, `HTTPS_PROXY`", "name"
        ) from None


async def _connect(
    address: Address, make: Callable[[], asyncio.Protocol], tls: ssl.SSLContext
) -> asyncio.Protocol:
    loop = asyncio.get_running_loop()
    if address.proxy is None:
        return await _connect_directly(address, make, tls)
    tunnel = await _tunnel(address, address.proxy)
    protocol = make()
    transport = await loop.start_tls(tunnel, protocol, tls, server_hostname=address.host)
    if transport is None:
        raise DialError("the proxy closed the connection; check `HTTPS_PROXY`", "proxy")
    protocol.connection_made(transport)
    return protocol


async def _connect_directly(
    address: Address, make: Callable[[], asyncio.Protocol], tls: ssl.SSLContext
) -> asyncio.Protocol:
    """Connect to the first address of the name that answers."""
    loop = asyncio.get_running_loop()
    failure: OSError | None = None
    for found in await resolved(address.host, address.port, private=address.private):
        try:
            _, protocol = await loop.create_connection(
                make,
                found,
                address.port,
                ssl=tls if address.tls else None,
                server_hostname=address.host if address.tls else None,
            )
        except ssl.SSLError:
            raise  # another address of the same name would have the same certificate
        except OSError as error:
            failure = error
        else:
            return protocol
    assert failure is not None  # a name that leads nowhere has raised already
    raise failure


class _Tunnel(asyncio.Protocol):
    """Reads a proxy's answer to CONNECT."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._head = b""

    def data_received(self, data: bytes) -> None:
        self._head += data
        if self.answer.done():
            return
        if b"\r\n\r\n" in self._head:
            self.answer.set_result(self._head)
        elif len(self._head) > PROXY_HEAD_BYTES_MAX:
            self.answer.set_exception(DialError("the proxy's answer is too large", "proxy"))

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if not self.answer.done():
            self.answer.set_exception(
                DialError("the proxy closed the connection; check `HTTPS_PROXY`", "proxy")
            )


async def _tunnel(address: Address, proxy: str) -> asyncio.Transport:
    loop = asyncio.get_running_loop()
    parts = urlsplit(proxy)
    transport, protocol = await loop.create_connection(
        _Tunnel, parts.hostname or "", parts.port or 3128
    )
    target = f"{address.host}:{address.port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if parts.username:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        lines.append("Proxy-Authorization: Basic " + base64.b64encode(pair.encode()).decode())
    transport.write("\r\n".join([*lines, "", ""]).encode())
    status: list[bytes] = []
    try:
        head, _, rest = (await protocol.answer).partition(b"\r\n\r\n")
        status = [] if rest else head.split(b" ", 2)[1:2]
    finally:
        if status != [b"200"]:  # nor is it kept where the wait was given up
            transport.abort()
    if status != [b"200"]:
        code = status[0].decode("latin-1", "replace") if status else "no status"
        raise DialError(f"the proxy answered {code[:20]}; check `HTTPS_PROXY`", "proxy")
    return transport


def _proxy_for(host: str, environment: Mapping[str, str]) -> str | None:
    proxy = environment.get("https_proxy") or environment.get("HTTPS_PROXY")
    if not proxy:
        return None
    exempt = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    if any(_exempts(entry.strip(), host) for entry in exempt.split(",")):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _exempts(entry: str, host: str) -> bool:
    if entry == "*":
        return True
    name = entry.lstrip(".").lower()
    if not name:
        return False
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(name, strict=False)
    except ValueError:
        return host == name or host.endswith("." + name)
