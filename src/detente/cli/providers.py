"""`detente providers`: the configured places that serve models, and whether they work.

`list` reads the configuration and sends nothing. `test` sends each deployment one very small
request, with the credentials of the configuration, and explains what is wrong. `headroom` asks a
running gateway.

    detente providers test azure-eastus2
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cyclopts import App, Parameter
from rich.table import Table
from rich.text import Text

from detente import providers
from detente.canonical.failure import ClientFault
from detente.cli import BAD_NEWS
from detente.cli.facts import one_of
from detente.cli.headroom import headroom, headroom_words
from detente.configuration.schema import Provider
from detente.configuration.world import base_url_of
from detente.gateway.upstream.credentials import resolve_secrets
from detente.gateway.upstream.dial import client_tls
from detente.gateway.upstream.probe import Finding, Probe
from detente.terminal import console
from detente.wiring import CONFIGURATION_NAME, Setup, kind_defaults, load

TIMEOUT_S: Final = 60.0
"""Of one answer: a model may think before it says a word."""
CURES: Final[dict[str, str]] = {
    "address": "check `base_url`, the network and any proxy",
    "credentials": "check the provider's `api_key`, access key or `credentials`",
    "permission": "have the platform grant this account the model",
    "model_unknown": "check the deployment's `id`, and that the account may use it",
    "region": "choose a `region` that hosts the model",
    "clock": "set this machine's clock",
    "capacity": "it works, but has no room now; try again",
    "quota": "raise the account's quota",
    "funds": "pay, or raise the account's limit",
    "redirect": "write the address itself into `base_url`",
    "timeout": "try again, or give more `--timeout-s`",
}
"""What to do about each kind of failure, in a few words."""

app = App(name="providers", help="List the configured providers, and test that they work.")
app.command(headroom)


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One configured provider, as it stands."""

    name: str
    kind: str
    base_url: str | None
    host: str | None
    region: str | None
    credentials: str
    dialects: tuple[str, ...]
    deployments: tuple[str, ...]


@app.command(name="list")
def list_providers(
    *,
    config: Path = Path(CONFIGURATION_NAME),
    kinds: Annotated[bool, Parameter(negative="")] = False,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:
    """List the configured providers, or every kind that there is.

    Parameters
    ----------
    config
        The configuration, or its folder.
    kinds
        List the kinds of provider instead, with their addresses.
    as_json
        Print one JSON array.
    """
    if kinds:
        _print_kinds(as_json=as_json)
        return
    listed = _listed(load(config))
    if as_json:
        _write_json(listed)
        return
    table = _two_columns("PROVIDER", "KIND, PLACE, CREDENTIALS, DEPLOYMENTS")
    for one in listed:
        place = ", ".join(filter(None, (one.kind, one.region, one.base_url)))
        credentials = "no credentials" if one.credentials == "none" else one.credentials
        missing = Text("no deployment names it", style="yellow")
        ids = [Text(f"  {upstream_id}") for upstream_id in one.deployments] or [missing]
        lines = [Text(place), Text(credentials, style="dim"), *ids]
        table.add_row(Text(one.name, style="bold"), Text("\n").join(lines))
    console().print(table)


@app.command(name="test")
def probe(
    name: str,
    /,
    *,
    config: Path = Path(CONFIGURATION_NAME),
    model: Annotated[tuple[str, ...], Parameter(negative="", consume_multiple=False)] = (),
    timeout_s: float = TIMEOUT_S,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:
    """Ask every deployment of provider NAME for one short answer, and say what is wrong.

    Costs a few tokens for each deployment. Ends with status 0 where all answered, else with 1.

    Parameters
    ----------
    name
        The provider's name in the configuration, `[providers.NAME]`.
    config
        The configuration, or its folder.
    model
        Only this model's deployments; may be given several times.
    timeout_s
        How long an answer may take, in seconds.
    as_json
        Print one JSON array of findings.
    """
    setup = load(config)
    one_of(name, list(setup.configuration.providers), "provider")
    if not timeout_s > 0:
        raise ClientFault("request_invalid", "`--timeout-s` is more than zero; write `60`")
    models = tuple(_model_named(setup, word) for word in model)
    findings = asyncio.run(_probed(setup, name, models, timeout_s, shown=not as_json))
    if as_json:
        _write_json(findings)
    if not all(finding.ok for finding in findings):
        raise SystemExit(BAD_NEWS)


async def _probed(
    setup: Setup, name: str, models: tuple[str, ...], timeout_s: float, *, shown: bool
) -> list[Finding]:
    looking = Probe(
        setup, resolve_secrets(setup), trust=client_tls(), timeout_ms=int(timeout_s * 1000)
    )
    findings: list[Finding] = []
    out = console()
    async for finding in looking.run(name, models):
        findings.append(finding)
        if shown:
            out.print(_line(finding))
    return findings


def _line(finding: Finding) -> Text:
    """A finding as a line: its mark, what it is about, and the sentence."""
    style = "green" if finding.ok else "red"
    mark = "✓" if finding.ok else "✗"
    text = Text.assemble((f"{mark} ", style), (f"{finding.about} {finding.name}", "bold"))
    if finding.dialect is not None:
        text.append(f" ({finding.dialect})", style="dim")
    text.append(f": {finding.said}")
    if finding.took_ms is not None and finding.ok:
        text.append(f" in {finding.took_ms:.0f} ms", style="dim")
    if finding.headroom is not None:
        text.append(f"; {headroom_words(finding.headroom)}", style="dim")
    if finding.kind is not None and finding.kind in CURES and not finding.ok:
        text.append(f"\n    {finding.kind}: {CURES[finding.kind]}", style="yellow")
    return text


def _listed(setup: Setup) -> list[Listed]:
    defaults = kind_defaults()
    found: list[Listed] = []
    for name, provider in setup.configuration.providers.items():
        kind = defaults[provider.kind]
        found.append(
            Listed(
                name=name,
                kind=provider.kind,
                base_url=base_url_of(provider, defaults),
                host=provider.host or kind.host,
                region=provider.region,
                credentials=_credentials(provider),
                dialects=tuple(provider.dialects or kind.dialects),
                deployments=tuple(
                    deployment.upstream_id
                    for deployment in setup.world.deployments
                    if deployment.provider == name
                ),
            )
        )
    return found


def _credentials(provider: Provider) -> str:
    """Where a provider's credentials come from, never what they are."""
    if provider.credentials is not None:
        return "the platform's own library"
    secret = provider.api_key or provider.secret_access_key
    if secret is None:
        return "none"
    place = f"environment {secret.env}" if secret.env is not None else f"file {secret.file}"
    what = "key" if provider.api_key is not None else "access key"
    missing = secret.env is not None and secret.env not in os.environ
    return f"{what} in {place}" + (" (not set)" if missing else "")


def _model_named(setup: Setup, word: str) -> str:
    known = {model.name: model.name for model in setup.world.models}
    known |= {alias: model.name for model in setup.world.models for alias in model.aliases}
    return known[one_of(word, list(known), "model")]


def _print_kinds(*, as_json: bool) -> None:
    rows = [
        {
            "kind": kind.name,
            "base_url": kind.default_base_url,
            "host": kind.default_host,
            "needs": list(kind.needs),
            "credentials": kind.chain,
            "dialects": list(kind.dialects),
        }
        for kind in providers.kinds()
    ]
    if as_json:
        _write_json(rows)
        return
    table = _two_columns("KIND", "ADDRESS, DIALECTS")
    for kind in providers.kinds():
        address = Text(kind.default_base_url or "give a `base_url`")
        spoken = Text(", ".join(kind.dialects), style="dim")
        table.add_row(Text(kind.name, style="bold"), Text("\n").join((address, spoken)))
    console().print(table)


def _two_columns(first: str, second: str) -> Table:
    """What is long goes below the address and not beside it: an address is read, and copied, whole
    at 80 columns."""
    table = Table(box=None, pad_edge=False)
    table.add_column(first, no_wrap=True)
    table.add_column(second, overflow="fold")
    return table


def _write_json(value: object) -> None:
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
