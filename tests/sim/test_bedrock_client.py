"""Amazon's and Anthropic's official clients against a simulated Amazon Bedrock."""

import json
import ssl
from pathlib import Path
from typing import Any

import boto3  # pyright: ignore[reportMissingTypeStubs] -- it ships none
import httpx2
import pytest
from anthropic.lib.bedrock import AnthropicBedrock
from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs] -- it ships none
from botocore.exceptions import (  # pyright: ignore[reportMissingTypeStubs] -- it ships none
    ClientError,
    EventStreamError,
)

from bench import certificates
from detente.canonical.extras import Json, Obj
from detente.configuration.schema import SimulatedProvider
from detente.simulator import Cut, Simulator, SimulatorThread, StreamError
from tests.sim.conftest import KEY

CLAUDE = "anthropic.claude-sonnet-4-5-v1:0"
NOVA = "amazon.nova-lite-v1:0"
GPT_OSS = "openai.gpt-oss-120b-1:0"
PNG = b"\x89PNG\xff\xfe not really"
CONFIG = Config(retries={"total_max_attempts": 1})
TOOLS: Obj = {
    "tools": [
        {
            "toolSpec": {
                "name": name,
                "inputSchema": {
                    "json": {"type": "object", "properties": {"city": {"type": "string"}}}
                },
            }
        }
        for name in ("get_weather", "get_image")
    ]
}
THINKING: Obj = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
QUESTION: Obj = {
    "role": "user",
    "content": [{"text": 'get_weather {"city": "Paris"} get_image {"n": 2} and report'}],
}


def client_of(  # boto3 makes the client's class as it runs
    simulator: SimulatorThread, secret: str = KEY, trust: Path | None = None
) -> Any:
    library: Any = boto3
    return library.client(
        "bedrock-runtime",
        endpoint_url=simulator.base_url,
        region_name="eu-central-1",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key=secret,
        verify=trust and str(trust),
        config=CONFIG,
    )


@pytest.fixture(autouse=True)
def no_bearer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bearer key in the environment would win over the keys given."""
    monkeypatch.delenv("AWS_BEARER_TOKEN_BEDROCK", raising=False)


@pytest.fixture
def client(bedrock_simulator: SimulatorThread) -> Any:
    return client_of(bedrock_simulator)


def user(*content: Json) -> Obj:
    return {"role": "user", "content": list(content)}


def said(text: str) -> list[Json]:
    return [user({"text": text})]


def test_an_answer_and_its_usage(client: Any) -> None:
    answer = client.converse(modelId=CLAUDE, messages=said("echo hi there"))
    assert answer["output"]["message"] == {"role": "assistant", "content": [{"text": "hi there"}]}
    assert answer["stopReason"] == "end_turn"
    assert answer["usage"]["inputTokens"] == 3 + 3
    assert answer["usage"]["totalTokens"] == 6 + 2


def test_a_stream(client: Any) -> None:
    stream = client.converse_stream(modelId=CLAUDE, messages=said("count to 3"))["stream"]
    events = [next(iter(event.items())) for event in stream]
    assert [name for name, _ in events] == [
        "messageStart",
        *["contentBlockDelta"] * 3,
        "contentBlockStop",
        "messageStop",
        "metadata",
    ]
    deltas = [value["delta"]["text"] for name, value in events if name == "contentBlockDelta"]
    assert deltas == ["1", " 2", " 3"]
    assert events[-1][1]["usage"]["outputTokens"] == 3


def test_limits_stops_and_filters(client: Any) -> None:
    def ended(prompt: str, **config: object) -> str:
        answer = client.converse(modelId=CLAUDE, messages=said(prompt), inferenceConfig=config)
        return answer["stopReason"]

    assert ended("count to 9", maxTokens=3) == "max_tokens"
    assert ended("count to 9", stopSequences=[" 4"]) == "stop_sequence"
    assert ended("forbidden answer") == "content_filtered"


def test_structured_output(client: Any) -> None:
    schema = json.dumps({"type": "object", "properties": {"city": {"type": "string"}}})
    form = {"type": "json_schema", "structure": {"jsonSchema": {"schema": schema, "name": "s"}}}
    answer = client.converse(
        modelId=CLAUDE, messages=said("where?"), outputConfig={"textFormat": form}
    )
    assert json.loads(answer["output"]["message"]["content"][0]["text"]) == {"city": "city"}


def collected(stream: Any) -> Obj:
    """The message that the events of a stream make."""
    blocks: dict[int, Obj] = {}
    for event in stream:
        for name, value in event.items():
            if name == "contentBlockStart":
                blocks[value["contentBlockIndex"]] = {
                    "toolUse": {**value["start"]["toolUse"], "input": ""}
                }
            elif name == "contentBlockDelta":
                add(blocks.setdefault(value["contentBlockIndex"], {}), value["delta"])
    for block in blocks.values():
        use = block.get("toolUse")
        if isinstance(use, dict):
            use["input"] = json.loads(str(use["input"]))
    return {"role": "assistant", "content": [blocks[index] for index in sorted(blocks)]}


def add(block: Any, delta: Any) -> None:
    if "toolUse" in delta:
        block["toolUse"]["input"] += delta["toolUse"]["input"]
    elif "reasoningContent" in delta:
        text = block.setdefault("reasoningContent", {"reasoningText": {"text": ""}})
        inner = text["reasoningText"]
        inner["text"] += delta["reasoningContent"].get("text", "")
        if "signature" in delta["reasoningContent"]:
            inner["signature"] = delta["reasoningContent"]["signature"]
    else:
        block["text"] = block.get("text", "") + delta["text"]


def first_step(client: Any, *, streamed: bool = False) -> Any:
    settings = {"toolConfig": TOOLS, "additionalModelRequestFields": THINKING}
    if streamed:
        found = client.converse_stream(modelId=CLAUDE, messages=[QUESTION], **settings)
        return collected(found["stream"])
    answer = client.converse(modelId=CLAUDE, messages=[QUESTION], **settings)
    assert answer["stopReason"] == "tool_use"
    return answer["output"]["message"]


def results_of(message: Any) -> Obj:
    calls = [block["toolUse"] for block in message["content"] if "toolUse" in block]
    image = {"image": {"format": "png", "source": {"bytes": PNG}}}
    found: list[Any] = [
        {
            "toolResult": {
                "toolUseId": call["toolUseId"],
                "status": "error" if index else "success",
                "content": [{"text": "sunny"}, image],
            }
        }
        for index, call in enumerate(calls)
    ]
    return user(*found)


def loop(client: Any, message: Any, **settings: object) -> str:
    answer = client.converse(
        modelId=CLAUDE,
        messages=[QUESTION, message, results_of(message)],
        **{"toolConfig": TOOLS, "additionalModelRequestFields": THINKING, **settings},
    )
    return answer["output"]["message"]["content"][-1]["text"]


@pytest.mark.parametrize("streamed", [False, True])
def test_a_tool_loop_with_thoughts_and_images(client: Any, *, streamed: bool) -> None:
    message = first_step(client, streamed=streamed)
    calls = [block["toolUse"] for block in message["content"][1:]]
    assert [(call["name"], call["input"]) for call in calls] == [
        ("get_weather", {"city": "Paris"}),
        ("get_image", {"n": 2}),
    ]
    first_line, _, report = loop(client, message).partition("\n")
    assert first_line == "The tool says: sunny sunny"
    told = json.loads(report)
    assert [(result["id"], result["error"]) for result in told] == [
        (calls[0]["toolUseId"], False),
        (calls[1]["toolUseId"], True),
    ]
    assert [result["media"][0]["bytes"] for result in told] == [len(PNG)] * 2


def test_thoughts_are_verified(client: Any) -> None:
    message = first_step(client)
    thought = message["content"][0]["reasoningContent"]["reasoningText"]
    true_signature = thought["signature"]
    for signature, complaint in (("bm8=", "Invalid `signature`"), ("", "Field required")):
        thought["signature"] = signature
        with pytest.raises(ClientError, match=complaint):
            loop(client, message)
    thought["signature"] = true_signature
    assert loop(client, message)
    bare = {**message, "content": message["content"][1:]}
    with pytest.raises(ClientError, match="Expected `thinking`"):
        loop(client, bare)
    assert loop(client, bare, additionalModelRequestFields={})


ECHO = said("echo hi")
CALL: Obj = {
    "role": "assistant",
    "content": [{"toolUse": {"toolUseId": "t1", "name": "get_weather", "input": {}}}],
}
RESULT: Obj = {"toolResult": {"toolUseId": "t1", "content": [{"text": "a"}]}}

REFUSALS: list[tuple[Obj, str]] = [
    ({"messages": []}, "must start with a user message"),
    ({"messages": [{"role": "assistant", "content": [{"text": "a"}]}]}, "must start with a user"),
    ({"messages": [*ECHO, *ECHO]}, "must alternate between user and assistant"),
    ({"messages": [user()]}, "The content field in the Message object at messages.0 is empty"),
    ({"messages": said(" \n")}, "messages.0.content.0 is blank"),
    ({"messages": [user({"text": "a", "cachePoint": {"type": "default"}})]}, "must set one of"),
    ({"messages": [*ECHO, CALL, user(RESULT)]}, "toolConfig field must be defined"),
    ({"messages": [*ECHO, CALL, *ECHO], "toolConfig": TOOLS}, "Expected toolResult blocks"),
    ({"messages": [user(RESULT)], "toolConfig": TOOLS}, "exceeds the number of toolUse blocks"),
    ({"messages": ECHO, "toolConfig": {"tools": []}}, "length greater than or equal to 1"),
    ({"messages": ECHO, "toolConfig": {**TOOLS, "toolChoice": {}}}, "toolChoice field must set"),
    (
        {"messages": ECHO, "toolConfig": {**TOOLS, "toolChoice": {"auto": {}, "any": {}}}},
        "toolChoice field must set",
    ),
    (
        {"messages": ECHO, "toolConfig": {**TOOLS, "toolChoice": {"tool": {"name": "gone"}}}},
        "not found in provided tools",
    ),
    ({"messages": ECHO, "inferenceConfig": {"temperature": 1.5}}, "validation error"),
    ({"messages": ECHO, "inferenceConfig": {"maxTokens": 0}}, "validation error"),
    (
        {"messages": [user({"image": {"format": "bmp", "source": {"bytes": ""}}})]},
        "Member must satisfy enum value set",
    ),
    (
        {
            "messages": ECHO,
            "toolConfig": TOOLS,
            "additionalModelRequestFields": {"thinking": {"type": "enabled", "budget_tokens": 9}},
        },
        "greater than or equal to 1024",
    ),
    (
        {
            "messages": ECHO,
            "additionalModelRequestFields": THINKING,
            "inferenceConfig": {"maxTokens": 1024},
        },
        "must be greater than",
    ),
    (
        {
            "messages": ECHO,
            "additionalModelRequestFields": THINKING,
            "inferenceConfig": {"temperature": 0.5},
        },
        "may only be set to 1",
    ),
    (
        {
            "messages": ECHO,
            "additionalModelRequestFields": THINKING,
            "toolConfig": {**TOOLS, "toolChoice": {"any": {}}},
        },
        "forces tool use",
    ),
    (
        {
            "messages": ECHO,
            "outputConfig": {
                "textFormat": {
                    "type": "json_schema",
                    "structure": {"jsonSchema": {"schema": "no"}},
                }
            },
        },
        "is no JSON",
    ),
]


def post(
    simulator: SimulatorThread, path: str, body: Json | bytes, **headers: str
) -> httpx2.Response:
    given = {"authorization": f"Bearer {KEY}"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    if not given["authorization"]:
        del given["authorization"]
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx2.post(simulator.base_url + path, content=content, headers=given)


@pytest.mark.parametrize(("body", "message"), REFUSALS)
def test_what_converse_refuses(bedrock_simulator: SimulatorThread, body: Obj, message: str) -> None:
    answer = post(bedrock_simulator, f"/model/{NOVA}/converse", body)
    assert answer.status_code == 400
    assert answer.headers["x-amzn-errortype"].startswith("ValidationException:")
    assert message in answer.json()["message"]


def test_models_that_are_unknown_and_paths_that_are_none(
    client: Any, bedrock_simulator: SimulatorThread
) -> None:
    with pytest.raises(ClientError, match="model identifier is invalid"):
        client.converse(modelId="us.gone-v1:0", messages=ECHO)
    answer = post(bedrock_simulator, f"/model/{NOVA}/chat", {})
    assert answer.status_code == 404
    assert answer.headers["x-amzn-errortype"].startswith("UnknownOperationException:")


def error_of(caught: pytest.ExceptionInfo[ClientError]) -> tuple[int, str]:
    fault: Any = caught.value
    response: Any = fault.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


def test_a_wrong_secret(bedrock_simulator: SimulatorThread) -> None:
    with pytest.raises(ClientError) as caught:
        client_of(bedrock_simulator, "wrong").converse(modelId=CLAUDE, messages=ECHO)
    assert error_of(caught) == (403, "InvalidSignatureException")


SIGNED = (
    "AWS4-HMAC-SHA256 Credential=AK/20261121/eu-central-1/{}/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64
)


@pytest.mark.parametrize(
    ("headers", "status", "kind"),
    [
        ({"authorization": "Bearer wrong"}, 403, "AccessDeniedException"),
        ({"authorization": ""}, 403, "MissingAuthenticationTokenException"),
        ({"authorization": "AWS4-HMAC-SHA256 nonsense"}, 403, "IncompleteSignatureException"),
        ({"authorization": SIGNED.format("s3")}, 403, "InvalidSignatureException"),
        (
            {"authorization": SIGNED.format("bedrock"), "x_amz_date": "20261121T000000Z"},
            403,
            "InvalidSignatureException",
        ),
    ],
)
def test_credentials_that_are_refused(
    bedrock_simulator: SimulatorThread, headers: dict[str, str], status: int, kind: str
) -> None:
    answer = post(bedrock_simulator, f"/model/{NOVA}/converse", {"messages": ECHO}, **headers)
    assert answer.status_code == status
    assert answer.headers["x-amzn-errortype"].startswith(f"{kind}:")
    assert answer.headers["x-amzn-requestid"]


def test_a_bearer_key_over_https(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = certificates.make(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(files.chain, files.private_key)
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", KEY)
    simulator = Simulator("bedrock", models=[CLAUDE], api_key=KEY, tls=tls)
    with SimulatorThread(simulator) as running:
        client = client_of(running, trust=files.authority)
        answer = client.converse(modelId=CLAUDE, messages=ECHO)
        assert running.requests[0].header("authorization") == f"Bearer {KEY}"
    assert answer["output"]["message"]["content"] == [{"text": "hi"}]


def claude_of(simulator: SimulatorThread) -> AnthropicBedrock:
    return AnthropicBedrock(
        base_url=simulator.base_url,
        aws_access_key="AKIDEXAMPLE",
        aws_secret_key=KEY,
        aws_region="eu-central-1",
        max_retries=0,
    )


def test_anthropics_client_by_invoke(bedrock_simulator: SimulatorThread) -> None:
    claude = claude_of(bedrock_simulator)
    answer = claude.messages.create(
        model=CLAUDE, max_tokens=99, messages=[{"role": "user", "content": "echo hi there"}]
    )
    assert answer.content[0].type == "text"
    assert (answer.content[0].text, answer.usage.output_tokens) == ("hi there", 2)
    assert bedrock_simulator.requests[0].path.endswith("/invoke")
    with claude.messages.stream(
        model=CLAUDE,
        max_tokens=2048,
        thinking={"type": "enabled", "budget_tokens": 1024},
        messages=[{"role": "user", "content": "count to 4"}],
    ) as stream:
        final = stream.get_final_message()
    assert [block.type for block in final.content] == ["thinking", "text"]
    assert final.content[1].type == "text"
    assert final.content[1].text == "1 2 3 4"
    assert bedrock_simulator.requests[1].path.endswith("/invoke-with-response-stream")


def test_one_account_signs_for_invoke_and_converse(bedrock_simulator: SimulatorThread) -> None:
    message = first_step(client_of(bedrock_simulator))
    thought = message["content"][0]["reasoningContent"]["reasoningText"]
    answer = claude_of(bedrock_simulator).messages.create(
        model=CLAUDE,
        max_tokens=99,
        messages=[
            {"role": "user", "content": "hi"},
            {
                "role": "assistant",
                "content": [
                    {
                        "type": "thinking",
                        "thinking": thought["text"],
                        "signature": thought["signature"],
                    },
                    {"type": "text", "text": "hello"},
                ],
            },
            {"role": "user", "content": "echo bye"},
        ],
    )
    assert answer.content[0].type == "text"


def test_invoke_by_amazons_client(client: Any) -> None:
    body = {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": "echo hi"}],
    }
    answer = client.invoke_model(modelId=CLAUDE, body=json.dumps(body))
    assert json.loads(answer["body"].read())["content"] == [{"type": "text", "text": "hi"}]
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-bedrock-output-token-count"] == "1"
    streamed = client.invoke_model_with_response_stream(modelId=CLAUDE, body=json.dumps(body))
    events = [json.loads(event["chunk"]["bytes"]) for event in streamed["body"]]
    assert [event["type"] for event in events][:2] == ["message_start", "content_block_start"]
    assert events[-1]["amazon-bedrock-invocationMetrics"]["outputTokenCount"] == 1


INVOKED: list[tuple[str, Obj, str]] = [
    (CLAUDE, {"max_tokens": 9, "messages": []}, "anthropic_version"),
    (CLAUDE, {"anthropic_version": "2020-01-01"}, "valid version"),
    (CLAUDE, {"anthropic_version": "bedrock-2023-05-31", "model": "m"}, "model: Extra inputs"),
    (CLAUDE, {"anthropic_version": "bedrock-2023-05-31", "stream": True}, "stream: Extra inputs"),
    (
        CLAUDE,
        {"anthropic_version": "bedrock-2023-05-31", "tools": [{"type": "web_search_20250305"}]},
        "does not match any of the expected tags",
    ),
    (CLAUDE, {"anthropic_version": "bedrock-2023-05-31", "messages": []}, "at least one message"),
    (NOVA, {"temperature": 1}, "required key [prompt] not found"),
    ("amazon.titan-embed-text-v2:0", {"inputText": ""}, "inputText"),
    ("cohere.embed-v4:0", {"texts": ["a"]}, "input_type"),
]


@pytest.mark.parametrize(("model", "body", "message"), INVOKED)
def test_what_invoke_refuses(
    bedrock_simulator: SimulatorThread, model: str, body: Obj, message: str
) -> None:
    answer = post(bedrock_simulator, f"/model/{model}/invoke", body)
    assert answer.status_code == 400
    assert message in answer.json()["message"]


def test_embeddings(client: Any) -> None:
    def embedded(model: str, body: Obj) -> Any:
        return json.loads(client.invoke_model(modelId=model, body=json.dumps(body))["body"].read())

    titan = embedded("amazon.titan-embed-text-v2:0", {"inputText": "a b", "dimensions": 8})
    assert (len(titan["embedding"]), titan["inputTextTokenCount"]) == (8, 2)
    body: Obj = {"texts": ["a", "b"], "input_type": "search_query", "output_dimension": 8}
    cohere = embedded("cohere.embed-v4:0", body)
    assert [len(one) for one in cohere["embeddings"]["float"]] == [8, 8]


def test_counting_agrees_with_the_answer(client: Any) -> None:
    answer = client.converse(modelId=CLAUDE, messages=ECHO)
    counted = client.count_tokens(modelId=CLAUDE, input={"converse": {"messages": ECHO}})
    assert counted["inputTokens"] == answer["usage"]["inputTokens"]


def test_openais_dialect_on_bedrock(bedrock_simulator: SimulatorThread) -> None:
    body: Obj = {"model": GPT_OSS, "messages": [{"role": "user", "content": "echo hi"}]}
    answer = post(bedrock_simulator, "/openai/v1/chat/completions", body)
    assert answer.json()["choices"][0]["message"]["content"] == "hi"
    body = {"model": CLAUDE, "max_tokens": 9, "messages": [{"role": "user", "content": "echo hi"}]}
    answer = post(bedrock_simulator, "/anthropic/v1/messages", body)
    assert answer.json()["content"] == [{"type": "text", "text": "hi"}]


def test_errors_and_cuts_within_a_stream(client: Any, bedrock_simulator: SimulatorThread) -> None:
    bedrock_simulator.script(StreamError(after_tokens=2))
    stream = client.converse_stream(modelId=CLAUDE, messages=said("count to 5"))["stream"]
    with pytest.raises(EventStreamError, match="modelStreamErrorException"):
        list(stream)
    bedrock_simulator.script(Cut(after_tokens=2, how="end"))
    stream = client.converse_stream(modelId=CLAUDE, messages=said("count to 5"))["stream"]
    assert [next(iter(event)) for event in stream] == ["messageStart", *["contentBlockDelta"] * 2]


def test_above_the_minutes_capacity() -> None:
    behaviour = SimulatedProvider(capacity_per_minute=1)
    with SimulatorThread(Simulator("bedrock", models=[CLAUDE], behaviour=behaviour)) as running:
        client = client_of(running)
        client.converse(modelId=CLAUDE, messages=ECHO)
        with pytest.raises(ClientError) as caught:
            client.converse(modelId=CLAUDE, messages=ECHO)
    assert error_of(caught) == (429, "ThrottlingException")
