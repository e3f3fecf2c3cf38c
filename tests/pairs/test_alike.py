"""The tables of what dialects cannot tell apart: every row is needed, and no other one."""

import dataclasses
from typing import Any, get_args

import pytest

from detente.canonical.content import Part, Reasoning, Refusal, Text, ToolCall
from detente.canonical.events import UsageReported
from detente.canonical.model import Dialect
from detente.canonical.response import Choice, Response, StopReason
from detente.canonical.usage import TOKEN_CLASSES, Usage
from detente.dialects._translation.whole import events_of
from detente.dialects.codec import Reply
from tests.pairs.alike import MERGED, NEAREST_STOPS, difference, expected
from tests.pairs.reading import READERS
from tests.pairs.recordings import FIVE
from tests.pairs.told import Told
from tests.pairs.translating import codec

USAGE = Usage(
    uncached_input_tokens=1,
    cache_read_tokens=2,
    cache_write_5m_tokens=4,
    cache_write_30m_tokens=8,
    cache_write_1h_tokens=16,
    cache_write_12h_tokens=32,
    audio_input_tokens=64,
    visible_output_tokens=128,
    reasoning_output_tokens=256,
    audio_output_tokens=512,
)
"""Every class has a count of its own, and so has every sum of some."""
TOLD = Told(
    text="hi",
    calls=(("c1", "f", {"a": 1}),),
    stop="tool_calls",
    reasoning="Hm so",
    usage=USAGE,
)


def answer(*parts: Part, stop: StopReason) -> Response:
    choice = Choice(parts=parts, stop=stop)
    return Response(id="r", model="m", created_s=1, choices=(choice,), usage=USAGE)


def seen_by(client: Dialect, response: Response) -> list[Told]:
    """What a client is told of it, whole and streamed; of a stream, what is counted is known first,
    for Messages tells lifetimes at the start only."""
    whole = codec(client).encode_response(response, Reply(now_s=7)).body
    events = events_of(response)
    events = [*events[:1], UsageReported(usage=USAGE), *events[1:]]
    stream = codec(client).stream_encoder(Reply(now_s=7)).feed(events)
    streamed = READERS[client]().streamed(stream)
    if client == "openai_chat":  # which tells counts in a stream only where it is asked to
        assert streamed.usage is None
        streamed = dataclasses.replace(streamed, usage=expected(TOLD, client).usage)
    return [READERS[client]().whole(whole), streamed]


@pytest.mark.parametrize("client", FIVE)
@pytest.mark.parametrize("stop", get_args(StopReason))
def test_every_reason_is_told_as_the_table_says(client: Dialect, stop: StopReason) -> None:
    parts: tuple[Part, ...] = (Text(text="hi"),)
    calls: tuple[tuple[str, str, object], ...] = ()
    if stop == "tool_calls":
        parts = (*parts, ToolCall(id="c1", name="f", arguments="{}"))
        calls = (("c1", "f", {}),)
    told = Told(text="hi", calls=calls, stop=stop, usage=USAGE)
    for seen in seen_by(client, answer(*parts, stop=stop)):
        assert difference(expected(told, client), seen, same=False) is None
        if stop in NEAREST_STOPS[client]:
            assert seen.stop != stop


@pytest.mark.parametrize("client", FIVE)
def test_every_class_of_tokens_is_told_as_the_table_says(client: Dialect) -> None:
    for seen in seen_by(client, answer(Text(text="hi"), stop="end")):
        assert seen.usage is not None
        apart = {name for name in TOKEN_CLASSES if getattr(seen.usage, name)}
        assert apart == set(TOKEN_CLASSES) - set(MERGED[client])


@pytest.mark.parametrize("client", FIVE)
def test_a_refusal_with_words_is_told(client: Dialect) -> None:
    told = Told(refusal="no", stop="refusal", usage=USAGE)
    for seen in seen_by(client, answer(Refusal(text="no"), stop="refusal")):
        assert difference(expected(told, client), seen, same=False) is None


@pytest.mark.parametrize("client", FIVE)
def test_thoughts_and_calls_are_told(client: Dialect) -> None:
    parts = (
        Reasoning(text="Hm so"),
        Text(text="hi"),
        ToolCall(id="c1", name="f", arguments='{"a": 1}'),
    )
    for seen in seen_by(client, answer(*parts, stop="tool_calls")):
        assert difference(expected(TOLD, client), seen, same=False) is None


CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"text": "ho"}, "text"),
    ({"stop": "end"}, "stop"),
    ({"refusal": "no"}, "refusal"),
    ({"reasoning": "Aha"}, "reasoning"),
    ({"usage": Usage(uncached_input_tokens=1)}, "became Usage"),
    ({"calls": ()}, "1 calls became 0"),
    ({"calls": (("c2", "f", {"a": 1}),)}, "call"),
    ({"calls": (("", "f", {"a": 1}),)}, "call"),
    ({"calls": (("c1", "g", {"a": 1}),)}, "call"),
    ({"calls": (("c1", "f", {}),)}, "call"),
]


@pytest.mark.parametrize(("changed", "said"), CHANGES)
def test_every_difference_is_found(changed: dict[str, Any], said: str) -> None:
    found = difference(TOLD, dataclasses.replace(TOLD, **changed), same=False)
    assert found is not None
    assert said in found


def test_a_call_without_an_id_has_got_one() -> None:
    before = dataclasses.replace(TOLD, calls=(("", "f", {"a": 1}),))
    assert difference(before, TOLD, same=False) is None
    assert difference(before, before, same=True) is None
    assert difference(before, before, same=False) is not None
