"""What one configuration means at run time: keys, routes, endpoints, prices, limits.

A plane is made whole and swapped whole: a reload makes a new one, requests that are under way
keep the one they began with. Connections are kept across planes, as long as the address stays.
"""

import ssl
from collections.abc import Callable
from pathlib import Path

from detente.agreements import compile_agreements
from detente.canonical.snapshot import Snapshot
from detente.configuration.located import LocatedError, LocatedErrors
from detente.configuration.schema import Limits
from detente.gateway.allowances.outlook import Outlook
from detente.gateway.callers.bearer import tokens_of
from detente.gateway.callers.issuer_keys import IssuerKeys
from detente.gateway.callers.principals import Keys
from detente.gateway.callers.stored_keys import StoredKeys
from detente.gateway.guarding.guardrails_plane import Guardrails
from detente.gateway.guarding.remote_reach import RemoteReach
from detente.gateway.http.outbox import Outbox
from detente.gateway.routing import Router
from detente.gateway.upstream.connections import Pool
from detente.gateway.upstream.credentials import Secrets
from detente.gateway.upstream.dial import Address
from detente.gateway.upstream.renewal import Renewals
from detente.ledger.pricing import PriceBook
from detente.wiring import Setup


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

    def __init__(
        self,
        setup: Setup,
        secrets: Secrets,
        pools: Pools,
        renewals: Renewals,
        *,
        issuers: IssuerKeys | None = None,
        stored: StoredKeys | None = None,
        before: "Plane | None" = None,
    ) -> None:
        configuration, world = setup.configuration, setup.world
        self.setup = setup
        self.limits = configuration.limits
        self.tokens = tokens_of(configuration.identity, issuers)
        self.keys = Keys(configuration, secrets.master_key, stored=stored, tokens=self.tokens)
        self.cost_prices = PriceBook(world.cost_prices)
        self.charge_prices = PriceBook(world.charge_prices)
        self.outlooks: dict[tuple[str, ...], Outlook] = {}
        reach = RemoteReach(setup, secrets, pools.pool, renewals)
        self.endpoints = reach.endpoints()
        self.remote = reach.remote(self.endpoints)
        kept: Guardrails | None = None if before is None else before.guardrails
        self.guardrails: Guardrails | None = Guardrails.of(setup, kept)
        self.router = Router(
            agreements=compile_agreements(
                world, setup.agreements, configuration.limits.decisions_cached_max
            ),
            models=world.models,
            endpoints=self.endpoints,
            events=setup.events,
            offers=setup.offers,
            providers=tuple(configuration.providers),
            rehearsal=configuration.rehearsal.enabled,
            plans_max=configuration.limits.decisions_cached_max,
            guardrails=self.guardrails,
        )

    def observe(self, snapshot: Snapshot) -> None:
        """Order by `snapshot` from now on. Plans are dropped only where it orders differently, so
        that looking one up costs no request a thing."""
        if self.router.observe(snapshot):
            for caller in self.keys.callers():
                caller.plans.clear()


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
