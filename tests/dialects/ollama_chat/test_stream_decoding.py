"""Lines of a stream as events."""

import json
from typing import Any

import pytest

from detente.canonical.content import TokenLogprob
from detente.canonical.events import (
    Delta,
    Ended,
    Event,
    Failed,
    PartGiven,
    PartStarted,
    PartStopped,
    Started,
    Stopped,
    UsageReported,
)
from detente.canonical.failure import ProviderFault
from detente.canonical.usage import Usage
from detente.dialects.ollama_chat import CODEC

CALL = {"function": {"name": "f", "arguments": {"a": 1}}}
STARTED = Started(id="", model="m", created_s=1716497890)


def line(message: dict[str, Any] | None = None, **members: Any) -> bytes:
    told = {"model": "m", "created_at": "2024-05-23T20:58:10Z", "message": message, "done": False}
    return json.dumps({**told, **members}).encode() + b"\n"


def events(*lines: bytes) -> list[Event]:
    decoder = CODEC.stream_decoder(id_prefix="call_r")
    return decoder.feed(b"".join(lines)) + decoder.close()


def test_thoughts_text_and_calls() -> None:
    assert events(
        line({"role": "assistant", "content": "", "thinking": "hm"}),
        line({"role": "assistant", "content": "I "}),
        line({"content": "look"}, logprobs=[{"token": "look", "logprob": -0.5}]),
        line({"content": "", "tool_calls": [CALL, CALL]}),
        line({"content": ""}, done=True, done_reason="stop", prompt_eval_count=3, eval_count=2),
        line({"content": "never read"}),
    ) == [
        STARTED,
        PartStarted(kind="reasoning", index=0),
        Delta(kind="reasoning", index=0, text="hm"),
        PartStopped(index=0),
        PartStarted(kind="text", index=1),
        Delta(kind="text", index=1, text="I "),
        Delta(
            kind="text", index=1, text="look", logprobs=(TokenLogprob(token="look", logprob=-0.5),)
        ),
        PartStopped(index=1),
        PartStarted(kind="tool_call", index=2, id="call_r_0", name="f"),
        Delta(kind="tool_call", index=2, text='{"a":1}'),
        PartStopped(index=2),
        PartStarted(kind="tool_call", index=3, id="call_r_1", name="f"),
        Delta(kind="tool_call", index=3, text='{"a":1}'),
        PartStopped(index=3),
        Stopped(stop="tool_calls"),
        UsageReported(usage=Usage(uncached_input_tokens=3, visible_output_tokens=2)),
        Ended(),
    ]


@pytest.mark.parametrize(
    ("word", "stop"), [("stop", "end"), ("length", "length"), ("load", "other"), (None, "end")]
)
def test_reasons(word: str | None, stop: str) -> None:
    told = events(line({"content": ""}, done=True, done_reason=word))
    assert told == [STARTED, Stopped(stop=stop), Ended()]  # pyright: ignore[reportArgumentType] - a reason


def test_images() -> None:
    told = events(line({"content": "see", "images": ["/9j/aGk="]}))
    assert [type(event) for event in told[1:]] == [PartStarted, Delta, PartStopped, PartGiven]


def test_a_stream_that_breaks_off_has_no_end() -> None:
    told = events(line({"content": "hi"}), b'{"model":"m","mess')
    assert not any(isinstance(event, Ended | Stopped) for event in told)


def test_the_last_line_may_lack_its_end() -> None:
    told = events(line({"content": "hi"}), line({"content": ""}, done=True).rstrip())
    assert isinstance(told[-1], Ended)


def test_an_error_ends_it() -> None:
    told = events(line({"content": "hi"}), b'{"error":"too busy"}\n', line({"content": "x"}))
    assert told[-1] == Failed(code="server_error", message="too busy", status=502)
    assert isinstance(events(b'{"error":{"odd":1}}\n')[-1], Failed)


@pytest.mark.parametrize(
    "text",
    [
        b"[]\n",
        b"x\n",
        b'{"message":3}\n',
        b'{"message":{"tool_calls":[3]}}\n',
        b'{"message":{"tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}}\n',
    ],
)
def test_what_is_no_line(text: bytes) -> None:
    with pytest.raises(ProviderFault):
        events(text)
