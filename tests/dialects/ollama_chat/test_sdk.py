"""What the official client sends, and what it makes of answers that are encoded for it."""

import json
from typing import Any

import httpx
import ollama
import pytest

from detente.canonical.content import Reasoning, Text, TokenLogprob, ToolCall, ToolResult
from detente.canonical.events import (
    Delta,
    Ended,
    Event,
    Failed,
    PartStarted,
    PartStopped,
    Pinged,
    Started,
    Stopped,
    UsageReported,
)
from detente.canonical.failure import Failure
from detente.canonical.request import Tool
from detente.canonical.response import Choice, Response
from detente.canonical.usage import Usage
from detente.dialects.codec import Reply
from detente.dialects.ollama_chat import CODEC

USAGE = Usage(uncached_input_tokens=7, cache_read_tokens=1, visible_output_tokens=3)
CALL = ToolCall(id="c1", name="weather", arguments='{"city":"Oslo"}')
CALLED: list[Event] = [
    Started(id="x", model="upstream", created_s=1_700_000_000),
    PartStarted(kind="reasoning", index=0),
    Delta(kind="reasoning", index=0, text="hm"),
    PartStopped(index=0),
    PartStarted(kind="text", index=1),
    Delta(kind="text", index=1, text="I "),
    Pinged(),
    Delta(kind="text", index=1, text="look."),
    PartStopped(index=1),
    PartStarted(kind="tool_call", index=2, id="c1", name="weather"),
    Delta(kind="tool_call", index=2, text='{"city"'),
    PartStarted(kind="tool_call", index=3, id="c2", name="time"),
    Delta(kind="tool_call", index=2, text=':"Oslo"}'),
    PartStopped(index=2),
    PartStopped(index=3),
    Stopped(stop="tool_calls"),
    UsageReported(usage=USAGE),
    Ended(),
]


def client(body: bytes, sent: list[bytes] | None = None) -> Any:
    """The official client, answered with `body`; it types its `chat` in part only."""

    def answer(request: httpx.Request) -> httpx.Response:
        if sent is not None:
            sent.append(request.content)
        return httpx.Response(200, content=body)

    return ollama.Client(host="http://x.example", transport=httpx.MockTransport(answer))


def read_stream(body: bytes) -> list[ollama.ChatResponse]:
    """The parts of a stream."""
    return list(client(body).chat(model="m", messages=[], stream=True))


def test_a_conversation_as_it_is_sent() -> None:
    sent: list[bytes] = []
    body = CODEC.encode_response(
        Response(id="", model="m", choices=(Choice(parts=(), stop="end"),)), Reply()
    ).body
    client(body, sent).chat(
        model="llama3.1",
        messages=[
            {"role": "system", "content": "be kind"},
            {"role": "user", "content": "look", "images": [b"\x89PNG\r\n\x1a\nx"]},
            {
                "role": "assistant",
                "thinking": "hm",
                "tool_calls": [
                    {"function": {"name": "a", "arguments": {"x": 1}}},
                    {"function": {"name": "b", "arguments": {}}},
                ],
            },
            {"role": "tool", "tool_name": "b", "content": "second"},
            {"role": "tool", "tool_name": "a", "content": "first"},
        ],
        tools=[{"type": "function", "function": {"name": "a", "parameters": {"type": "object"}}}],
        options={"temperature": 0.5, "num_predict": 10, "num_ctx": 2048, "stop": ["x"]},
        format={"type": "object"},
        think="high",
        keep_alive="5m",
    )
    request = CODEC.decode_request(sent[0])
    assert (request.model, request.stream, request.max_output_tokens) == ("llama3.1", False, 10)
    assert (request.temperature, request.stop) == (0.5, ("x",))
    assert request.output_format is not None
    assert request.output_format.schema == {"type": "object"}
    assert request.reasoning is not None
    assert request.reasoning.effort == "high"
    assert isinstance(request.tools[0], Tool)
    assert [option.name for option in request.options] == ["options", "keep_alive"]
    image = request.turns[1].parts[1]
    assert getattr(image, "source").media_type == "image/png"  # noqa: B009 - any part
    calls = [part for part in request.turns[2].parts if isinstance(part, ToolCall)]
    assert [call.id for call in calls] == ["call_2_0", "call_2_1"]
    results = [turn.parts[0] for turn in request.turns[3:]]
    assert [r.call_id for r in results if isinstance(r, ToolResult)] == ["call_2_1", "call_2_0"]


def test_a_whole_answer() -> None:
    response = Response(
        id="chatcmpl-1",
        model="upstream",
        created_s=1_700_000_000,
        usage=USAGE,
        choices=(
            Choice(
                parts=(
                    Reasoning(text="hm"),
                    Text(text="hi", logprobs=(TokenLogprob(token="hi", logprob=-0.5),)),
                    CALL,
                ),
                stop="tool_calls",
            ),
        ),
    )
    encoded = CODEC.encode_response(response, Reply())
    read = client(encoded.body).chat(model="m", messages=[])
    assert encoded.losses == ()
    assert (read.message.content, read.message.thinking) == ("hi", "hm")
    assert read.message.tool_calls is not None
    function = read.message.tool_calls[0].function
    assert (function.name, function.arguments) == ("weather", {"city": "Oslo"})
    assert (read.done, read.done_reason) == (True, "stop")
    assert (read.prompt_eval_count, read.eval_count) == (8, 3)
    assert read.created_at == "2023-11-14T22:13:20.000000Z"
    assert read.logprobs is not None
    assert read.logprobs[0].logprob == -0.5


def test_a_stream() -> None:
    encoder = CODEC.stream_encoder(Reply())
    body = b"".join([encoder.feed([event]) for event in CALLED])
    assert b"\n\n" not in body
    parts = read_stream(body)
    assert "".join(part.message.content or "" for part in parts) == "I look."
    assert "".join(part.message.thinking or "" for part in parts) == "hm"
    calls = [call for part in parts for call in part.message.tool_calls or ()]
    assert [(call.function.name, call.function.arguments) for call in calls] == [
        ("weather", {"city": "Oslo"}),
        ("time", {}),
    ]
    last = parts[-1]
    assert (last.done, last.done_reason, last.model) == (True, "stop", "upstream")
    assert (last.prompt_eval_count, last.eval_count) == (8, 3)
    assert encoder.losses == []


def test_a_stream_that_breaks_off_has_no_end() -> None:
    body = CODEC.stream_encoder(Reply()).feed(CALLED[:-3])
    assert not any(part.done for part in read_stream(body))


@pytest.mark.parametrize("upstream", [True, False])
def test_an_error_in_a_stream_is_raised(upstream: bool) -> None:
    encoder = CODEC.stream_encoder(Reply())
    body = encoder.feed(CALLED[:6])
    if upstream:
        body += encoder.feed([Failed(code="overloaded", message="too busy")])
    else:
        failure = Failure(code="upstream_failed", message="too busy", blame="provider", status=502)
        body += encoder.fail(failure, request_id="r1")
    with pytest.raises(ollama.ResponseError, match="too busy"):
        read_stream(body)


def test_what_an_answer_cannot_say_is_named() -> None:
    from detente.canonical.content import Citation, Opaque  # noqa: PLC0415 - only here

    state = Opaque(origin="anthropic_messages", value="s")
    response = Response(
        id="1",
        model="m",
        choices=(
            Choice(
                parts=(
                    Reasoning(text="hm", state=state),
                    Text(text="hi", citations=(Citation(kind="url", url="https://e.example"),)),
                    ToolCall(id="1", name="f", arguments="not json"),
                ),
                stop="refusal",
            ),
            Choice(index=1, parts=()),
        ),
    )
    encoded = CODEC.encode_response(response, Reply())
    assert [str(loss) for loss in encoded.losses] == [
        "choices@choices[1]",
        "reasoning_state@choices[0].parts[0]",
        "citations@choices[0].parts[1].citations",
        "tools@choices[0].parts[2].arguments",
        "stop_reason@choices[0].stop",
    ]
    body: Any = json.loads(encoded.body)
    assert body["message"]["tool_calls"] == [
        {"function": {"name": "f", "arguments": {"_": "not json"}}}
    ]
