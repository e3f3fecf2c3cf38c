"""What Amazon's clients ask of a simulated Bedrock beside an answer, and failures on request."""

import json
from typing import Any

import pytest
from botocore.exceptions import (  # pyright: ignore[reportMissingTypeStubs] -- it ships none
    ClientError,
    EventStreamError,
)
from openai import BadRequestError, OpenAI
from openai.providers import bedrock

from detente.simulator import SimulatorThread
from tests.sim.conftest import KEY
from tests.sim.test_bedrock_client import CLAUDE, ECHO, GPT_OSS, client_of, said

NATIVE = json.dumps(
    {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 50,
        "messages": [{"role": "user", "content": "echo hi"}],
    }
)


@pytest.fixture(name="client")
def _client(bedrock_simulator: SimulatorThread, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.delenv("AWS_BEARER_TOKEN_BEDROCK", raising=False)
    return client_of(bedrock_simulator)


def test_tiers_and_latencies_are_told_again(client: Any) -> None:
    asked: Any = {"serviceTier": {"type": "flex"}, "performanceConfig": {"latency": "optimized"}}
    answer = client.converse(modelId=CLAUDE, messages=ECHO, **asked)
    assert {name: answer[name] for name in asked} == asked
    found = client.invoke_model(
        modelId=CLAUDE, body=NATIVE, serviceTier="priority", performanceConfigLatency="standard"
    )
    assert (found["serviceTier"], found["performanceConfigLatency"]) == ("priority", "standard")
    with pytest.raises(ClientError, match="Invalid enum value"):
        client.converse(modelId=CLAUDE, messages=ECHO, serviceTier={"type": "fast"})


def test_guardrails(client: Any) -> None:
    guarded: Any = {
        "guardrailIdentifier": "gr1",
        "guardrailVersion": "1",
        "trace": "enabled",
    }
    answer = client.converse(modelId=CLAUDE, messages=said("abracadabra"), guardrailConfig=guarded)
    assert answer["stopReason"] == "guardrail_intervened"
    assert "wordPolicy" in answer["trace"]["guardrail"]["inputAssessment"]["gr1"]
    streamed = client.converse_stream(
        modelId=CLAUDE,
        messages=said("abracadabra"),
        guardrailConfig={**guarded, "streamProcessingMode": "async"},
    )
    assert "guardrail" in list(streamed["stream"])[-1]["metadata"]["trace"]
    body = client.invoke_model(
        modelId=CLAUDE,
        body=NATIVE.replace("echo hi", "abracadabra"),
        guardrailIdentifier="gr1",
        guardrailVersion="1",
        trace="ENABLED",
    )["body"]
    assert json.loads(body.read())["amazon-bedrock-guardrailAction"] == "INTERVENED"
    with pytest.raises(ClientError, match=r"ValidationException.*does not exist"):
        client.converse(
            modelId=CLAUDE,
            messages=ECHO,
            guardrailConfig={**guarded, "guardrailIdentifier": "gone1"},
        )


@pytest.mark.parametrize(
    "name", ["ModelNotReadyException", "ModelTimeoutException", "ServiceQuotaExceededException"]
)
def test_errors_on_request(client: Any, name: str) -> None:
    with pytest.raises(ClientError, match=name):
        client.invoke_model(modelId=CLAUDE, body=NATIVE.replace("echo hi", f"raise {name}"))


@pytest.mark.parametrize("name", ["throttlingException", "modelTimeoutException"])
def test_exceptions_within_a_stream_on_request(client: Any, name: str) -> None:
    body = NATIVE.replace("echo hi", f"break {name}")
    stream = client.invoke_model_with_response_stream(modelId=CLAUDE, body=body)["body"]
    with pytest.raises(EventStreamError, match=name):
        list(stream)


def test_openais_client_on_the_runtime(bedrock_simulator: SimulatorThread) -> None:
    provider = bedrock(
        endpoint="runtime",
        base_url=f"{bedrock_simulator.base_url}/openai/v1",
        region="eu-central-1",
        access_key_id="AKIDEXAMPLE",
        secret_access_key=KEY,
    )
    client = OpenAI(provider=provider, max_retries=0)
    responded = client.responses.create(model="us.openai.gpt-5.6-sol", input="echo hi")
    assert responded.output_text == "hi"
    asked: Any = {"model": GPT_OSS, "messages": [{"role": "user", "content": "echo hi"}]}
    chat: Any = client.chat.completions.create
    answer = chat(**asked, service_tier="flex")
    assert (answer.choices[0].message.content, answer.service_tier) == ("hi", "flex")
    with pytest.raises(BadRequestError, match="isn't supported on this route"):
        client.responses.create(model=GPT_OSS, input="hi")
    with pytest.raises(BadRequestError, match="isn't supported on this route"):
        chat(**{**asked, "model": CLAUDE})
    with pytest.raises(BadRequestError, match="background is not supported"):
        client.responses.create(model="us.openai.gpt-5.6-sol", input="hi", background=True)
