"""Credentials that a library finds, behind a running gateway: asked for once, in nobody's way."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from detente.configuration.schema import SimulatedProvider
from detente.simulator import Hold, IdentitySimulator, Simulator, SimulatorThread
from detente.simulator.identity.aws import CONTAINER
from detente.simulator.identity.desk import Identities
from tests.gateway_configuration import KeyRow, ModelRow, ProviderRow, gateway_toml
from tests.gateway_process import GatewayProcess, eventually, running_gateway

CLIENT_KEY = "dt-credentials-0001"
CLIENTS = 500
WAIT_S = 60
MODEL = "amazon.nova-lite-v1:0"
BODY = json.dumps({"messages": [{"role": "user", "content": [{"text": "hello"}]}]}).encode()


class Stage:
    """A gateway whose provider's credentials come from a container's service."""

    def __init__(
        self, gateway: GatewayProcess, identity: SimulatorThread, bedrock: SimulatorThread
    ) -> None:
        self.gateway = gateway
        self.identity = identity
        self.bedrock = bedrock

    def asked(self) -> int:
        """How often credentials were asked for."""
        return sum(request.path == CONTAINER for request in self.identity.requests)

    def statuses(self, model: str, clients: int) -> dict[int, int]:
        """How many of that many requests at once were answered how."""
        return asyncio.run(self.ask(model, clients))

    async def ask(self, model: str, clients: int) -> dict[int, int]:
        """See `statuses`."""
        async with asyncio.timeout(WAIT_S):
            answered = await asyncio.gather(*(self._one(model) for _ in range(clients)))
        return {status: answered.count(status) for status in set(answered)}

    async def _one(self, model: str) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.gateway.port)
        head = (
            f"POST /model/{model}/converse HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n"
            f"authorization: Bearer {CLIENT_KEY}\r\ncontent-length: {len(BODY)}\r\n\r\n"
        )
        writer.write(head.encode() + BODY)
        answer = await reader.read()
        writer.close()
        return int(answer.split(b" ", 2)[1])


@pytest.fixture(name="identity")
def _identity() -> Iterator[SimulatorThread]:
    with SimulatorThread(IdentitySimulator(Identities())) as running:
        yield running


@pytest.fixture(name="stage")
def _stage(
    tmp_path: Path, identity: SimulatorThread, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    """Started while the service holds its answer: nothing can have been fetched before."""
    for name, value in {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{identity.base_url}{CONTAINER}",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": Identities().aws_container,
        "AWS_EC2_METADATA_DISABLED": "true",
        "HOME": str(tmp_path),
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_BEARER_TOKEN_BEDROCK"):
        monkeypatch.delenv(name, raising=False)
    identity.script(Hold())
    behaviour = SimulatedProvider(tokens=2)
    signed = Simulator("bedrock", models=[MODEL], issued_tokens=True, behaviour=behaviour)
    plain = Simulator("bedrock", models=[MODEL], api_key="sk-plain", behaviour=behaviour)
    with SimulatorThread(signed) as bedrock, SimulatorThread(plain) as other:
        rows = [
            ProviderRow(
                name="chained",
                kind="bedrock",
                base_url=bedrock.base_url,
                api_key=None,
                settings='region = "us-east-1"\ncredentials = "default"',
            ),
            ProviderRow(name="keyed", kind="bedrock", base_url=other.base_url, api_key="sk-plain"),
        ]
        text = gateway_toml(
            providers=rows,
            models=[
                ModelRow(name="amazon/nova", deployments=(("chained", MODEL),), aliases=("nova",)),
                ModelRow(name="amazon/other", deployments=(("keyed", MODEL),), aliases=("other",)),
            ],
            keys=[KeyRow(name="tests", key=CLIENT_KEY)],
        )
        with running_gateway(tmp_path / "gateway", text, {"keyed.key": "sk-plain"}) as gateway:
            yield Stage(gateway, identity, bedrock)


def test_five_hundred_requests_wait_for_one_refresh(stage: Stage) -> None:
    eventually(lambda: stage.asked() == 1, "credentials are asked for before any request")

    async def both() -> dict[int, int]:
        asking = asyncio.create_task(stage.ask("nova", CLIENTS))
        # Others are served meanwhile: a library that hangs holds up nobody else.
        assert await stage.ask("other", 20) == {200: 20}
        assert not asking.done()
        assert stage.bedrock.requests == ()
        stage.identity.release()
        return await asking

    assert asyncio.run(both()) == {200: CLIENTS}
    assert stage.asked() == 1
    assert stage.statuses("nova", 50) == {200: 50}
    assert stage.asked() == 1


def test_no_secret_is_logged(stage: Stage) -> None:
    eventually(lambda: stage.asked() == 1, "credentials are asked for")
    stage.identity.release()
    assert stage.statuses("nova", 5) == {200: 5}
    sent = stage.bedrock.requests[-1].header("x-amz-security-token")
    assert sent is not None
    assert sent not in stage.gateway.errors()
    assert Identities().aws_container not in stage.gateway.errors()
