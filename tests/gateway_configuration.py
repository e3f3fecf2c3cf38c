"""Configurations for gateways under test, as TOML text.

Says nothing about processes. Keys are given in the clear and written as hashes, so that a
test reads like a user's file.

>>> text = gateway_toml(
...     providers=[ProviderRow(name="sim", kind="openai", base_url="http://127.0.0.1:1/v1")],
...     models=[ModelRow(name="openai/gpt-4", deployments=(("sim", "gpt-4"),))],
... )
>>> '[providers.sim]' in text
True
"""

import hashlib
from collections.abc import Mapping, Sequence

import msgspec

PROVIDER_KEY = "sk-upstream-canary-5d1c"
"""The credential that generated configurations hold for their providers."""


SYNC_INTERVAL_MS = 20
"""How soon the ledger's writer takes what was settled: tests that look at it wait for that."""


class ProviderRow(msgspec.Struct, frozen=True, kw_only=True):
    """One `[providers.NAME]`; `settings` are further lines of TOML."""

    name: str
    kind: str
    base_url: str
    api_key: str | None = PROVIDER_KEY
    settings: str = ""


class ModelRow(msgspec.Struct, frozen=True, kw_only=True):
    """One `[models."NAME"]`; deployments are `(provider, upstream id)` in order."""

    name: str
    deployments: tuple[tuple[str, str], ...]
    aliases: tuple[str, ...] = ()


class KeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One `[keys.NAME]`, by the key itself."""

    name: str
    key: str
    project: str = "tests"


def gateway_toml(
    *,
    providers: Sequence[ProviderRow],
    models: Sequence[ModelRow],
    keys: Sequence[KeyRow] = (),
    limits: Mapping[str, int] | None = None,
    workers: int = 1,
    sync_interval_ms: int | None = SYNC_INTERVAL_MS,
    more: str = "",
) -> str:
    """A whole `detente.toml` that listens on free loopback ports; `more` is appended.

    The ledger's writer looks every `sync_interval_ms`; with None as often as in production, which
    is what a test about kills and outages wants. A `more` with `[ledger]` says so itself.

    The providers' credentials are expected in files `NAME.key` beside it
    (`credential_files`).
    """
    parts = [
        '[server]\nlisten = "127.0.0.1:0"\nadmin_listen = "127.0.0.1:0"\n'
        f'workers = {workers}\nstate = "state"\n'
    ]
    if limits:
        parts.append("[limits]\n" + "".join(f"{k} = {v}\n" for k, v in limits.items()))
    if sync_interval_ms is not None and "[ledger]" not in more:
        parts.append(f"[ledger]\nsync_interval_ms = {sync_interval_ms}\n")
    parts.extend(_provider(row) for row in providers)
    parts.extend(_model(row) for row in models)
    parts.extend(_key(row) for row in keys)
    return "\n".join([*parts, more])


def credential_files(providers: Sequence[ProviderRow]) -> dict[str, str]:
    """The files that a generated configuration refers to, by name."""
    return {f"{row.name}.key": row.api_key for row in providers if row.api_key is not None}


def _provider(row: ProviderRow) -> str:
    secret = f'api_key = {{ file = "{row.name}.key" }}\n' if row.api_key is not None else ""
    return (
        f'[providers.{row.name}]\nkind = "{row.kind}"\nbase_url = "{row.base_url}"\n'
        f"{secret}{row.settings}\n"
    )


def _model(row: ModelRow) -> str:
    aliases = ", ".join(_quoted(alias) for alias in row.aliases)
    deployments = ", ".join(
        f"{{ provider = {_quoted(provider)}, id = {_quoted(upstream)} }}"
        for provider, upstream in row.deployments
    )
    return f"[models.{_quoted(row.name)}]\naliases = [{aliases}]\ndeployments = [{deployments}]\n"


def _key(row: KeyRow) -> str:
    digest = hashlib.sha256(row.key.encode()).hexdigest()
    return f'[keys.{row.name}]\nhash = "sha256:{digest}"\nproject = "{row.project}"\n'


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's string syntax is a subset of it."""
    return msgspec.json.encode(text).decode()
