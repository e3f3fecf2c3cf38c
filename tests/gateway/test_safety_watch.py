"""What passes by is looked at, whole or in pieces, and ends in the ledger."""

import pytest
from tests.gateway.scripts import EVENTS_HEAD, answer, chat, chunked
from tests.gateway.stage import Stage

from detente.dialects._envelope.invoke_stream import EventsFramed
from detente.dialects._framing.aws_events import aws_event
from detente.gateway.safety_watch import REST_BYTES_MAX, SafetyWatch

REFUSAL = b'data: {"choices":[{"index":0,"delta":{"refusal":"no"},"finish_reason":null}]}\n\n'
STOP = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"content_filter"}]}\n\n'
PLAIN = b'data: {"choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":null}]}\n\n'
BLOCKED = answer(200, b'{"choices":[{"index":0,"finish_reason":"content_filter"}]}')
FILTERED = answer(400, b'{"error":{"code":"content_filter","message":"the prompt"}}')


def actions(watch: SafetyWatch) -> list[str]:
    return [one.action for one in watch.signals]


@pytest.mark.parametrize("size", [1, 7, 50, 1000])
def test_a_stream_in_pieces_of_any_size(size: int) -> None:
    watch = SafetyWatch("openai_chat", passes=False)
    stream = PLAIN + REFUSAL + PLAIN + REFUSAL + STOP
    for at in range(0, len(stream), size):
        watch.look(stream[at : at + size])
    assert actions(watch) == ["model_refusal", "blocked"]


def test_whole_events_are_looked_at_as_they_are() -> None:
    watch = SafetyWatch("openai_chat", passes=True)
    for event in (PLAIN, REFUSAL, STOP, b""):
        watch.look(event)
    assert actions(watch) == ["model_refusal", "blocked"]


def test_frames_in_pieces() -> None:
    frame = aws_event(
        {":event-type": "messageStop", ":message-type": "event"},
        b'{"stopReason":"guardrail_intervened"}',
    )
    for size in (1, 20, len(frame)):
        watch = SafetyWatch("bedrock_converse", passes=False)
        for at in range(0, len(frame), size):
            watch.look(frame[at : at + size])
        assert actions(watch) == ["blocked"]


def test_events_in_frames_of_invoke_model() -> None:
    data = b'data: {"type":"message_delta","delta":{"stop_reason":"refusal"}}'
    events = b"event: message_delta\n%b\n\n" % data
    frames = EventsFramed().feed(events)
    for size in (1, 20, len(frames)):
        watch = SafetyWatch("anthropic_messages", passes=False, framed=True)
        for at in range(0, len(frames), size):
            watch.look(frames[at : at + size])
        assert actions(watch) == ["model_refusal"]
    unopened = SafetyWatch("anthropic_messages", passes=False)
    unopened.look(frames)
    assert actions(unopened) == []


@pytest.mark.parametrize("size", [1, 30, 1000])
def test_broken_frames_of_invoke_model_say_nothing(size: int) -> None:
    watch = SafetyWatch("anthropic_messages", passes=False, framed=True)
    broken = b'"refusal"' * 40
    for at in range(0, len(broken), size):
        watch.look(broken[at : at + size])
    assert actions(watch) == []


def test_what_is_no_frame_says_nothing() -> None:
    watch = SafetyWatch("bedrock_converse", passes=False)
    watch.look(b'"guardrail_intervened"' * 10)
    assert actions(watch) == []


def test_half_an_event_is_kept_within_a_bound() -> None:
    watch = SafetyWatch("openai_chat", passes=False)
    for _ in range(10):
        watch.look(b"x" * REST_BYTES_MAX)
    watch.look(b"\n" + REFUSAL)
    assert actions(watch) == ["model_refusal"]


def test_a_whole_answer_leaves_its_signals_in_the_journal(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("m"))
    stage.upstream.answers(BLOCKED)
    assert client.answer().status == 200
    (signal,) = stage.settled().safety
    assert (signal.stage, signal.action, signal.raw) == ("output", "blocked", "content_filter")


def test_a_refused_prompt_leaves_its_signals_in_the_journal(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("m"))
    stage.upstream.answers(FILTERED)
    assert client.answer().status == 400
    (signal,) = stage.settled().safety
    assert (signal.stage, signal.action) == ("input", "blocked")


def test_a_stream_leaves_its_signals_in_the_journal(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("m", stream=True))
    stage.upstream.answers(EVENTS_HEAD + chunked(PLAIN) + chunked(REFUSAL))
    stage.upstream.answers(chunked(STOP) + chunked(b"data: [DONE]\n\n") + b"0\r\n\r\n")
    assert [one.action for one in stage.settled().safety] == ["model_refusal", "blocked"]


def test_an_answer_with_nothing_to_tell_leaves_nothing(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("m"))
    stage.upstream.answers(answer(200, b'{"choices":[{"index":0,"finish_reason":"stop"}]}'))
    assert client.answer().status == 200
    assert stage.settled().safety == ()
