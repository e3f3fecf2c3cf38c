"""Amazon's clients of Bedrock: the same straight from its hosts and through the gateway."""

import json
import ssl
from collections.abc import Generator
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest
from botocore import exceptions  # pyright: ignore[reportMissingTypeStubs] - it has none

from bench import certificates
from detente.simulator import Simulator, SimulatorThread, Status
from detente.simulator.dialects.guardrail import MESSAGE
from tests.gateway_configuration import PROVIDER_KEY
from tests.gateway_process import running_gateway
from tests.platforms.bedrock_stage import (
    BOTH,
    CLAUDE,
    CLIENT_KEY,
    ELSEWHERE,
    GPT,
    GROK,
    GUARDED,
    HURRIED,
    MANTLE_CLAUDE,
    MANTLE_OSS,
    NOVA,
    OSS,
    PROFILE,
    REGION,
    Place,
    Stage,
    configuration,
    running_stage,
)
from tests.sdk.comparison import plain

SPEC = {
    "name": "get_weather",
    "inputSchema": {"json": {"type": "object", "properties": {"city": {"type": "string"}}}},
}
TOOLS = {"tools": [{"toolSpec": SPEC}]}
CALL = 'get_weather {"city": "Paris"}'
NATIVE = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 50,
    "messages": [{"role": "user", "content": "echo hi there"}],
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stage]:
    with running_stage(tmp_path_factory.mktemp("bedrock") / "gateway") as running:
        yield running


@pytest.fixture(autouse=True)
def no_bearer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bearer key in the environment would win over the keys given."""
    monkeypatch.delenv("AWS_BEARER_TOKEN_BEDROCK", raising=False)


def said(prompt: str) -> list[Any]:
    return [{"role": "user", "content": [{"text": prompt}]}]


def shown(answer: Any) -> Any:
    """An answer of boto3's without what differs between two equal ones."""
    return plain({key: value for key, value in answer.items() if key != "ResponseMetadata"})


def converse(place: Place, model: str, prompt: str, **more: Any) -> Any:
    return shown(place.boto().converse(modelId=model, messages=said(prompt), **more))


def converse_stream(place: Place, model: str, prompt: str, **more: Any) -> Any:
    found = place.boto().converse_stream(modelId=model, messages=said(prompt), **more)
    return [plain(event) for event in found["stream"]]


def invoke(place: Place, model: str, prompt: str) -> Any:
    body = {**NATIVE, "messages": [{"role": "user", "content": prompt}]}
    found = place.boto().invoke_model(modelId=model, body=json.dumps(body))
    return plain(json.loads(found["body"].read()))


def invoke_stream(place: Place, model: str, prompt: str) -> Any:
    body = {**NATIVE, "messages": [{"role": "user", "content": prompt}]}
    found = place.boto().invoke_model_with_response_stream(modelId=model, body=json.dumps(body))
    return [plain(json.loads(event["chunk"]["bytes"])) for event in found["body"]]


def count_tokens(place: Place, model: str, prompt: str) -> Any:
    own = model if place.mantle_url == place.runtime_url else model.removeprefix("us.")
    return shown(
        place.boto().count_tokens(modelId=own, input={"converse": {"messages": said(prompt)}})
    )


@pytest.mark.parametrize("model", [CLAUDE, PROFILE, NOVA, OSS, GPT])
def test_converse(stage: Stage, model: str) -> None:
    for prompt, more in (("echo hi there", {}), (CALL, {"toolConfig": TOOLS})):
        for call in (converse, converse_stream):
            direct = call(stage.direct, model, prompt, **more)
            assert call(stage.gateway, model, prompt, **more) == direct
    assert converse(stage.gateway, model, CALL, toolConfig=TOOLS)["stopReason"] == "tool_use"


@pytest.mark.parametrize("model", [CLAUDE, PROFILE])
def test_invoke(stage: Stage, model: str) -> None:
    for call in (invoke, invoke_stream):
        assert call(stage.gateway, model, "echo hi") == call(stage.direct, model, "echo hi")


def test_counting(stage: Stage) -> None:
    counted = count_tokens(stage.gateway, CLAUDE, "echo hi there")
    assert counted == count_tokens(stage.direct, CLAUDE, "echo hi there")
    assert counted["inputTokens"] > 0


def message(client: Any, model: str, **more: Any) -> Any:
    asked = {"model": model, "max_tokens": 50, **more}
    return client.messages.create(messages=[{"role": "user", "content": "echo hi there"}], **asked)


def test_anthropics_client_by_invoke(stage: Stage) -> None:
    direct, through = (place.claude() for place in (stage.direct, stage.gateway))
    assert plain(message(through, CLAUDE)) == plain(message(direct, CLAUDE))
    events = [
        [plain(event) for event in message(c, CLAUDE, stream=True)] for c in (direct, through)
    ]
    assert events[0] == events[1]


@pytest.mark.parametrize("signed", [True, False])
def test_anthropics_client_of_the_other_host(stage: Stage, *, signed: bool) -> None:
    direct, through = (
        place.mantle_claude(signed=signed) for place in (stage.direct, stage.gateway)
    )
    answer = message(through, MANTLE_CLAUDE)
    assert plain(answer) == plain(message(direct, MANTLE_CLAUDE))
    assert answer.content[0].text == "hi there"
    events = [
        [plain(event) for event in message(c, MANTLE_CLAUDE, stream=True)]
        for c in (direct, through)
    ]
    assert events[0] == events[1]
    counts = [
        c.messages.count_tokens(
            model=MANTLE_CLAUDE, messages=[{"role": "user", "content": "hi"}]
        ).input_tokens
        for c in (direct, through)
    ]
    assert counts[0] == counts[1] > 0


def chat(client: openai.OpenAI, model: str) -> Any:
    asked: Any = client.chat.completions.create
    messages = [{"role": "user", "content": "echo hi there"}]
    events = asked(
        model=model, messages=messages, stream=True, stream_options={"include_usage": True}
    )
    return [plain(asked(model=model, messages=messages)), [plain(event) for event in events]]


def respond(client: openai.OpenAI, model: str) -> Any:
    events = client.responses.create(model=model, input="echo hi there", stream=True)
    whole = client.responses.create(model=model, input="echo hi there")
    return [plain(whole), [plain(event) for event in events]]


@pytest.mark.parametrize("signed", [True, False])
def test_openais_client_of_either_host(stage: Stage, *, signed: bool) -> None:
    for ask, model, root, runtime in (
        (chat, OSS, "/openai/v1", True),
        (respond, GPT, "/openai/v1", True),
        (chat, MANTLE_OSS, "/v1", False),
        (respond, MANTLE_OSS, "/v1", False),
        (chat, GROK, "/openai/v1", False),
        (respond, GROK, "/openai/v1", False),
    ):
        direct, through = (
            ask(place.openai(root, runtime=runtime, signed=signed), model)
            for place in (stage.direct, stage.gateway)
        )
        assert direct == through, (model, root)


def test_a_request_that_bedrock_refuses_is_told_alike(stage: Stage) -> None:
    for place in (stage.direct, stage.gateway):
        with pytest.raises(exceptions.ClientError, match=r"ValidationException.*enum value set"):
            place.boto().converse(
                modelId=NOVA,
                messages=[
                    {
                        "role": "user",
                        "content": [{"image": {"format": "bmp", "source": {"bytes": b""}}}],
                    }
                ],
            )
        with pytest.raises(anthropic.BadRequestError, match="max_tokens"):
            message(place.claude(), CLAUDE, max_tokens=0)


def test_a_stream_that_breaks_is_told_alike(stage: Stage) -> None:
    for place in (stage.direct, stage.gateway):
        with pytest.raises(exceptions.EventStreamError, match="throttlingException"):
            converse_stream(place, NOVA, "break throttlingException")


def test_a_model_that_nobody_has(stage: Stage) -> None:
    with pytest.raises(exceptions.ClientError, match="ValidationException"):
        converse(stage.direct, "amazon.gone-v1:0", "hi")
    with pytest.raises(exceptions.ClientError, match="unknown model"):
        converse(stage.gateway, "amazon.gone-v1:0", "hi")


def test_a_wrong_secret(stage: Stage) -> None:
    for place in (stage.direct, stage.gateway):
        wrong = Place(
            runtime_url=place.runtime_url,
            mantle_url=place.mantle_url,
            key="wrong",
            access_key=place.access_key,
            secret="wrong",
        )
        with pytest.raises(exceptions.ClientError) as caught:
            converse(wrong, NOVA, "hi")
        fault: Any = caught.value
        response: Any = fault.response
        assert response["ResponseMetadata"]["HTTPStatusCode"] in (401, 403)
        for signed in (True, False):
            with pytest.raises(anthropic.APIStatusError) as refused:
                message(wrong.mantle_claude(signed=signed), MANTLE_CLAUDE)
            assert refused.value.status_code in (401, 403)
            with pytest.raises(openai.APIStatusError) as denied:
                chat(wrong.openai("/v1", signed=signed), MANTLE_OSS)
            assert denied.value.status_code in (401, 403)


def test_a_region_that_is_not_the_hosts(stage: Stage) -> None:
    with pytest.raises(exceptions.ClientError, match="check `region`"):
        converse(stage.gateway, ELSEWHERE, "hi")
    found = stage.gateway.boto().converse(modelId=BOTH, messages=said("echo hi"))
    headers = found["ResponseMetadata"]["HTTPHeaders"]
    assert (headers["x-detente-deployment"], headers["x-detente-attempts"]) == (
        f"runtime/{NOVA}",
        "2",
    )


def test_a_guardrail_is_asked_for_whatever_the_client_speaks(stage: Stage) -> None:
    client = openai.OpenAI(base_url=f"{stage.gateway.mantle_url}/v1", api_key=CLIENT_KEY)
    answer = client.responses.create(model=GUARDED, input="say abracadabra")
    assert answer.output_text == MESSAGE
    assert stage.runtime.requests[-1].path.endswith("/converse")
    blocked = converse(
        stage.gateway,
        GUARDED,
        "abracadabra",
        guardrailConfig={"guardrailIdentifier": "gr9", "guardrailVersion": "1", "trace": "enabled"},
    )
    assert blocked["stopReason"] == "guardrail_intervened"
    assert "trace" not in blocked  # which the operator has not asked for


def test_a_tier_is_asked_for_whatever_the_client_says(stage: Stage) -> None:
    found = stage.gateway.boto().converse(
        modelId=HURRIED, messages=said("hi"), serviceTier={"type": "priority"}
    )
    assert found["serviceTier"] == {"type": "flex"}
    client = stage.gateway.openai("/openai/v1", runtime=True)
    answer = client.chat.completions.create(
        model=HURRIED, messages=[{"role": "user", "content": "hi"}], service_tier="priority"
    )
    assert answer.service_tier == "flex"


def test_boto3_tries_again(stage: Stage) -> None:
    stage.runtime.reset()
    stage.runtime.script(Status(status=503))
    answer = stage.gateway.boto(attempts=3).converse(modelId=NOVA, messages=said("echo hi"))
    assert answer["output"]["message"]["content"] == [{"text": "hi"}]
    assert len(stage.runtime.requests) == 2


def test_a_bearer_key_over_https(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = certificates.make(tmp_path / "certificates")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(files.chain, files.private_key)
    monkeypatch.setenv("SSL_CERT_FILE", str(files.authority))
    simulator = Simulator("bedrock", models=[NOVA], api_key=PROVIDER_KEY, tls=tls, region=REGION)
    with SimulatorThread(simulator) as runtime:
        server = f'tls = {{ certificate = "{files.chain}", private_key = "{files.private_key}" }}\n'
        text, named = configuration(runtime.base_url, runtime.base_url, server)
        with running_gateway(tmp_path / "gateway", text, named) as gateway:
            assert gateway.base_url.startswith("https://")
            monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", CLIENT_KEY)
            place = Place(
                runtime_url=gateway.base_url,
                mantle_url=gateway.base_url,
                key=CLIENT_KEY,
                access_key="AKIAIGNORED",
                secret="ignored",
            )
            client = place.boto(trust=files.authority)
            answer = client.converse(modelId=NOVA, messages=said("echo hi"))
            assert answer["output"]["message"]["content"] == [{"text": "hi"}]
            sent = runtime.requests[-1].header("authorization") or ""
            assert sent.startswith("AWS4-HMAC-SHA256 ")
