"""The translation lane as transcripts: what another dialect's provider is sent, what comes back."""

import json
from collections.abc import Generator
from pathlib import Path

import pytest
from tests.gateway.scripts import KEYS, answer, messages, request
from tests.gateway.stage import Stage, staged

OPENAI_PORT, ANTHROPIC_PORT, OTHER_PORT = 1001, 1002, 1003

CONFIGURATION = (
    """
[providers.openai]
kind = "openai"
base_url = "http://127.0.0.1:1001/v1"
dialects = ["openai_responses"]

[providers.anthropic]
kind = "anthropic"
base_url = "http://127.0.0.1:1002"

[providers.other]
kind = "anthropic"
base_url = "http://127.0.0.1:1003"

[models."openai/g"]
aliases = ["g"]
deployments = [{ provider = "openai", id = "g-1" }]

[models."tests/both"]
aliases = ["both"]
deployments = [
  { provider = "openai", id = "b-1" },
  { provider = "anthropic", id = "b-2" },
]

[models."tests/twice"]
aliases = ["twice"]
deployments = [
  { provider = "anthropic", id = "t-1" },
  { provider = "other", id = "t-2" },
]
"""
    + KEYS
)

RESPONSE = json.dumps(
    {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": "g-1",
        "status": "completed",
        "output": [
            {
                "type": "message",
                "id": "msg_1",
                "role": "assistant",
                "status": "completed",
                "content": [{"type": "output_text", "text": "yes", "annotations": []}],
            }
        ],
        "usage": {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15},
    }
).encode()


def message(*content: dict[str, object], stop: str = "end_turn") -> bytes:
    """A whole answer of Anthropic's."""
    body = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "t",
        "content": content,
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": {"input_tokens": 7, "output_tokens": 3},
    }
    return answer(200, json.dumps(body).encode())


THOUGHT: dict[str, object] = {"type": "thinking", "thinking": "Hm", "signature": "sig=="}
CALL: dict[str, object] = {
    "type": "tool_use",
    "id": "toolu_1",
    "name": "weather",
    "input": {"city": "Paris"},
}
TOOL: dict[str, object] = {
    "type": "function",
    "name": "weather",
    "parameters": {"type": "object"},
    "strict": False,
}


def responses(model: str, *, headers: tuple[str, ...] = (), **members: object) -> bytes:
    """A request of the Responses API."""
    body = json.dumps({"model": model, "input": "hello", **members}).encode()
    return request("POST", "/v1/responses", body, headers=headers)


def sent(stage: Stage, at: int = -1) -> dict[str, object]:
    """The body that a provider was sent last."""
    last = b"POST " + stage.upstreams[at].received.rpartition(b"POST ")[2]
    return json.loads(last.partition(b"\r\n\r\n")[2])


@pytest.fixture
def lane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Stage]:
    with staged(tmp_path, monkeypatch, CONFIGURATION) as stage:
        yield stage


def test_a_request_goes_out_in_the_providers_dialect_and_comes_back_in_the_clients(
    lane: Stage,
) -> None:
    client = lane.client()
    client.sends(messages("g", headers=("x-stainless-lang: python", "cookie: c")))
    head = lane.upstream.received.partition(b"\r\n\r\n")[0]
    assert head.startswith(b"POST /v1/responses HTTP/1.1\r\n")
    assert b"content-type: application/json" in head
    for private in (b"anthropic-version", b"stainless", b"cookie", b"dt-stage-key"):
        assert private not in head
    assert sent(lane)["model"] == "g-1"
    assert sent(lane)["max_output_tokens"] == 9
    lane.upstream.answers(answer(200, RESPONSE, "openai-version: 1", "x-request-id: theirs"))
    got = client.answer()
    told = json.loads(got.body)
    assert told["type"] == "message"
    assert told["content"][0]["text"] == "yes"
    assert told["usage"]["input_tokens"] == 10
    assert got.headers["x-detente-deployment"] == "openai/g-1"
    assert got.headers["x-detente-loss"] == "none"
    assert "openai-version" not in got.headers
    settlement = lane.settled()
    assert settlement.upstream_dialect == "openai_responses"
    assert settlement.usage is not None
    assert settlement.usage.visible_output_tokens == 5
    assert settlement.response_bytes == len(got.body)


def test_what_is_lost_is_named_to_the_client_and_in_the_ledger(lane: Stage) -> None:
    client = lane.client()
    body = json.dumps(
        {
            "model": "g",
            "max_tokens": 9,
            "top_k": 5,
            "stop_sequences": ["x"],
            "messages": [{"role": "user", "content": "hello"}],
        }
    ).encode()
    client.sends(request("POST", "/v1/messages", body))
    lane.upstream.answers(answer(200, RESPONSE))
    named = client.answer().headers["x-detente-loss"]
    assert set(named.split(", ")) == {"stop", "top_k"}
    assert set(lane.settled().losses) == {"stop", "top_k"}


CONVERSED = json.dumps(
    {
        "output": {"message": {"role": "assistant", "content": [{"text": "hi"}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
        "metrics": {"latencyMs": 1},
    }
).encode()


def test_the_clients_own_name_of_a_model_stands_in_for_one_that_is_not_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    converse = """
[providers.bedrock]
kind = "bedrock"
base_url = "http://127.0.0.1:1004"
region = "us-east-1"
api_key = { env = "STAGE_BEDROCK_KEY" }

[models."tests/nova"]
aliases = ["nova"]
deployments = [{ provider = "bedrock", id = "amazon.nova" }]
"""
    monkeypatch.setenv("STAGE_BEDROCK_KEY", "bedrock-key")
    with staged(tmp_path, monkeypatch, converse + KEYS) as stage:
        client = stage.client()
        client.sends(messages("nova"))
        stage.upstream.answers(answer(200, CONVERSED))
        assert json.loads(client.answer().body)["model"] == "nova"


@pytest.mark.parametrize(
    ("target", "headers", "member"),
    [
        ("/model/x/unknown", (), "__type"),
        ("/v1beta/models/x:unknown", (), "error"),
        ("/v1/models/x:streamGenerateContent", ("x-goog-api-key: dt-stage-key",), "error"),
        ("/v1/messages/unknown", (), "type"),
        ("/v1/unknown", (), "error"),
    ],
)
def test_what_is_not_understood_is_told_in_the_shape_of_who_asks(
    lane: Stage, target: str, headers: tuple[str, ...], member: str
) -> None:
    client = lane.client()
    client.sends(request("POST", target, b"{}", key=None, headers=headers))
    got = client.answer()
    assert 400 <= got.status < 500
    told = json.loads(got.body)
    assert member in told
    google = "/models/" in target
    assert google is (isinstance(told.get("error"), dict) and "status" in told["error"])


def test_what_a_whole_answer_loses_is_named_in_its_head(lane: Stage) -> None:
    client = lane.client()
    client.sends(messages("g"))
    annotation = {
        "type": "file_path",
        "file_id": "file_1",
        "index": 0,
    }
    told = json.loads(RESPONSE)
    told["output"].insert(
        0, {"type": "mcp_list_tools", "id": "m", "server_label": "s", "tools": []}
    )
    told["output"][1]["content"][0]["annotations"] = [annotation]
    lane.upstream.answers(answer(200, json.dumps(told).encode()))
    named = client.answer().headers["x-detente-loss"]
    assert "native_part@choices[0].parts[0]" in named
    assert named.split(", ") == list(lane.settled().losses)


@pytest.mark.parametrize("headers", [("x-detente-on-loss: refuse",), ()])
def test_a_loss_that_is_not_allowed_is_refused_before_anything_is_sent(
    lane: Stage, headers: tuple[str, ...]
) -> None:
    member: dict[str, object] = {"top_k": 5} if headers else {"container": "c1"}
    body = {"model": "g", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
    client = lane.client()
    client.sends(
        request("POST", "/v1/messages", json.dumps({**body, **member}).encode(), headers=headers)
    )
    got = client.answer()
    assert got.status == 422
    error = json.loads(got.body)["error"]
    assert error["details"]["error_code"] == "loss_refused"
    assert f"`{'top_k' if headers else 'native_option@container'}`" in error["message"]
    assert lane.upstreams == []
    assert lane.settled().outcome == "invalid"


def test_what_the_configuration_allows_is_dropped_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowing = CONFIGURATION + '\n[translation]\nallow = ["native_option"]\n'
    body = {"model": "g", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
    with staged(tmp_path, monkeypatch, allowing) as stage:
        client = stage.client()
        client.sends(
            request("POST", "/v1/messages", json.dumps({**body, "container": "c1"}).encode())
        )
        stage.upstream.answers(answer(200, RESPONSE))
        assert client.answer().headers["x-detente-loss"] == "native_option@container"


def test_who_loses_nothing_goes_first(lane: Stage) -> None:
    client = lane.client()
    body = json.dumps(
        {"model": "both", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
    ).encode()
    client.sends(request("POST", "/v1/messages", body.replace(b"}]}", b'}],"top_k":5}')))
    assert lane.upstream.address.port == ANTHROPIC_PORT
    assert sent(lane)["top_k"] == 5
    lane.upstream.answers(message({"type": "text", "text": "hi"}))
    assert client.answer().headers["x-detente-loss"] == "none"


def test_a_lossy_one_is_tried_where_the_lossless_one_fails(lane: Stage) -> None:
    client = lane.client()
    body = {"model": "both", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
    client.sends(request("POST", "/v1/messages", json.dumps({**body, "top_k": 5}).encode()))
    lane.upstream.answers(answer(500, b'{"error":{"message":"oh"}}'))
    assert lane.upstream.address.port == OPENAI_PORT
    lane.upstream.answers(answer(200, RESPONSE))
    got = client.answer()
    assert got.headers["x-detente-loss"] == "top_k"
    assert got.headers["x-detente-attempts"] == "2"


def test_an_error_of_the_clients_own_making_is_told_in_its_dialect(lane: Stage) -> None:
    client = lane.client()
    client.sends(messages("g"))
    told = {"error": {"message": "no such thing", "type": "invalid_request_error", "code": "bad"}}
    lane.upstream.answers(answer(400, json.dumps(told).encode()))
    got = client.answer()
    assert got.status == 400
    error = json.loads(got.body)["error"]
    assert error["message"] == "no such thing"
    assert error["type"] == "invalid_request_error"
    assert lane.settled().outcome == "answered"


@pytest.mark.parametrize("body", [b"{}", b"[1]", b"nonsense", b'{"output":7}'])
def test_an_answer_that_cannot_be_read_is_the_providers_fault(lane: Stage, body: bytes) -> None:
    client = lane.client()
    client.sends(messages("g"))
    lane.upstream.answers(answer(200, body))
    got = client.answer()
    assert got.status == 502
    assert lane.settled().outcome == "failed"
    assert lane.at_rest()


def test_a_client_that_wants_a_stream_gets_one_from_a_whole_answer(lane: Stage) -> None:
    client = lane.client()
    body = json.dumps(
        {
            "model": "g",
            "max_tokens": 9,
            "stream": True,
            "messages": [{"role": "user", "content": "hi"}],
        }
    ).encode()
    client.sends(request("POST", "/v1/messages", body))
    assert sent(lane)["stream"] is True
    lane.upstream.answers(answer(200, RESPONSE))
    got = client.answer()
    assert got.headers["content-type"] == "text/event-stream"
    assert got.body.startswith(b"event: message_start\n")
    assert got.body.endswith(b'data: {"type":"message_stop"}\n\n')


STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)


def chunked(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def event(name: str, **members: object) -> bytes:
    data = json.dumps({"type": name, **members})
    return f"event: {name}\ndata: {data}\n\n".encode()


STARTED = event(
    "message_start",
    message={
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "t",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 7, "output_tokens": 1},
    },
)
TEXT = (
    event("content_block_start", index=0, content_block={"type": "text", "text": ""})
    + event("content_block_delta", index=0, delta={"type": "text_delta", "text": "Hel"})
    + event("content_block_delta", index=0, delta={"type": "text_delta", "text": "lo"})
)
ENDED = (
    event("content_block_stop", index=0)
    + event(
        "message_delta",
        delta={"stop_reason": "end_turn", "stop_sequence": None},
        usage={"output_tokens": 2},
    )
    + event("message_stop")
)


def test_a_stream_is_translated_as_it_comes(lane: Stage) -> None:
    client = lane.client()
    client.sends(responses("twice", stream=True))
    lane.upstream.answers(STREAM_HEAD + chunked(STARTED + TEXT), piece_bytes=37)
    early = client.received
    assert b'"delta":"Hel"' in early
    assert b"response.completed" not in early
    lane.upstream.answers(chunked(ENDED) + b"0\r\n\r\n")
    got = client.answer()
    assert got.whole
    assert b"event: response.completed\n" in got.body
    settlement = lane.settled()
    assert settlement.usage is not None
    assert settlement.usage.input_tokens == 7
    assert settlement.usage.output_tokens == 2


@pytest.mark.parametrize("end", [b"0\r\n\r\n", None])
def test_a_stream_that_breaks_off_never_ends_well(lane: Stage, end: bytes | None) -> None:
    client = lane.client()
    client.sends(responses("twice", stream=True))
    lane.upstream.answers(STREAM_HEAD + chunked(STARTED + TEXT))
    if end is None:
        lane.upstream.hangs_up()
    else:
        lane.upstream.answers(end)
    assert b"event: error\n" in client.received
    assert b"response.completed" not in client.received
    settlement = lane.settled()
    assert (settlement.outcome, settlement.error) == ("failed", "upstream_failed")
    assert settlement.usage is not None
    assert settlement.usage.estimated


def test_garbage_in_a_stream_is_the_providers_fault(lane: Stage) -> None:
    client = lane.client()
    client.sends(responses("twice", stream=True))
    lane.upstream.answers(
        STREAM_HEAD + chunked(STARTED + b"event: content_block_delta\ndata: {oh\n\n")
    )
    assert b"event: error\n" in client.received
    assert lane.settled().outcome == "failed"


def test_thoughts_that_the_client_leaves_out_are_put_back_where_they_were_made(
    lane: Stage,
) -> None:
    client = lane.client()
    client.sends(responses("twice", tools=[TOOL], reasoning={"effort": "low"}))
    lane.upstream.answers(answer(529, b"{}"))  # the first is full: the second answers
    assert lane.upstream.address.port == OTHER_PORT
    lane.upstream.answers(message(THOUGHT, CALL, stop="tool_use"))
    told = json.loads(client.answer().body)
    (call,) = [item for item in told["output"] if item["type"] == "function_call"]
    again = [
        {"role": "user", "content": "hello"},
        {key: call[key] for key in ("type", "call_id", "name", "arguments")},
        {"type": "function_call_output", "call_id": call["call_id"], "output": "sunny"},
    ]
    second = lane.client()
    second.sends(responses("twice", tools=[TOOL], reasoning={"effort": "low"}, input=again))
    assert lane.upstream.address.port == OTHER_PORT
    (turn,) = [turn for turn in sent(lane)["messages"] if turn["role"] == "assistant"]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType] -- decoded JSON
    assert turn["content"] == [THOUGHT, CALL]
    lane.upstream.answers(message({"type": "text", "text": "It is sunny"}))
    assert second.answer().status == 200


def told_before(signature: str) -> bytes:
    """A conversation of Anthropic's client, with a thought that was signed before."""
    thought = {**THOUGHT, "signature": signature}
    turns = [
        {"role": "user", "content": "hello"},
        {"role": "assistant", "content": [thought, {"type": "text", "text": "hi"}]},
        {"role": "user", "content": "go on"},
    ]
    body = json.dumps({"model": "twice", "max_tokens": 9, "messages": turns}).encode()
    return request("POST", "/v1/messages", body, headers=("anthropic-beta: b-1",))


def test_state_of_another_platform_does_not_pass_through(lane: Stage) -> None:
    client = lane.client()
    client.sends(told_before("dt1.e.openai_responses.gAAAA"))
    received = lane.upstream.received
    assert b"gAAAA" not in received
    assert b"anthropic-beta: b-1" in received
    content = sent(lane)["messages"][1]["content"]  # pyright: ignore[reportIndexIssue, reportUnknownVariableType] -- decoded JSON
    assert content == "hi"
    lane.upstream.answers(message({"type": "text", "text": "ok"}))
    assert "reasoning_state" in client.answer().headers["x-detente-loss"]


def test_state_of_its_own_passes_through_as_it_is(lane: Stage) -> None:
    client = lane.client()
    client.sends(told_before("sig=="))
    assert b'"signature": "sig=="' in lane.upstream.received
    lane.upstream.answers(message({"type": "text", "text": "ok"}))
    assert client.answer().headers["x-detente-loss"] == "none"


def loop(*before: dict[str, object]) -> bytes:
    """A request of Anthropic's client in the midst of a tool loop; `before` are its thoughts."""
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "sunny"}
    body = {
        "model": "both",
        "max_tokens": 4000,
        "thinking": {"type": "enabled", "budget_tokens": 2000},
        "tools": [{"name": "weather", "input_schema": {"type": "object"}}],
        "messages": [
            {"role": "user", "content": "hello"},
            {"role": "assistant", "content": [*before, CALL]},
            {"role": "user", "content": [result]},
        ],
    }
    return request("POST", "/v1/messages", json.dumps(body).encode())


def test_a_loop_whose_thoughts_are_elsewhere_goes_on_at_home_without_thinking(lane: Stage) -> None:
    client = lane.client()
    client.sends(loop())
    assert lane.upstream.address.port == ANTHROPIC_PORT
    assert sent(lane)["thinking"] == {"type": "disabled"}
    lane.upstream.answers(message({"type": "text", "text": "ok"}))
    assert client.answer().headers["x-detente-loss"] == "reasoning_control@reasoning"


def test_a_loop_with_its_own_thoughts_passes_as_it_is(lane: Stage) -> None:
    client = lane.client()
    client.sends(loop(THOUGHT))
    assert lane.upstream.address.port == ANTHROPIC_PORT
    assert lane.upstream.received.endswith(loop(THOUGHT).partition(b'"max_tokens"')[2])
    lane.upstream.answers(message({"type": "text", "text": "ok"}))
    assert client.answer().headers["x-detente-loss"] == "none"


def test_who_thought_goes_on_though_the_clients_own_platform_comes_first(lane: Stage) -> None:
    client = lane.client()
    client.sends(messages("both"))
    assert lane.upstream.address.port == ANTHROPIC_PORT
    lane.upstream.answers(answer(529, b"{}"))
    assert lane.upstream.address.port == OPENAI_PORT
    thought: dict[str, object] = {"type": "reasoning", "id": "rs_1", "summary": []}
    thought["encrypted_content"] = "gAAA"
    called: dict[str, object] = {
        "type": "function_call",
        "id": "fc_1",
        "call_id": "toolu_1",
        "name": "weather",
    }
    output: list[dict[str, object]] = [
        thought,
        {**called, "arguments": "{}", "status": "completed"},
    ]
    lane.upstream.answers(
        answer(200, json.dumps({**json.loads(RESPONSE), "output": output}).encode())
    )
    assert client.answer().status == 200
    second = lane.client()
    second.sends(loop())  # without what the client was given of the thought
    assert lane.upstream.address.port == OPENAI_PORT
    assert b'"encrypted_content":"gAAA"' in lane.upstream.received
    lane.upstream.answers(answer(200, RESPONSE))
    assert second.answer().status == 200


def test_where_only_the_clients_own_platform_is_left_it_is_not_sent_others_thoughts(
    lane: Stage,
) -> None:
    client = lane.client()
    items: list[dict[str, object]] = [
        {"role": "user", "content": "hello"},
        {"type": "reasoning", "id": "rs_of_another_0", "summary": []},
        {"type": "function_call", "call_id": "toolu_1", "name": "weather", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "toolu_1", "output": "sunny"},
    ]
    client.sends(responses("both", tools=[TOOL], input=items))
    assert lane.upstream.address.port == ANTHROPIC_PORT
    lane.upstream.answers(answer(529, b"{}"))
    assert lane.upstream.address.port == OPENAI_PORT
    assert sent(lane)["input"] == [items[0], *items[2:]]
    lane.upstream.answers(answer(200, RESPONSE))
    assert client.answer().headers["x-detente-loss"] == "reasoning_text@turns[1].parts[0]"


def test_memories_are_their_owners(lane: Stage) -> None:
    client = lane.client()
    client.sends(responses("twice", tools=[TOOL]))
    lane.upstream.answers(message(THOUGHT, CALL, stop="tool_use"))
    assert client.answer().status == 200
    again = [
        {"role": "user", "content": "hello"},
        {"type": "function_call", "call_id": "toolu_1", "name": "weather", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "toolu_1", "output": "sunny"},
    ]
    body = json.dumps({"model": "twice", "input": again, "tools": [TOOL]}).encode()
    stranger = lane.client()
    stranger.sends(request("POST", "/v1/responses", body, key="dt-other-key"))
    assert b"sig==" not in lane.upstream.received
    lane.upstream.answers(message({"type": "text", "text": "ok"}))
    assert stranger.answer().status == 200


def test_a_client_that_hangs_up_is_settled(lane: Stage) -> None:
    client = lane.client()
    client.sends(responses("twice", stream=True))
    lane.upstream.answers(STREAM_HEAD + chunked(STARTED + TEXT))
    client.hangs_up()
    settlement = lane.settled()
    assert settlement.outcome == "client_gone"
    assert settlement.usage is not None
    assert settlement.usage.estimated


def test_a_request_that_cannot_be_decoded_is_the_clients_fault(lane: Stage) -> None:
    client = lane.client()
    client.sends(responses("twice", input=[7]))
    got = client.answer()
    assert got.status == 400
    assert "input[0]" in json.loads(got.body)["error"]["message"]
    assert lane.upstreams == []
