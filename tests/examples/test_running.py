"""The examples from ordinary life run as they stand, on free ports, on a day of their terms."""

import http.client
import json
import re
import shutil
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from detente import wiring
from detente.configuration.schema import SimulatedProvider
from detente.simulator import Simulator, SimulatorThread
from tests.examples.bundles import EXAMPLES
from tests.gateway_process import GatewayProcess, running_gateway

WAIT_S = 20.0
DAY = "2026-12-01"
"""In rehearsal a request chooses the date of its decision: these contracts end, too."""


@contextmanager
def running(name: str, folder: Path) -> Generator[GatewayProcess]:
    """The example's gateway and its simulated platforms, in a copy of its folder."""
    copy = shutil.copytree(EXAMPLES / name, folder / name)
    setup = wiring.load(copy)
    text = (copy / "detente.toml").read_text(encoding="utf-8")
    with ExitStack() as stack:
        for place, provider in setup.configuration.providers.items():
            simulator = Simulator(
                provider.kind,
                models=[d.upstream_id for d in setup.world.deployments if d.provider == place],
                api_key=_secret(copy) if provider.secret_access_key is not None else None,
                behaviour=setup.configuration.simulator.get(place, SimulatedProvider()),
            )
            stack.enter_context(SimulatorThread(simulator))
            port = urlsplit(provider.base_url or "").port
            text = text.replace(f":{port}", f":{simulator.port}")
        text = re.sub(r'listen = "127.0.0.1:\d+"', 'listen = "127.0.0.1:0"', text)
        text += "\n[rehearsal]\nenabled = true\n"
        yield stack.enter_context(running_gateway(copy, text))


def _secret(folder: Path) -> str:
    return (folder / "simulated.key").read_text(encoding="utf-8").strip()


def served_by(gateway: GatewayProcess, key: str, model: str) -> str | None:
    """Where a request of that key for that model went."""
    client = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=WAIT_S)
    body = json.dumps({"model": model, "messages": [{"role": "user", "content": "hello"}]})
    headers = {
        "authorization": f"Bearer {key}",
        "content-type": "application/json",
        "x-detente-at": DAY,
    }
    try:
        client.request("POST", "/v1/chat/completions", body, headers)
        answer = client.getresponse()
        answer.read()
        assert answer.status == 200
        return answer.headers["x-detente-deployment"]
    finally:
        client.close()


def test_paid_units_come_first_and_their_overflow_stays_in_europe(tmp_path: Path) -> None:
    with running("european-company", tmp_path) as gateway:
        served = [served_by(gateway, "dt-demo-office", "gpt-6-sol") for _ in range(4)]
        assert served == ["azure/gpt-6-sol-ptu"] * 2 + ["azure/gpt-6-sol-eu"] * 2
        claude = served_by(gateway, "dt-demo-claims", "claude-sonnet-4-6")
        assert claude == "bedrock/eu.anthropic.claude-sonnet-4-6"


def test_the_lab_and_its_partners_answer(tmp_path: Path) -> None:
    """Which first depends on what was placed by now, as the balance of the promised volume."""
    with running("reseller", tmp_path) as gateway:
        served = served_by(gateway, "dt-demo-desk", "lumen-2")
        assert served in ("lumen/lumen-2", "eastcloud/lumen-2")
