"""`examples/every-platform` has every kind, and each of its providers works as configured."""

import asyncio
import re
import shutil
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

from detente import providers, wiring
from detente.configuration.schema import SimulatedProvider
from detente.gateway.upstream.credentials import resolve_secrets
from detente.gateway.upstream.dial import client_tls
from detente.gateway.upstream.probe import Finding, Probe
from detente.simulator import Simulator
from tests.examples.bundles import EXAMPLES

FOLDER = EXAMPLES / "every-platform"
TIMEOUT_MS = 10_000


def simulated(setup: wiring.Setup, name: str) -> Simulator:
    """A provider of the example, on a port that is free."""
    provider = setup.configuration.providers[name]
    has_key = provider.api_key is not None or provider.secret_access_key is not None
    return Simulator(
        provider.kind,
        models=[d.upstream_id for d in setup.world.deployments if d.provider == name],
        api_key=(FOLDER / "simulated.key").read_text(encoding="utf-8").strip() if has_key else None,
        behaviour=setup.configuration.simulator.get(name, SimulatedProvider()),
    )


async def findings(folder: Path) -> list[Finding]:
    """What a test of every provider finds."""
    setup = wiring.load(FOLDER)
    text = (FOLDER / "detente.toml").read_text(encoding="utf-8")
    async with AsyncExitStack() as stack:
        for name, provider in setup.configuration.providers.items():
            running = await stack.enter_async_context(simulated(setup, name))
            port = urlsplit(provider.base_url or "").port
            text = re.sub(rf":{port}\b", f":{running.port}", text)
        (folder / "detente.toml").write_text(text, encoding="utf-8")
        shutil.copy(FOLDER / "simulated.key", folder)
        moved = wiring.load(folder)
        look = Probe(moved, resolve_secrets(moved), trust=client_tls(), timeout_ms=TIMEOUT_MS)
        names = list(moved.configuration.providers)
        return [one for name in names async for one in look.run(name)]


def test_every_provider_answers(tmp_path: Path) -> None:
    found = asyncio.run(findings(tmp_path))
    assert [one for one in found if not one.ok] == []
    asked = {one.name.partition("/")[0] for one in found if one.about == "deployment"}
    assert asked == set(wiring.load(FOLDER).configuration.providers)


def test_it_has_every_kind_that_needs_code_on_ports_of_their_own() -> None:
    configured = wiring.load(FOLDER).configuration
    kinds = {one.kind for one in configured.providers.values()}
    assert kinds >= {kind.name for kind in providers.KINDS}
    addresses = [urlsplit(one.base_url or "") for one in configured.providers.values()]
    assert {address.hostname for address in addresses} == {"127.0.0.1"}
    ports = [address.port or 0 for address in addresses]
    assert len(ports) == len(set(ports))
    assert all(18200 < port < 18300 for port in ports)
