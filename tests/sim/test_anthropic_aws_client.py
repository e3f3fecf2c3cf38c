"""The official client of Claude Platform on AWS against a simulation: keyed and signed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import anthropic
import httpx2
import pytest
from anthropic import AnthropicAWS
from anthropic.types import MessageParam

from detente.simulator import Simulator, SimulatorThread
from detente.simulator.identity import issue_keys
from tests.sdk.comparison import plain
from tests.sim.conftest import KEY

MODEL = "claude-sonnet-5-5"
REGION = "us-west-2"
WORKSPACE = "wrkspc_1"
HI: list[MessageParam] = [{"role": "user", "content": "echo hi there"}]
HOUR = timedelta(hours=1)


@pytest.fixture(name="simulator", scope="module")
def _simulator() -> Iterator[SimulatorThread]:
    with SimulatorThread(Simulator("anthropic_aws", models=[MODEL], api_key=KEY)) as running:
        yield running


def keyed(simulator: SimulatorThread, key: str = KEY) -> AnthropicAWS:
    return AnthropicAWS(
        base_url=simulator.base_url, api_key=key, workspace_id=WORKSPACE, max_retries=0
    )


def signed(
    simulator: SimulatorThread, secret: str = KEY, access: str = "AKIATEST", session: str = ""
) -> AnthropicAWS:
    return AnthropicAWS(
        base_url=simulator.base_url,
        aws_access_key=access,
        aws_secret_key=secret,
        aws_session_token=session or None,
        aws_region=REGION,
        workspace_id=WORKSPACE,
        max_retries=0,
    )


@pytest.fixture(params=[keyed, signed])
def client(request: pytest.FixtureRequest, simulator: SimulatorThread) -> Iterator[AnthropicAWS]:
    with request.param(simulator) as client:
        yield client


def test_a_message_whole_streamed_and_counted(client: AnthropicAWS) -> None:
    whole = client.messages.create(model=MODEL, max_tokens=99, messages=HI)
    with client.messages.stream(model=MODEL, max_tokens=99, messages=HI) as stream:
        streamed = stream.get_final_message()
    assert [block.text for block in whole.content if block.type == "text"] == ["hi there"]
    assert plain(streamed.content) == plain(whole.content)
    counted = client.messages.count_tokens(model=MODEL, messages=HI)
    assert counted.input_tokens == whole.usage.input_tokens


def test_where_it_is_to_be_answered(client: AnthropicAWS) -> None:
    answer = client.messages.create(model=MODEL, max_tokens=9, messages=HI, inference_geo="us")
    assert answer.usage.inference_geo == "us"


def test_an_unknown_model(client: AnthropicAWS) -> None:
    with pytest.raises(anthropic.NotFoundError):
        client.messages.create(model="claude-9", max_tokens=9, messages=HI)


def test_a_wrong_key_and_a_wrong_secret(simulator: SimulatorThread) -> None:
    with keyed(simulator, "wrong") as client, pytest.raises(anthropic.AuthenticationError):
        client.messages.create(model=MODEL, max_tokens=9, messages=HI)
    with signed(simulator, "wrong") as client, pytest.raises(anthropic.APIStatusError) as found:
        client.messages.create(model=MODEL, max_tokens=9, messages=HI)
    assert found.value.status_code == 403
    assert found.value.response.headers["x-amzn-errortype"] == "InvalidSignatureException"


def test_a_workspace_must_be_named(simulator: SimulatorThread) -> None:
    answer = httpx2.post(
        f"{simulator.base_url}/v1/messages",
        json={"model": MODEL, "max_tokens": 9, "messages": HI},
        headers={"authorization": f"Bearer {KEY}", "anthropic-version": "2023-06-01"},
    )
    assert answer.status_code == 400
    assert "anthropic-workspace-id" in answer.json()["error"]["message"]


def test_no_credential_at_all(simulator: SimulatorThread) -> None:
    answer = httpx2.post(f"{simulator.base_url}/v1/messages", json={})
    assert answer.status_code == 403
    assert answer.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"


@pytest.mark.parametrize(
    ("lives", "error"), [(HOUR, None), (timedelta(minutes=-1), "ExpiredTokenException")]
)
def test_temporary_keys(lives: timedelta, error: str | None) -> None:
    now = datetime.now(UTC)
    keys = issue_keys(subject="app", issued_at=now - HOUR, expires_at=now + lives)
    assert keys.session_token is not None
    simulated = Simulator("anthropic_aws", models=[MODEL], issued_tokens=True)
    with (
        SimulatorThread(simulated) as running,
        signed(running, keys.secret_access_key, keys.access_key_id, keys.session_token) as client,
    ):
        if error is None:
            client.messages.create(model=MODEL, max_tokens=9, messages=HI)
            return
        with pytest.raises(anthropic.APIStatusError) as found:
            client.messages.create(model=MODEL, max_tokens=9, messages=HI)
    assert found.value.response.headers["x-amzn-errortype"] == error
