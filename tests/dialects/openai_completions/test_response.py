"""Whole completions, as the official client reads them."""

import httpx2
import openai

from detente.canonical.content import (
    Citation,
    Media,
    Native,
    Opaque,
    Plain,
    Reasoning,
    Refusal,
    Text,
    TokenLogprob,
    ToolCall,
)
from detente.canonical.extras import Extras
from detente.canonical.response import Choice, ContentFilter, Response
from detente.canonical.usage import Usage
from detente.dialects.codec import Reply
from detente.dialects.openai_completions import CODEC
from tests.dialects.from_elsewhere import asked

USAGE = Usage(uncached_input_tokens=7, cache_read_tokens=1, visible_output_tokens=3)
STATE = Opaque(origin="anthropic_messages", value="s")
TOKEN = TokenLogprob(token="hi", logprob=-0.5, top=(TokenLogprob(token="ho", logprob=-1.5),))
FILTER = ContentFilter(dialect="openai_chat", stage="output", name="f", value={})
REPLY = Reply(request=asked(asks_usage=True), request_id="r1", now_s=5)


def client(body: bytes, kind: str) -> openai.OpenAI:
    """The official client, answered with `body`."""
    transport = httpx2.MockTransport(
        lambda _: httpx2.Response(200, content=body, headers={"content-type": kind})
    )
    return openai.OpenAI(api_key="k", max_retries=0, http_client=httpx2.Client(transport=transport))


def test_a_whole_answer() -> None:
    response = Response(
        id="chatcmpl-1",
        model="",
        usage=USAGE,
        choices=(
            Choice(parts=(Text(text="hi", logprobs=(TOKEN,)), Refusal(text="!")), stop="end"),
            Choice(index=1, parts=(Text(text="ho"),), stop="length"),
        ),
    )
    encoded = CODEC.encode_response(response, REPLY)
    read = client(encoded.body, "application/json").completions.create(model="m", prompt="hi")
    assert encoded.losses == ()
    assert (read.id, read.object, read.created) == ("cmpl-chatcmpl-1", "text_completion", 5)
    assert read.model == "asked"
    assert [(c.text, c.index, c.finish_reason) for c in read.choices] == [
        ("hi!", 0, "stop"),
        ("ho", 1, "length"),
    ]
    logprobs = read.choices[0].logprobs
    assert logprobs is not None
    assert (logprobs.tokens, logprobs.token_logprobs) == (["hi"], [-0.5])
    assert (logprobs.top_logprobs, logprobs.text_offset) == ([{"ho": -1.5}], [0])
    assert read.usage is not None
    assert (read.usage.prompt_tokens, read.usage.total_tokens) == (8, 11)


def test_what_an_answer_cannot_say_is_named() -> None:
    native = Native(dialect="openai_responses", name="web_search_call", value={})
    audio = Media(kind="audio", source=Plain(text=""), transcript="said")
    cited = Text(text="a", citations=(Citation(kind="url"),), state=STATE)
    call = ToolCall(id="1", name="f", arguments="{}")
    parts = (Reasoning(text="hm"), cited, call, audio, native)
    response = Response(
        id="1",
        model="m",
        filters=(FILTER,),
        choices=(Choice(parts=parts, stop="refusal", filters=(FILTER,)),),
    )
    encoded = CODEC.encode_response(response, REPLY)
    assert b'"text":"asaid"' in encoded.body
    assert [str(loss) for loss in encoded.losses] == [
        "content_filter@filters[0]",
        "reasoning_text@choices[0].parts[0]",
        "citations@choices[0].parts[1].citations",
        "reasoning_state@choices[0].parts[1]",
        "tools@choices[0].parts[2]",
        "audio_output@choices[0].parts[3]",
        "native_part@choices[0].parts[4]",
        "content_filter@choices[0].filters[0]",
        "stop_reason@choices[0].stop",
    ]


def test_a_blocked_prompt_is_a_choice_that_was_filtered() -> None:
    encoded = CODEC.encode_response(Response(id="1", model="m", choices=()), REPLY)
    assert b'"finish_reason":"content_filter"' in encoded.body


def test_what_only_another_platform_says_is_named() -> None:
    newer = Extras(dialect="openai_responses", members={"newer": 1})
    choice = Choice(parts=(Text(text="hi"),), stop="end", extras=newer)
    response = Response(id="1", model="m", choices=(choice,), extras=newer)
    losses = CODEC.encode_response(response, Reply()).losses
    assert {loss.what for loss in losses} == {"unknown_member"}
    assert len(losses) == 2
