"""Whole answers, as the official client of Cohere reads them."""

import cohere
import httpx

from detente.canonical.content import (
    Citation,
    Native,
    Opaque,
    Reasoning,
    Text,
    TokenLogprob,
    ToolCall,
)
from detente.canonical.events import (
    Delta,
    Ended,
    Event,
    PartGiven,
    PartStarted,
    PartStopped,
    Started,
    StateGiven,
    Stopped,
)
from detente.canonical.extras import Extras
from detente.canonical.response import Choice, Response
from detente.canonical.usage import Usage
from detente.dialects.codec import Reply
from detente.dialects.cohere_chat import CODEC

USAGE = Usage(uncached_input_tokens=7, cache_read_tokens=1, visible_output_tokens=3)
CITATION = Citation(kind="url", url="https://e.example", title="E", start=2, end=6)
STATE = Opaque(origin="anthropic_messages", value="s")


def client(body: bytes, kind: str, sent: list[bytes] | None = None) -> cohere.ClientV2:
    """The official client, answered with `body`."""

    def answer(request: httpx.Request) -> httpx.Response:
        if sent is not None:
            sent.append(request.content)
        return httpx.Response(200, content=body, headers={"content-type": kind})

    return cohere.ClientV2(
        api_key="k",
        base_url="http://x.example",
        httpx_client=httpx.Client(transport=httpx.MockTransport(answer)),
    )


def test_a_whole_answer() -> None:
    response = Response(
        id="chatcmpl-1",
        model="upstream",
        usage=USAGE,
        choices=(
            Choice(
                parts=(
                    Reasoning(text="hm"),
                    Text(
                        text="I look.",
                        citations=(CITATION,),
                        logprobs=(TokenLogprob(token="I", logprob=-0.5),),
                    ),
                    ToolCall(id="c1", name="weather", arguments='{"city":"Oslo"}'),
                ),
                stop="tool_calls",
            ),
        ),
    )
    encoded = CODEC.encode_response(response, Reply())
    read = client(encoded.body, "application/json").chat(
        model="m", messages=[cohere.UserChatMessageV2(content="hi")]
    )
    assert encoded.losses == ()
    assert (read.id, read.finish_reason) == ("chatcmpl-1", "TOOL_CALL")
    content = read.message.content or []
    assert [getattr(one, one.type) for one in content] == ["hm", "I look."]
    assert read.message.tool_calls is not None
    call = read.message.tool_calls[0]
    assert (call.id, call.function and call.function.arguments) == ("c1", '{"city":"Oslo"}')
    assert read.message.citations is not None
    citation = read.message.citations[0]
    assert (citation.text, citation.content_index) == ("look", 1)
    assert read.usage is not None
    assert read.usage.billed_units is not None
    assert read.usage.billed_units.input_tokens == 8
    assert read.usage.cached_tokens == 1
    assert read.logprobs is not None
    assert read.logprobs[0].logprobs == [-0.5]


def test_what_an_answer_cannot_say_is_named() -> None:
    native = Native(dialect="openai_responses", name="web_search_call", value={})
    response = Response(
        id="1",
        model="m",
        choices=(
            Choice(parts=(Reasoning(text="hm", state=STATE), native), stop="pause"),
            Choice(index=1, parts=()),
        ),
    )
    encoded = CODEC.encode_response(response, Reply())
    assert [str(loss) for loss in encoded.losses] == [
        "choices@choices[1]",
        "native_part@choices[0].parts[1]",
        "reasoning_state@choices[0].parts[0]",
        "stop_reason@choices[0].stop",
    ]
    encoder = CODEC.stream_encoder(Reply())
    events: list[Event] = [
        Started(id="x", model="m"),
        PartStarted(kind="reasoning", index=0),
        StateGiven(index=0, state=STATE),
        PartStopped(index=0),
        PartGiven(index=1, part=native),
        PartStarted(kind="custom_call", index=2, id="c", name="n"),
        Delta(kind="custom_call", index=2, text="free"),
        PartStopped(index=2),
        PartStarted(kind="text", index=0, choice=1),
        Stopped(stop="refusal"),
        Ended(),
    ]
    body = encoder.feed(events)
    assert b'{\\"_\\":\\"free\\"}' in body
    assert [str(loss) for loss in encoder.losses] == [
        "reasoning_state@choices[0].parts[0]",
        "native_part@choices[0].parts[1]",
        "tools@choices[0].parts[2].arguments",
        "choices@choices[1]",
        "stop_reason@choices[0].stop",
    ]


def test_what_only_another_platform_says_is_named() -> None:
    newer = Extras(dialect="openai_responses", members={"newer": 1})
    choice = Choice(parts=(Text(text="hi"),), stop="end", extras=newer)
    response = Response(id="1", model="m", choices=(choice,), extras=newer)
    losses = CODEC.encode_response(response, Reply()).losses
    assert {loss.what for loss in losses} == {"unknown_member"}
    assert len(losses) == 2
