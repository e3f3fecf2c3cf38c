"""Anthropic's and OpenAI's clients against simulated Mantle, Bedrock's other host."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import anthropic
import openai
import pytest
from anthropic.lib.bedrock import AnthropicBedrockMantle
from openai.providers import bedrock

from detente.providers import Credentials
from detente.simulator import Simulator, SimulatorThread
from detente.simulator.identity import issue_keys
from tests.sim.conftest import KEY

CLAUDE, OSS, GPT, QWEN = (
    "anthropic.claude-haiku-4-5",
    "openai.gpt-oss-120b",
    "openai.gpt-5.5",
    "qwen.qwen3-32b",
)
MODELS = (CLAUDE, OSS, GPT, QWEN)
REGION = "us-east-1"
AWS = Credentials(access_key_id="AKID", secret_access_key=KEY)
TOOL: Any = {
    "name": "get_weather",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
}


@pytest.fixture(name="mantle")
def _mantle() -> Iterator[SimulatorThread]:
    simulator = Simulator("bedrock_mantle", models=MODELS, api_key=KEY, region=REGION)
    with SimulatorThread(simulator) as running:
        yield running


def claude(
    simulator: SimulatorThread, aws: Credentials | None = AWS, region: str = REGION, key: str = KEY
) -> AnthropicBedrockMantle:
    url = f"{simulator.base_url}/anthropic"
    if aws is None:
        return AnthropicBedrockMantle(base_url=url, api_key=key, aws_region=region, max_retries=0)
    return AnthropicBedrockMantle(
        base_url=url,
        aws_access_key=aws.access_key_id,
        aws_secret_key=aws.secret_access_key,
        aws_session_token=aws.session_token,
        aws_region=region,
        max_retries=0,
    )


def gpt(simulator: SimulatorThread, root: str, *, signed: bool = True) -> openai.OpenAI:
    url = simulator.base_url + root
    if not signed:
        return openai.OpenAI(provider=bedrock(base_url=url, api_key=KEY), max_retries=0)
    provider = bedrock(
        base_url=url,
        region=REGION,
        access_key_id=AWS.access_key_id,
        secret_access_key=AWS.secret_access_key,
    )
    return openai.OpenAI(provider=provider, max_retries=0)


def asked(client: AnthropicBedrockMantle, prompt: str = "echo hi", model: str = CLAUDE) -> Any:
    return client.messages.create(
        model=model, max_tokens=50, messages=[{"role": "user", "content": prompt}]
    )


@pytest.mark.parametrize("aws", [AWS, None])
def test_claude_by_signature_and_by_key(mantle: SimulatorThread, aws: Credentials | None) -> None:
    client = claude(mantle, aws)
    assert asked(client).content[0].text == "hi"
    with client.messages.stream(
        model=CLAUDE, max_tokens=50, messages=[{"role": "user", "content": "echo hi there"}]
    ) as stream:
        assert stream.get_final_text() == "hi there"
    counted = client.messages.count_tokens(
        model=CLAUDE, messages=[{"role": "user", "content": "echo hi"}]
    )
    assert counted.input_tokens == asked(client).usage.input_tokens


def test_claude_calls_tools(mantle: SimulatorThread) -> None:
    answer = claude(mantle).messages.create(
        model=CLAUDE,
        max_tokens=50,
        tools=[TOOL],
        messages=[{"role": "user", "content": 'get_weather {"city": "Paris"}'}],
    )
    assert answer.stop_reason == "tool_use"
    assert answer.content[0].type == "tool_use"
    assert answer.content[0].input == {"city": "Paris"}


@pytest.mark.parametrize("signed", [True, False])
def test_openais_client_by_signature_and_by_key(mantle: SimulatorThread, *, signed: bool) -> None:
    client = gpt(mantle, "/v1", signed=signed)
    messages: Any = [{"role": "user", "content": "echo hi there"}]
    answer = client.chat.completions.create(model=OSS, messages=messages)
    assert answer.choices[0].message.content == "hi there"
    chunks = client.chat.completions.create(model=OSS, messages=messages, stream=True)
    deltas = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(deltas) == "hi there"
    later = gpt(mantle, "/openai/v1", signed=signed)
    assert later.responses.create(model=GPT, input="echo hi").output_text == "hi"
    with later.responses.stream(model=GPT, input="echo hi") as stream:
        assert stream.get_final_response().output_text == "hi"
    assert {model.id for model in client.models.list()} == set(MODELS)


def test_a_model_below_the_other_root(mantle: SimulatorThread) -> None:
    with pytest.raises(openai.BadRequestError, match="isn't supported on this route"):
        gpt(mantle, "/v1").responses.create(model=GPT, input="hi")
    with pytest.raises(openai.BadRequestError, match="isn't supported on this route"):
        gpt(mantle, "/openai/v1").responses.create(model=OSS, input="hi")
    with pytest.raises(openai.BadRequestError, match="does not support"):
        gpt(mantle, "/v1").responses.create(model=QWEN, input="hi")
    with pytest.raises(anthropic.BadRequestError, match="does not support"):
        asked(claude(mantle), model=OSS)


def test_a_model_that_nobody_has(mantle: SimulatorThread) -> None:
    with pytest.raises(anthropic.NotFoundError, match="gone"):
        asked(claude(mantle), model="anthropic.gone")
    with pytest.raises(openai.NotFoundError, match="does not exist"):
        gpt(mantle, "/v1").chat.completions.create(
            model="openai.gone", messages=[{"role": "user", "content": "hi"}]
        )


def test_what_is_not_let_in(mantle: SimulatorThread) -> None:
    wrong = Credentials(access_key_id="AKID", secret_access_key="other")
    with pytest.raises(anthropic.PermissionDeniedError, match="does not match the signature"):
        asked(claude(mantle, wrong))
    with pytest.raises(anthropic.PermissionDeniedError, match="API Key is valid"):
        asked(claude(mantle, None, key="other"))
    with pytest.raises(anthropic.PermissionDeniedError, match="valid region, not 'eu-west-1'"):
        asked(claude(mantle, region="eu-west-1"))


def test_temporary_keys() -> None:
    now = datetime.now(UTC)
    hour = timedelta(hours=1)
    simulator = Simulator("bedrock_mantle", models=MODELS, issued_tokens=True)
    with SimulatorThread(simulator) as running:
        keys = issue_keys(subject="me", issued_at=now, expires_at=now + hour)
        assert asked(claude(running, keys)).content[0].text == "hi"
        ended = issue_keys(subject="me", issued_at=now - 2 * hour, expires_at=now - hour)
        with pytest.raises(anthropic.PermissionDeniedError, match="is expired"):
            asked(claude(running, ended))


def test_an_error_on_request(mantle: SimulatorThread) -> None:
    with pytest.raises(anthropic.RateLimitError):
        asked(claude(mantle), "raise ThrottlingException")
    with pytest.raises(openai.InternalServerError):
        gpt(mantle, "/v1").chat.completions.create(
            model=OSS, messages=[{"role": "user", "content": "raise ServiceUnavailableException"}]
        )
