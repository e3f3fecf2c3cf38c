"""What one configuration means at run time: keys, routes, endpoints, prices, limits.

A plane is made whole and swapped whole: a reload makes a new one, requests that are under way
keep the one they began with. Connections are kept across planes, as long as the address stays.
"""

import os
import ssl
from collections.abc import Callable
from pathlib import Path

from detente import providers
from detente.agreements import compile_agreements
from detente.canonical.capability import UNKNOWN, Capabilities
from detente.canonical.model import Deployment
from detente.configuration.located import LocatedError, LocatedErrors
from detente.configuration.schema import Limits, Provider
from detente.configuration.world import base_url_of
from detente.dialects import Spec, codec_of, embedding_codec_of, spec_of
from detente.dialects.codec import Target
from detente.gateway.credentials import Secrets
from detente.gateway.dial import Address, address_of
from detente.gateway.endpoint import Endpoint
from detente.gateway.outbox import Outbox
from detente.gateway.principals import Keys
from detente.gateway.routing import Router
from detente.gateway.upstream import Pool
from detente.ledger.pricing import PriceBook
from detente.providers import ProviderKind
from detente.providers.kind import Target as ProviderTarget
from detente.wiring import Setup, kind_defaults


class Pools:
    """The pools of a worker, one for each provider and address; they outlive a plane."""

    def __init__(self, outbox: Outbox, now: Callable[[], float]) -> None:
        self._outbox = outbox
        self._now = now
        self._pools: dict[tuple[str, Address], Pool] = {}

    def pool(self, provider: str, address: Address, limits: Limits) -> Pool:
        """The pool for `provider` at `address`, under the limits that are now in force."""
        pool = self._pools.get((provider, address))
        if pool is None:
            pool = self._pools[provider, address] = Pool(
                provider, address, limits=limits, outbox=self._outbox, now=self._now
            )
        pool.limits = limits
        return pool

    def close_idle(self, before: float) -> None:
        """Close connections that have been idle since before the monotonic time `before`."""
        for pool in self._pools.values():
            pool.close_idle(before)


class Plane:
    """One configuration at work; see the module's docstring."""

    def __init__(self, setup: Setup, secrets: Secrets, pools: Pools) -> None:
        configuration, world = setup.configuration, setup.world
        self.setup = setup
        self.limits = configuration.limits
        self.keys = Keys(configuration, secrets.master_key)
        self.cost_prices = PriceBook(world.cost_prices)
        self.charge_prices = PriceBook(world.charge_prices)
        self.router = Router(
            agreements=compile_agreements(
                world, setup.agreements, configuration.limits.decisions_cached_max
            ),
            models=world.models,
            endpoints=_endpoints(setup, secrets, pools),
            events=setup.events,
            providers=tuple(configuration.providers),
            rehearsal=configuration.rehearsal.enabled,
            plans_max=configuration.limits.decisions_cached_max,
        )


def tls_context(setup: Setup) -> ssl.SSLContext | None:
    """The server's own TLS, None without `[server.tls]`; raises `LocatedErrors`."""
    tls = setup.configuration.server.tls
    if tls is None:
        return None
    folder = setup.path.parent
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        # A password that fits no key: else OpenSSL would ask for one on the terminal and wait.
        context.load_cert_chain(folder / tls.certificate, folder / tls.private_key, password="")
    except (OSError, ssl.SSLError) as error:
        reason = (getattr(error, "strerror", None) or "no valid PEM pair").lower()
        line = setup.positions.line(("server", "tls"))
        message = f"`server.tls`: {reason}; check `certificate` and `private_key`"
        raise LocatedErrors([LocatedError(str(setup.path), line, message)]) from None
    return context


def _endpoints(
    setup: Setup, secrets: Secrets, pools: Pools
) -> dict[tuple[str, str, str], Endpoint]:
    """Every deployment in every dialect that its provider speaks, ready to be written to."""
    kinds = {kind.name: kind for kind in providers.KINDS}
    endpoints: dict[tuple[str, str, str], Endpoint] = {}
    for deployment in setup.world.deployments:
        provider = setup.configuration.providers[deployment.provider]
        kind = kinds[deployment.kind]
        for dialect in deployment.dialects or kind.dialects:
            if dialect in kind.dialects:
                spec = spec_of(dialect)
                endpoints[deployment.model, deployment.id, spec.name] = _endpoint(
                    deployment,
                    provider,
                    kind=kind,
                    spec=spec,
                    secret=secrets.api_keys.get(deployment.provider),
                    pools=pools,
                    limits=setup.configuration.limits,
                    capabilities=setup.world.capabilities.get(deployment.model, UNKNOWN),
                )
    return endpoints


def _endpoint(
    deployment: Deployment,
    provider: Provider,
    *,
    kind: ProviderKind,
    spec: Spec,
    secret: str | None,
    pools: Pools,
    limits: Limits,
    capabilities: Capabilities,
) -> Endpoint:
    base_url = base_url_of(provider, kind_defaults())
    assert base_url is not None  # check_configuration demands one
    address = address_of(base_url, os.environ)
    default_port = 443 if address.tls else 80
    host = f"[{address.host}]" if ":" in address.host else address.host
    authority = host if address.port == default_port else f"{host}:{address.port}"
    lines = [b"host: %b\r\n" % authority.encode()]
    headers = kind.auth_headers(secret) if secret is not None else ()
    for name, value in headers:
        lines.append(b"%b: %b\r\n" % (name, value))
    if provider.organization is not None and kind.name == "openai":
        lines.append(b"openai-organization: %b\r\n" % provider.organization.encode())
    lines.append(b"accept-encoding: identity\r\n")
    shared = b"".join(lines)

    def head(target: ProviderTarget) -> bytes:
        path = target(
            base_url=base_url,
            upstream_id=deployment.upstream_id,
            dialect=spec.name,
            api_version=provider.api_version,
        )
        return b"POST %b HTTP/1.1\r\n%b" % (path.encode(), shared)

    version = spec.version if spec.version_header is not None else None
    return Endpoint(
        deployment=deployment,
        spec=spec,
        address=address,
        pool=pools.pool(deployment.provider, address, limits),
        head=head(kind.target),
        stream_head=head(kind.stream_target or kind.target),
        own_lines=_own_lines(spec, provider.api_version or version),
        codec=codec_of(spec.name) or embedding_codec_of(spec.name),
        target=Target(
            model=deployment.upstream_id,
            api_version=provider.api_version or version,
            capabilities=capabilities,
        ),
        forwarded=kind.forwarded_headers,
        judge=kind.judge,
        first_byte_timeout_ms=provider.first_byte_timeout_ms or limits.first_byte_timeout_ms,
    )


def _own_lines(spec: Spec, version: str | None) -> bytes:
    """The headers of a request of the gateway's own making, in a dialect."""
    lines = b"content-type: application/json\r\naccept: */*\r\nuser-agent: detente\r\n"
    if spec.version_header is not None and version is not None:
        lines += b"%b: %b\r\n" % (spec.version_header, version.encode())
    return lines


def state_folder(setup: Setup) -> Path:
    """The folder of journals and ledger, made if absent; raises `LocatedErrors`."""
    try:
        setup.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        (setup.state / "journal").mkdir(exist_ok=True, mode=0o700)
        (setup.state / "lock").touch(mode=0o600)
    except OSError as error:
        reason = (error.strerror or "cannot be used").lower()
        line = setup.positions.line(("server", "state"))
        message = f"`server.state`: {reason}; choose a folder that can be written"
        raise LocatedErrors([LocatedError(str(setup.path), line, message)]) from None
    return setup.state
