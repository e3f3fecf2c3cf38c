"""A live look at one configured provider: is it there, does it know us, does it serve the model.

Sends what the gateway itself would send: the same address, credential and body, to each deployment
once, and asks for as little as a model can answer. Nothing is repaired and nothing is recorded.

    async for finding in Probe(setup, secrets, trust=client_tls()).run("azure-eastus2"): ...
"""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, Literal

import msgspec

from detente.canonical.failure import FailureKind, Fault
from detente.canonical.headroom import Headroom
from detente.dialects.codec import Codec
from detente.dialects.embedding_codec import EmbeddingCodec
from detente.gateway.http.message import Response
from detente.gateway.http.outbox import Outbox
from detente.gateway.outbound import own_request
from detente.gateway.upstream.connections import Pool, UpstreamConnection
from detente.gateway.upstream.credentials import Secrets
from detente.gateway.upstream.dial import Address, DialError, dial
from detente.gateway.upstream.endpoint import Endpoint
from detente.gateway.upstream.probe_answer import least_body, meaning_of
from detente.gateway.upstream.reach import Reach
from detente.gateway.upstream.renewal import NoCredential, Renewal, Renewals
from detente.wiring import Setup

Subject = Literal["address", "credentials", "clock", "deployment"]
"""What a finding is about."""

SKEW_S_MAX: Final = 60.0
"""Platforms that verify signatures grant five minutes; a minute off is worth a word."""

_MAYBE_TLS: Final = "; if it speaks TLS, write `https://` into `base_url`"


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that was looked at: whether it is in order, and what is to be done.

    `kind` is the judged failure's, None where there is none or none was judged. `took_ms` is how
    long it took, `status` the answer's, `headroom` what it says of limits.
    """

    about: Subject
    name: str
    ok: bool
    said: str
    kind: FailureKind | None = None
    dialect: str | None = None
    status: int | None = None
    took_ms: float | None = None
    headroom: Headroom | None = None


class _Asker:
    """Waits for one answer on one connection."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()

    def resume(self, value: object) -> None:
        if not self.answer.done():
            self.answer.set_result(value)

    def throw(self, error: BaseException) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


class Probe:
    """Looks at providers of one configuration; use it inside a running loop."""

    def __init__(
        self, setup: Setup, secrets: Secrets, *, trust: ssl.SSLContext, timeout_ms: int
    ) -> None:
        self._limits = setup.configuration.limits
        self._trust = trust
        self._timeout_ms = timeout_ms
        self._outbox = Outbox(asyncio.get_running_loop())
        self._renewals = Renewals(lambda: datetime.now(UTC))
        self._skew_s: float | None = None
        self._setup = setup
        self._secrets = secrets

    async def run(self, provider: str, models: Iterable[str] = ()) -> AsyncIterator[Finding]:
        """Every finding as it is made: the address, the credentials, each deployment, the clock.

        With `models` only their deployments; what cannot work after a failure is left out.
        """
        wanted = frozenset(models)
        reach = Reach(_of(self._setup, provider), self._secrets, self._pool, self._renewals)
        endpoints = _one_each(reach.endpoints(), wanted)
        try:
            if not endpoints:
                yield _nothing_to_ask(provider)
                return
            address = await self._address(endpoints[0])
            yield address
            if not address.ok:
                return
            credentials = await self._credentials(provider, endpoints[0].renewal)
            yield credentials
            if not credentials.ok:
                return
            for endpoint in endpoints:
                yield await self._deployment(endpoint)
            if self._skew_s is not None and abs(self._skew_s) > SKEW_S_MAX:
                yield _clock(self._skew_s)
        finally:
            self._renewals.stop()

    def _pool(self, name: str, address: Address, limits: object) -> Pool:
        del limits
        return Pool(name, address, limits=self._limits, outbox=self._outbox, now=time.monotonic)

    async def _address(self, endpoint: Endpoint) -> Finding:
        address = endpoint.address
        named = f"{address.host}:{address.port}"
        started = time.monotonic()
        try:
            connection = await self._connect(endpoint)
        except DialError as error:
            return Finding(about="address", name=named, ok=False, said=str(error), kind="address")
        told = _told_of(connection.transport.get_extra_info("ssl_object"))
        connection.abandon()
        by_proxy = "" if address.proxy is None else " through a proxy"
        return Finding(
            about="address",
            name=named,
            ok=True,
            said=f"connected{by_proxy}, {told}",
            took_ms=_since(started),
        )

    async def _credentials(self, provider: str, renewal: Renewal | None) -> Finding:
        if renewal is None:
            return self._configured(provider)
        asker = _Asker()
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._timeout_ms / 1000):
                if not renewal.ready:
                    renewal.wait(asker)
                    await asker.answer
        except NoCredential as failure:
            said = str(failure).partition("credentials now: ")[2] or str(failure)
            return _bad_credentials(provider, said)
        except TimeoutError:
            said = f"nobody gave one within {self._timeout_ms} ms; check the network and the chain"
            return _bad_credentials(provider, said)
        assert renewal.lease is not None
        ends = renewal.lease.expires_at
        until = "without an end" if ends is None else f"until {ends:%Y-%m-%d %H:%M} UTC"
        return Finding(
            about="credentials",
            name=provider,
            ok=True,
            said=f"found by the platform's own library, {until}",
            took_ms=_since(started),
        )

    def _configured(self, provider: str) -> Finding:
        if provider in self._secrets.access_keys:
            said = "an access key is configured; every request is signed"
        elif provider in self._secrets.api_keys:
            said = "a key is configured"
        else:
            said = "none is configured; requests go out without one"
        return Finding(about="credentials", name=provider, ok=True, said=said)

    async def _deployment(self, endpoint: Endpoint) -> Finding:
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._timeout_ms / 1000):
                answer = await self._ask(endpoint)
        except TimeoutError:
            said = f"no answer within {self._timeout_ms} ms; give more `--timeout-s`, or try again"
            return self._found(endpoint, started, said=said, kind="timeout")
        except DialError as error:
            return self._found(endpoint, started, said=str(error), kind="address")
        except Fault as fault:
            said = str(fault) if endpoint.address.tls else f"{fault}{_MAYBE_TLS}"
            return self._found(endpoint, started, said=said, kind="platform")
        self._note_clock(answer)
        said, kind = meaning_of(endpoint, answer)
        return self._found(endpoint, started, said=said, kind=kind, answer=answer)

    def _found(
        self,
        endpoint: Endpoint,
        started: float,
        *,
        said: str,
        kind: FailureKind | None = None,
        answer: Response | None = None,
    ) -> Finding:
        return Finding(
            about="deployment",
            name=endpoint.deployment.id,
            ok=answer is not None and kind is None,
            said=said,
            kind=kind,
            dialect=endpoint.spec.name,
            status=None if answer is None else answer.status,
            took_ms=_since(started),
            headroom=None if answer is None else _headroom(endpoint, answer),
        )

    async def _ask(self, endpoint: Endpoint) -> Response:
        message, body = own_request(
            endpoint, least_body(endpoint), stream=False, now=datetime.now(UTC)
        )
        connection = await self._connect(endpoint)
        asker = _Asker()
        try:
            connection.send(asker, message, body)
            answer = await asker.answer
        finally:
            connection.abandon()
        assert isinstance(answer, Response)
        return answer

    async def _connect(self, endpoint: Endpoint) -> UpstreamConnection:
        connection = UpstreamConnection(endpoint.pool)
        await dial(
            endpoint.address,
            lambda: connection,  # pyright: ignore[reportArgumentType] -- a protocol by its shape
            self._trust,
            self._limits.connect_timeout_ms,
        )
        return connection

    def _note_clock(self, answer: Response) -> None:
        told = answer.named_headers().get(b"date")
        if told is None:
            return
        try:
            theirs = parsedate_to_datetime(told.decode("latin-1"))
        except ValueError:
            return
        if theirs.tzinfo is not None:
            self._skew_s = (datetime.now(UTC) - theirs).total_seconds()


def _of(setup: Setup, provider: str) -> Setup:
    """The configuration as if it had no other provider's deployments."""
    kept = tuple(one for one in setup.world.deployments if one.provider == provider)
    world = msgspec.structs.replace(setup.world, deployments=kept)
    return msgspec.structs.replace(setup, world=world)


def _one_each(
    endpoints: dict[tuple[str, str, str], Endpoint], models: frozenset[str]
) -> list[Endpoint]:
    """Each deployment in its preferred dialect that can be asked something."""
    found: dict[str, Endpoint] = {}
    for (model, deployment, _), endpoint in endpoints.items():
        if models and model not in models:
            continue
        if isinstance(endpoint.codec, Codec | EmbeddingCodec):
            found.setdefault(deployment, endpoint)
    return list(found.values())


def _headroom(endpoint: Endpoint, answer: Response) -> Headroom | None:
    return endpoint.headroom(answer.named_headers(), datetime.now(UTC))


def _nothing_to_ask(provider: str) -> Finding:
    return Finding(
        about="deployment",
        name=provider,
        ok=False,
        said="no deployment is configured that can be asked; add one under `[models]`",
    )


def _bad_credentials(provider: str, said: str) -> Finding:
    return Finding(about="credentials", name=provider, ok=False, said=said, kind="credentials")


def _clock(skew_s: float) -> Finding:
    way = "ahead of" if skew_s > 0 else "behind"
    return Finding(
        about="clock",
        name="this machine",
        ok=False,
        said=f"its clock is {abs(skew_s):.0f} s {way} the provider's; have it set by NTP",
        kind="clock",
    )


def _told_of(tls: ssl.SSLObject | None) -> str:
    """The protocol and the certificate's end, or that there is neither."""
    if tls is None:
        return "without TLS"
    certificate = tls.getpeercert() or {}
    ends = certificate.get("notAfter")
    return f"{tls.version()}, certificate until {ends}" if ends else f"{tls.version()}"


def _since(started: float) -> float:
    return round((time.monotonic() - started) * 1000, 1)
