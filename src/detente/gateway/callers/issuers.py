"""The issuers of bearer tokens, asked for their public keys: in the control process alone.

Each `[identity.NAME]` has a task: its discovery document (which has to name the very issuer that is
configured), then its keys; again every `refresh_ms`, and sooner where a worker met a key that it
does not know, but not more often than `ASK_PAUSE_S`. What fails keeps the keys that were good, for
`KEPT_S` at most, and is told in the log. Workers are told by `tell`.

Not here: what keys are sound (`key_set`), and verifying (`bearer`).

>>> issuers = Issuers(tell=link.broadcast, trust=client_tls()); issuers.reload(identities)
"""

import asyncio
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

import msgspec

from detente.configuration.addresses import is_loopback
from detente.configuration.callers import IdentityProvider
from detente.configuration.identities import address_problem
from detente.gateway.callers.bearer import Verifier
from detente.gateway.callers.issuer_keys import IssuerKeys
from detente.gateway.callers.key_set import BadKeySet, read_key_set
from detente.gateway.link.messages import Hello, IssuerAsked, IssuerTold
from detente.gateway.link.server import LinkServer, Tell
from detente.gateway.say import say
from detente.gateway.upstream.fetch import FetchError, fetch
from detente.gateway.upstream.resolution import is_literal

DISCOVERY: Final = "/.well-known/openid-configuration"
"""OpenID Connect Discovery 1.0, section 4 (openid.net/specs/openid-connect-discovery-1_0.html, read
2026-11-22): appended to the issuer, without a slash that it ends with."""
ASK_PAUSE_S: Final = 5.0
"""Between two fetches, however many unknown keys workers meet."""
RETRY_S: Final = 1.0
RETRY_S_MAX: Final = 60.0
KEPT_S: Final = 86_400.0
"""Keys that an issuer has not confirmed for a day may have been withdrawn. A process that starts
counts from then, as it does from a change of the configuration: it knows not what workers know."""


class _Discovered(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of a discovery document."""

    issuer: str
    jwks_uri: str


class _Issuer:
    """One issuer: its task, and what it published last."""

    def __init__(self, provider: IdentityProvider, now: float) -> None:
        self.provider = provider
        self.jwks: bytes | None = None
        """None where this process has not told any: workers may know some from one before it."""
        self.wanted = asyncio.Event()
        self.failing: str | None = None
        self.good_at = now
        self.task: asyncio.Task[None] | None = None


class Issuers:
    """All issuers of a configuration; use it inside a running loop."""

    def __init__(
        self,
        *,
        tell: Callable[[IssuerTold], None],
        trust: ssl.SSLContext,
        pause_s: float = ASK_PAUSE_S,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._now = now
        self._tell = tell
        self._trust = trust
        self._pause_s = pause_s
        self._issuers: dict[str, _Issuer] = {}
        self._keys = IssuerKeys(self.asked)
        self.verifier = Verifier({}, self._keys)
        """Verifies tokens in this process: those of administrators."""

    def reload(self, identities: Mapping[str, IdentityProvider]) -> None:
        """Ask these issuers from now on; what is configured as before goes on as before."""
        for name, issuer in list(self._issuers.items()):
            if identities.get(name) != issuer.provider:
                self._stop(name)
        for name, provider in identities.items():
            if name not in self._issuers:
                issuer = self._issuers[name] = _Issuer(provider, self._now())
                issuer.task = asyncio.get_running_loop().create_task(self._keep(name, issuer))
        self.verifier = Verifier(identities, self._keys)

    def serve(self, link: LinkServer) -> None:
        """Tell each worker that comes what is known, and hear what workers ask."""
        link.greet(self._greet)
        link.hear(IssuerAsked, lambda _, message: self.asked(message.name))

    def _greet(self, hello: Hello, tell: Tell) -> None:
        del hello
        for name, issuer in self._issuers.items():
            if issuer.jwks is not None:
                tell(_told(name, issuer))

    def asked(self, name: str) -> None:
        """Somebody met a key of this issuer that is not known."""
        issuer = self._issuers.get(name)
        if issuer is not None:
            issuer.wanted.set()

    def stop(self) -> None:
        """Ask nobody any more."""
        for name in list(self._issuers):
            self._stop(name)

    def _stop(self, name: str) -> None:
        issuer = self._issuers.pop(name)
        if issuer.task is not None:
            issuer.task.cancel()

    async def _keep(self, name: str, issuer: _Issuer) -> None:
        """Fetch, tell, rest; for as long as the issuer is configured."""
        retry_s = RETRY_S
        while True:
            wanted = issuer.wanted.is_set()
            issuer.wanted.clear()
            try:
                jwks = await published(issuer.provider, self._trust)
                private = read_key_set(jwks, issuer.provider.algorithms).private
            except Exception as error:  # noqa: BLE001 -- a task that ends keeps withdrawn keys for good
                self._failed(name, issuer, _why(error))
                await self._rest(issuer, retry_s)
                if wanted:
                    issuer.wanted.set()  # still to be answered
                retry_s = min(2 * retry_s, RETRY_S_MAX)
            else:
                self._published(name, issuer, jwks, wanted=wanted, private=private)
                await self._rest(issuer, issuer.provider.refresh_ms / 1000)
                retry_s = RETRY_S

    async def _rest(self, issuer: _Issuer, seconds: float) -> None:
        """Rest for so long, or until somebody asks, but for the pause at least."""
        pause_s = min(self._pause_s, seconds)
        await asyncio.sleep(pause_s)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds - pause_s):
                await issuer.wanted.wait()

    def _published(
        self, name: str, issuer: _Issuer, jwks: bytes, *, wanted: bool, private: int
    ) -> None:
        if issuer.failing is not None:
            say(f"the issuer of `[identity.{name}]` is reached again")
            issuer.failing = None
        issuer.good_at = self._now()
        if jwks == issuer.jwks and not wanted:
            return
        if jwks != issuer.jwks and private:
            say(
                f"the issuer of `[identity.{name}]` publishes {private} keys with their private "
                "half, which are not used; tell whoever runs it"
            )
        issuer.jwks = jwks
        self._told(name, issuer)

    def _failed(self, name: str, issuer: _Issuer, reason: str) -> None:
        if reason != issuer.failing:
            say(f"the issuer of `[identity.{name}]` gives no keys: {reason}")
            issuer.failing = reason
        if issuer.jwks != b"" and self._now() - issuer.good_at > KEPT_S:
            say(f"the issuer of `[identity.{name}]` has confirmed no keys for a day: none count")
            issuer.jwks = b""
            self._told(name, issuer)

    def _told(self, name: str, issuer: _Issuer) -> None:
        told = _told(name, issuer)
        self._keys.told(name, told.issuer, told.jwks, time.time_ns() // 1000)
        self._tell(told)


async def published(provider: IdentityProvider, trust: ssl.SSLContext) -> bytes:
    """The key set that an issuer publishes now; raises `FetchError`."""
    own = urlsplit(provider.issuer).hostname or ""
    if provider.jwks_url is not None:
        return await _fetched(provider.jwks_url, provider, trust)
    document = await _fetched(provider.issuer.rstrip("/") + DISCOVERY, provider, trust)
    try:
        found = msgspec.json.decode(document, type=_Discovered)
    except (ValueError, RecursionError):  # no JSON, or none of UTF-8
        raise FetchError("its discovery document has no `issuer` and `jwks_uri`") from None
    if found.issuer != provider.issuer:
        raise FetchError(
            "its discovery document names another issuer; write `issuer` exactly as it does"
        )
    if address_problem(found.jwks_uri) is not None or not _may_follow(found.jwks_uri, own):
        raise FetchError("its discovery document leads to no public `https://` address")
    return await _fetched(found.jwks_uri, provider, trust)


def _may_follow(url: str, own: str) -> bool:
    """Whether keys may be fetched where a discovery document says: at no address that only this
    machine or its network knows, unless the issuer itself is there."""
    host = urlsplit(url).hostname or ""
    return host == own or not (is_loopback(host) or is_literal(host))


async def _fetched(url: str, provider: IdentityProvider, trust: ssl.SSLContext) -> bytes:
    host = urlsplit(url).hostname or ""
    return await fetch(url, private=provider.private_network or is_literal(host), tls=trust)


def _why(error: Exception) -> str:
    """A failure as the log says it; of one that nobody foresaw no words, which may quote."""
    if isinstance(error, FetchError | BadKeySet):
        return str(error)
    return f"asking it met a fault of the gateway's own ({type(error).__name__}); report it"


def _told(name: str, issuer: _Issuer) -> IssuerTold:
    return IssuerTold(name=name, issuer=issuer.provider.issuer, jwks=issuer.jwks or b"")
