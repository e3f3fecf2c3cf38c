"""Whole answers, as the official client of Ollama reads them."""

import json
from typing import Any

import httpx
import ollama

from detente.canonical.content import Reasoning, Text, TokenLogprob, ToolCall
from detente.canonical.extras import Extras
from detente.canonical.response import Choice, Response
from detente.canonical.usage import Usage
from detente.dialects.codec import Reply
from detente.dialects.ollama_chat import CODEC

USAGE = Usage(uncached_input_tokens=7, cache_read_tokens=1, visible_output_tokens=3)
CALL = ToolCall(id="c1", name="weather", arguments='{"city":"Oslo"}')


def client(body: bytes, sent: list[bytes] | None = None) -> Any:
    """The official client, answered with `body`; it types its `chat` in part only."""

    def answer(request: httpx.Request) -> httpx.Response:
        if sent is not None:
            sent.append(request.content)
        return httpx.Response(200, content=body)

    return ollama.Client(host="http://x.example", transport=httpx.MockTransport(answer))


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


def test_what_only_another_platform_says_is_named() -> None:
    newer = Extras(dialect="openai_responses", members={"newer": 1})
    choice = Choice(parts=(Text(text="hi"),), stop="end", extras=newer)
    response = Response(id="1", model="m", choices=(choice,), extras=newer)
    losses = CODEC.encode_response(response, Reply()).losses
    assert {loss.what for loss in losses} == {"unknown_member"}
    assert len(losses) == 2
