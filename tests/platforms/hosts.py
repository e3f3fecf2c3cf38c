"""One gateway before several simulated hosts, one model `NAME/m` at each.

>>> with running_hosts(folder, ["groq", "xai"]) as hosts:
...     hosts.through("groq"), hosts.straight("groq")
"""

import functools
import json
import ssl
from collections.abc import Generator, Iterable, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec
import openai

from detente.canonical.model import Dialect
from detente.configuration.schema import ProviderKindName, SimulatedProvider
from detente.providers import compatible_rows
from detente.simulator import Simulator, SimulatorThread
from tests.gateway_configuration import (
    PROVIDER_KEY,
    KeyRow,
    ModelRow,
    ProviderRow,
    credential_files,
    gateway_toml,
)
from tests.gateway_process import GatewayProcess, running_gateway

CLIENT_KEY = "dt-hosts-0001"
MODEL = "m"
TOKENS = 6


class Hosts(msgspec.Struct, frozen=True, kw_only=True):
    """The running gateway and hosts."""

    gateway: GatewayProcess
    simulators: dict[str, SimulatorThread]

    def through(self, name: str) -> tuple[openai.OpenAI, str]:
        """OpenAI's client at the gateway, and what a host's model is called there."""
        return openai_client(f"{self.gateway.base_url}/v1", CLIENT_KEY), f"{name}/{MODEL}"

    def straight(self, name: str) -> tuple[openai.OpenAI, str]:
        """OpenAI's client at the host itself, and what its model is called."""
        return openai_client(self.simulators[name].base_url, PROVIDER_KEY), MODEL


@functools.cache
def certificates() -> ssl.SSLContext:
    """What every client would read anew from disk, longer than all that it does here takes."""
    return ssl.create_default_context()


def openai_client(url: str, key: str) -> openai.OpenAI:
    """OpenAI's client as it comes, but for the certificates that it does not need."""
    transport = openai.DefaultHttpxClient(verify=certificates())
    return openai.OpenAI(base_url=url, api_key=key, max_retries=0, http_client=transport)


@contextmanager
def running_hosts(
    folder: Path, kinds: Iterable[ProviderKindName], *, dialects: Sequence[Dialect] = ()
) -> Generator[Hosts]:
    """Everything running; stopped at the end. `dialects` are those in which hosts are asked, none
    for all that they speak."""
    with ExitStack() as stack:
        simulators = {
            kind: stack.enter_context(
                SimulatorThread(
                    Simulator(
                        kind,
                        models=[MODEL],
                        api_key=PROVIDER_KEY,
                        behaviour=SimulatedProvider(tokens=TOKENS),
                    )
                )
            )
            for kind in kinds
        }
        rows = [_row(kind, simulator.base_url, dialects) for kind, simulator in simulators.items()]
        text = gateway_toml(
            providers=rows,
            models=[
                ModelRow(name=f"{kind}/m", deployments=((kind, MODEL),)) for kind in simulators
            ],
            keys=[KeyRow(name="hosts", key=CLIENT_KEY)],
        )
        gateway = stack.enter_context(running_gateway(folder, text, credential_files(rows)))
        yield Hosts(gateway=gateway, simulators=simulators)


def _row(kind: ProviderKindName, base_url: str, dialects: Sequence[Dialect]) -> ProviderRow:
    hosted = compatible_rows().get(kind)
    needed = kind == "ollama" or (hosted is not None and hosted.host is None)
    settings = ['host = "ourselves"'] if needed else []
    if dialects:
        settings.append(f"dialects = {json.dumps(list(dialects))}")
    return ProviderRow(name=kind, kind=kind, base_url=base_url, settings="\n".join(settings))
