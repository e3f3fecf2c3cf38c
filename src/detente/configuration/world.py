"""From tables to values: the models and deployments that a configuration declares.

Checks what crosses tables: every deployment names a configured provider, no alias or
deployment stands twice, rehearsal stays on loopback. What a kind of provider supplies by
itself (its host, its address) arrives as an argument, so that this stays a pure function.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final, Protocol
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import fields

from detente.canonical.forecast import Forecast
from detente.canonical.model import Attestation, Capacity, Deployment, Dialect, Model
from detente.configuration.addresses import is_loopback, split_listen
from detente.configuration.administration import administration_problems
from detente.configuration.allowances import allowance_problems
from detente.configuration.credentials import credential_problems, secret_problems
from detente.configuration.deployments import deployment_problems
from detente.configuration.identities import identity_problems
from detente.configuration.located import LocatedError, LocatedErrors, Path, Positions, did_you_mean
from detente.configuration.policies import BuiltIn, guardrail_problems
from detente.configuration.schema import (
    AttestationEntry,
    Configuration,
    DeploymentEntry,
    PriceEntry,
    Provider,
)
from detente.configuration.sharing import store_problems
from detente.configuration.translation import translation_problems

PRICE_METERS: Final = tuple(
    field.name for field in fields(PriceEntry) if field.type == Decimal | None
)
"""The keys of a `[[prices]]` row that are prices."""

REGION: Final = "{region}"
"""Where the configured region stands in a kind's address."""


class KindDefaults(msgspec.Struct, frozen=True, kw_only=True):
    """What a kind of provider supplies where the configuration is silent.

    `guards` is whether it has guardrails of its own.
    `base_url` may hold `{region}`; `regional_base_urls` are the addresses of regions that have one
    of another form. `access_keys` is whether it takes access keys of AWS, `chain` whether a
    library can find its credentials. `dialects` are those that it can speak, `needs` the keys
    without which it cannot be addressed, `regions` the only ones that it has, empty where nobody
    knows them all; `unplaced` tells the ids of models there that have no region at all; `spills`
    is whether it passes on by itself what a deployment cannot take.
    """

    base_url: str | None
    host: str | None
    guards: bool = False
    access_keys: bool = False
    dialects: tuple[Dialect, ...] = ()
    regional_base_urls: Mapping[str, str] = {}
    chain: bool = False
    needs: tuple[str, ...] = ()
    token_needs: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    unplaced: Callable[[str], bool] | None = None
    spills: bool = False


def models_of(configuration: Configuration) -> tuple[Model, ...]:
    """Every configured model; the publisher is the part of the name before the slash."""
    return tuple(
        Model(
            name=name,
            publisher=name.partition("/")[0],
            aliases=entry.aliases,
            released=entry.released,
            open_weights=entry.open_weights,
            retention_required=entry.retention_required,
        )
        for name, entry in configuration.models.items()
    )


def forecasts_of(configuration: Configuration) -> tuple[Forecast, ...]:
    """What use is expected."""
    return tuple(
        Forecast(**{field: getattr(entry, field) for field in Forecast.__struct_fields__})
        for entry in configuration.forecast
    )


def deployments_of(
    configuration: Configuration, kinds: Mapping[str, KindDefaults]
) -> tuple[Deployment, ...]:
    """Every configured deployment, with the provider's facts where it has none of its own."""
    return tuple(
        _deployment(name, entry, configuration.providers[entry.provider], kinds)
        for name, model in configuration.models.items()
        for entry in model.deployments
    )


def base_url_of(provider: Provider, kinds: Mapping[str, KindDefaults]) -> str | None:
    """Where a provider is: its own address, else its kind's, in its region where that is part."""
    kind = kinds[provider.kind]
    url = provider.base_url or kind.regional_base_urls.get(provider.region or "", kind.base_url)
    if provider.base_url is None and url is not None and REGION in url:
        return None if provider.region is None else url.replace(REGION, provider.region)
    return url


def check_configuration(
    configuration: Configuration,
    positions: Positions,
    file: str,
    kinds: Mapping[str, KindDefaults],
    detectors: Mapping[str, BuiltIn] | None = None,
) -> None:
    """Raises `LocatedErrors` with everything that no single table shows; `detectors` are the
    built-in ones by name."""
    found: list[LocatedError] = []

    def wrong(path: Path, message: str) -> None:
        found.append(LocatedError(file, positions.line(path), message))

    _check_kinds(configuration, kinds, wrong)
    if found:  # nothing else can be said of a provider whose kind is unknown
        raise LocatedErrors(found)
    _check_server(configuration, wrong)
    _check_providers(configuration, kinds, wrong)
    _check_models(configuration, wrong)
    for path, problem in deployment_problems(configuration, kinds):
        wrong(path, problem)
    for path, problem in translation_problems(
        configuration, {name: kind.dialects for name, kind in kinds.items()}
    ):
        wrong(path, problem)
    _check_guardrails(configuration, kinds, wrong)
    for path, problem in guardrail_problems(configuration, detectors or {}, kinds):
        wrong(path, problem)
    _check_keys(configuration, wrong)
    for path, problem in allowance_problems(configuration):
        wrong(path, problem)
    for path, problem in identity_problems(configuration):
        wrong(path, problem)
    for path, problem in store_problems(configuration.store):
        wrong(path, problem)
    _check_prices(configuration, wrong)
    _check_rehearsal(configuration, kinds, wrong)
    if found:
        raise LocatedErrors(found)


def _check_kinds(
    configuration: Configuration, kinds: Mapping[str, KindDefaults], wrong: "_Wrong"
) -> None:
    for name, provider in configuration.providers.items():
        if provider.kind not in kinds:
            hint = did_you_mean(provider.kind, list(kinds))
            wrong(("providers", name, "kind"), f"unknown kind `{provider.kind}`; {hint}")


class _Wrong(Protocol):
    def __call__(self, path: Path, message: str) -> None: ...


def _check_server(configuration: Configuration, wrong: _Wrong) -> None:
    server = configuration.server
    for name, listen in (("listen", server.listen), ("admin_listen", server.admin_listen)):
        try:
            host, _ = split_listen(listen)
        except ValueError:
            wrong(("server", name), f"`{listen}` is no `host:port`; write `127.0.0.1:8080`")
            continue
        proved = configuration.keys or configuration.identity or configuration.projects
        if name == "listen" and not proved and not is_loopback(host):
            wrong(
                ("server", name),
                f"`{listen}` is not a loopback address and no key is configured; "
                "add `[keys.NAME]` (see `detente keys hash`), `[projects.NAME]` for keys of the "
                "store (`detente keys create`), or listen on `127.0.0.1`",
            )
    for path, problem in secret_problems(server.master_key, ("server", "master_key")):
        wrong(path, problem)
    for path, problem in administration_problems(configuration):
        wrong(path, problem)


def _check_providers(
    configuration: Configuration, kinds: Mapping[str, KindDefaults], wrong: _Wrong
) -> None:
    for name, provider in configuration.providers.items():
        at: Path = ("providers", name)
        url, missing = base_url_of(provider, kinds), None
        if url is None:
            missing = "base_url" if kinds[provider.kind].base_url is None else "region"
            wrong(at, f"provider `{name}` of kind `{provider.kind}` needs a `{missing}`")
        elif (problem := _url_problem(url)) is not None:
            # Not the address itself: it may carry a secret.
            wrong((*at, "base_url"), f"the `base_url` of provider `{name}` {problem}")
        if provider.host is None and kinds[provider.kind].host is None:
            wrong(
                at,
                f"provider `{name}` of kind `{provider.kind}` needs a `host`: "
                "who owns the machines it runs on",
            )
        needs, token_needs = kinds[provider.kind].needs, kinds[provider.kind].token_needs
        for key in (*needs, *(token_needs if provider.api_key is None else ())):
            if getattr(provider, key) is None and key != missing:
                wrong(at, f"provider `{name}` of kind `{provider.kind}` needs a `{key}`")
        for path, problem in credential_problems(
            name,
            provider,
            access_keys=kinds[provider.kind].access_keys,
            chain=kinds[provider.kind].chain,
        ):
            wrong(path, problem)
    for name in configuration.simulator:
        if name not in configuration.providers:
            hint = did_you_mean(name, list(configuration.providers))
            wrong(("simulator", name), f"unknown provider `{name}`; {hint}")


def _check_guardrails(
    configuration: Configuration, kinds: Mapping[str, KindDefaults], wrong: _Wrong
) -> None:
    for name, provider in configuration.providers.items():
        if provider.guardrail is not None and not kinds[provider.kind].guards:
            said = f"kind `{provider.kind}` has no guardrails of its own; leave `guardrail` out"
            wrong(("providers", name, "guardrail"), said)


def _url_problem(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "is not an address; write `https://host/path`"
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        return "is not an address; write `https://host/path`"
    if parts.username or parts.password:
        return "carries a credential; put it into `api_key`"
    if parts.query or parts.fragment:
        return "carries a query or fragment; leave it out"
    if not url.isascii() or any(c.isspace() for c in url):
        return "has characters that an address cannot have; percent-encode them"
    return None


def _check_models(configuration: Configuration, wrong: _Wrong) -> None:
    names: dict[str, str] = {name: name for name in configuration.models}
    seen: set[str] = set()
    providers = list(configuration.providers)
    for name, model in configuration.models.items():
        at: Path = ("models", name)
        publisher, slash, rest = name.partition("/")
        if not slash or not publisher or not rest:
            wrong(at, f"`{name}` is no model name; write `publisher/model`")
        for alias in model.aliases:
            if names.setdefault(alias, name) != name:
                wrong((*at, "aliases"), f"alias `{alias}` already means `{names[alias]}`")
        for index, entry in enumerate(model.deployments):
            here = (*at, "deployments", index)
            if entry.provider not in configuration.providers:
                hint = did_you_mean(entry.provider, providers)
                wrong((*here, "provider"), f"unknown provider `{entry.provider}`; {hint}")
            if not entry.id or not entry.id.isprintable() or not entry.id.isascii():
                wrong((*here, "id"), "a deployment's `id` is printable ASCII and not empty")
            key = f"{name} {entry.provider}/{entry.id}"
            if key in seen:
                wrong(here, f"deployment `{entry.provider}/{entry.id}` stands twice")
            seen.add(key)


def _check_keys(configuration: Configuration, wrong: _Wrong) -> None:
    seen: dict[str, str] = {}
    for name, key in configuration.keys.items():
        if (other := seen.setdefault(key.hash, name)) != name:
            wrong(
                ("keys", name, "hash"),
                f"keys `{other}` and `{name}` have one hash, so nobody could tell them apart; "
                "make another with `detente keys hash --new`",
            )


def _check_prices(configuration: Configuration, wrong: _Wrong) -> None:
    for index, row in enumerate(configuration.prices):
        at: Path = ("prices", index)
        for meter in PRICE_METERS:
            price: Decimal | None = getattr(row, meter)
            if price is not None and not (price.is_finite() and price >= 0):
                wrong((*at, meter), f"a price is at least zero, and `{price}` is not; mend it")
        if row.from_ is not None and row.until is not None and row.from_ >= row.until:
            wrong((*at, "until"), "a price ends after it begins; move `until` behind `from`")


def _check_rehearsal(
    configuration: Configuration, kinds: Mapping[str, KindDefaults], wrong: _Wrong
) -> None:
    if not configuration.rehearsal.enabled:
        return
    cure = "rehearsal lets callers choose the date, so everything must be on loopback"
    server = configuration.server
    for name, listen in (("listen", server.listen), ("admin_listen", server.admin_listen)):
        try:
            host, _ = split_listen(listen)
        except ValueError:
            continue
        if not is_loopback(host):
            wrong(("server", name), f"`{listen}` is not a loopback address; {cure}")
    for name, provider in configuration.providers.items():
        url = base_url_of(provider, kinds)
        if url is not None and not is_loopback(urlsplit(url).hostname or ""):
            wrong(
                ("providers", name, "base_url"),
                f"the `base_url` of provider `{name}` is not on loopback; {cure}",
            )


def _deployment(
    model: str, entry: DeploymentEntry, provider: Provider, kinds: Mapping[str, KindDefaults]
) -> Deployment:
    attestations = entry.attestations
    capacity = entry.capacity
    host = provider.host or kinds[provider.kind].host
    assert host is not None  # check_configuration demands one
    return Deployment(
        id=f"{entry.provider}/{entry.id}",
        model=model,
        provider=entry.provider,
        kind=provider.kind,
        upstream_id=entry.id,
        host=host,
        region=entry.region or provider.region,
        tier=entry.tier,
        processing_zone=entry.processing_zone or provider.processing_zone,
        storage_zone=entry.storage_zone or provider.storage_zone,
        retention=entry.retention or provider.retention,
        attestations=_attested(provider.attestations if attestations is None else attestations),
        interfaces=entry.interfaces,
        capacity=None
        if capacity is None
        else Capacity(
            requests_per_minute=capacity.requests_per_minute,
            tokens_per_minute=capacity.tokens_per_minute,
            provisioned_units=capacity.provisioned_units,
        ),
        offer=entry.offer,
        dialects=entry.dialects or provider.dialects,
        spillover=None if entry.spillover is None else f"{entry.provider}/{entry.spillover}",
    )


def _attested(entries: tuple[AttestationEntry, ...]) -> tuple[Attestation, ...]:
    return tuple(Attestation(name=entry.name, expires=entry.expires) for entry in entries)
