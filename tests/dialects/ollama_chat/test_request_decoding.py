"""What the official client of Ollama sends, as canonical values."""

from typing import Any

import httpx
import ollama

from detente.canonical.content import ToolCall, ToolResult
from detente.canonical.request import Tool
from detente.canonical.response import Choice, Response
from detente.dialects.codec import Reply
from detente.dialects.ollama_chat import CODEC


def client(body: bytes, sent: list[bytes] | None = None) -> Any:
    """The official client, answered with `body`; it types its `chat` in part only."""

    def answer(request: httpx.Request) -> httpx.Response:
        if sent is not None:
            sent.append(request.content)
        return httpx.Response(200, content=body)

    return ollama.Client(host="http://x.example", transport=httpx.MockTransport(answer))


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
