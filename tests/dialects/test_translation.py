"""Large strings on their way through a translation: never twice, never lost, never torn."""

import json
from collections.abc import Mapping

import pytest

from detente.canonical.content import Reasoning
from detente.canonical.failure import ProviderFault
from detente.canonical.model import Dialect
from detente.canonical.usage import Usage
from detente.dialects import codec_of
from detente.dialects._framing.aws_events import AwsEventCutter
from detente.dialects.codec import Codec, Reply, Target
from detente.dialects.translation import Answer, Outgoing, Translation

LONG = "Q" * 20_000
ASKED = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


def codec(name: Dialect) -> Codec:
    found = codec_of(name)
    assert found is not None
    return found


def claudes(*content: Mapping[str, object]) -> bytes:
    """A whole answer of Anthropic's."""
    return json.dumps(
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "c",
            "content": content,
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": 1, "output_tokens": 1},
        }
    ).encode()


def answered(client: Dialect, asked: Mapping[str, object], told: bytes) -> Answer:
    stream = asked.get("stream") is True
    translation = Translation(codec(client), json.dumps(asked).encode(), model="m", stream=stream)
    out = translation.encoded_for(codec("anthropic_messages"), Target(model="c"))
    return out.answer(told, Reply(request=translation.request))


@pytest.mark.parametrize(
    "text",
    [
        [{"type": "text", "text": "DETENTE"}, {"type": "text", "text": "BLOB0X"}],
        [{"type": "text", "text": "DETENTE\\u0042LOB0X"}],
    ],
)
@pytest.mark.parametrize(
    "upstream", ["openai_responses", "anthropic_messages", "gemini_generate", "bedrock_converse"]
)
def test_a_request_never_grows_by_markers_that_somebody_hid_in_it(
    text: list[dict[str, str]], upstream: Dialect
) -> None:
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{LONG}"}}
    asked = {"model": "m", "messages": [{"role": "user", "content": [image, *text * 50]}]}
    body = json.dumps(asked).replace("\\\\u", "\\u").encode()
    translation = Translation(codec("openai_chat"), body)
    out = translation.encoded_for(codec(upstream), Target(model="m"))
    assert out.body.count(LONG.encode()) == 1
    assert len(out.body) < len(body) + 5_000


def test_state_is_remembered_whole_however_long_it_is() -> None:
    thought = {"type": "thinking", "thinking": "Hm", "signature": LONG}
    call: dict[str, object] = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}
    memory = answered("openai_chat", ASKED, claudes(thought, call)).memory
    assert memory is not None
    (kept,) = memory.thoughts
    assert isinstance(kept, Reasoning)
    assert kept.state is not None
    assert kept.state.value == LONG


def test_what_an_answer_repeats_of_the_request_is_the_requests() -> None:
    asked = {"model": "m", "input": "hi", "instructions": LONG}
    told = json.loads(
        answered(
            "openai_responses", asked, claudes({"type": "text", "text": LONG[::-1] + "R"})
        ).body
    )
    assert told["instructions"] == LONG
    assert told["output"][0]["content"][0]["text"] == LONG + "R"


def test_a_stream_repeats_the_request_too() -> None:
    asked = json.dumps({"model": "m", "input": "hi", "instructions": LONG, "stream": True})
    translation = Translation(codec("openai_responses"), asked.encode())
    out = translation.encoded_for(codec("anthropic_messages"), Target(model="c"))
    started = json.loads(claudes()) | {"stop_reason": None}
    event = json.dumps({"type": "message_start", "message": started})
    written = out.tap(Reply(request=translation.request)).feed(
        f"event: message_start\ndata: {event}\n\n".encode()
    )
    assert LONG.encode() in written
    assert b"DETENTEBLOB" not in written


def test_a_stream_made_of_a_whole_answer_keeps_its_lengths_and_checksums() -> None:
    asked = {"messages": [{"role": "user", "content": [{"text": "hi"}]}], "stream": True}
    body = answered("bedrock_converse", asked, claudes({"type": "text", "text": LONG})).body
    events = AwsEventCutter().feed(body)
    assert LONG.encode() in b"".join(event.payload for event in events)


def asked_of_chat(*, stream: bool) -> tuple[Outgoing, Reply]:
    body = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
    asked = json.dumps({**body, "stream": stream}).encode()
    translation = Translation(codec("anthropic_messages"), asked)
    out = translation.encoded_for(codec("openai_chat"), Target(model="m"))
    return out, Reply(request=translation.request)


def test_a_stream_of_nothing_but_its_end_is_no_answer() -> None:
    out, reply = asked_of_chat(stream=True)
    tap = out.tap(reply)
    with pytest.raises(ProviderFault, match="says nothing"):
        tap.feed(b"data: [DONE]\n\n")
    assert not tap.complete


def test_a_stream_that_nobody_asked_for_is_not_read() -> None:
    out, reply = asked_of_chat(stream=False)
    with pytest.raises(ProviderFault, match="streams what was asked for as a whole"):
        out.tap(reply)


@pytest.mark.parametrize(("word", "tier"), [("default", None), ("flex", "flex"), (None, None)])
def test_a_translated_answers_usage_names_the_tier_that_was_served(
    word: str | None, tier: str | None
) -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}
    said = {"role": "assistant", "content": "hi"}
    told = {"id": "c", "model": "m", "service_tier": word}
    whole = {**told, "choices": [{"index": 0, "finish_reason": "stop", "message": said}]}
    out, reply = asked_of_chat(stream=False)
    answer = out.answer(json.dumps({**whole, "usage": usage}).encode(), reply)
    assert answer.usage == Usage(uncached_input_tokens=3, visible_output_tokens=1, tier=tier)

    out, reply = asked_of_chat(stream=True)
    tap = out.tap(reply)
    chunks: list[dict[str, object]] = [
        {**told, "choices": [{"index": 0, "delta": said}]},
        {**told, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        {**told, "choices": [], "usage": usage},
    ]
    for chunk in chunks:
        tap.feed(b"data: " + json.dumps(chunk).encode() + b"\n\n")
    assert tap.usage == answer.usage
