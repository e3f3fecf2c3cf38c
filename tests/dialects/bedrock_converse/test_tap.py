"""Converse streams in passing: every frame passes whole; both ends are needed; errors are seen."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.canonical.failure import ProviderFault
from detente.canonical.usage import Usage
from detente.dialects import RequestHead
from detente.dialects.bedrock_converse.tap import ConverseTap, tap
from tests.dialects.bedrock_converse.frames import exception, frame
from tests.dialects.splits import SIZES, read_stream, same_for_every_split

HEAD = RequestHead(model="")
BEGIN = frame("messageStart", {"role": "assistant"})
TEXT = frame(
    "contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "a" * 40}, "p": "x" * 90}
)
STOP = frame("messageStop", {"stopReason": "end_turn"})
META = frame(
    "metadata",
    {"usage": {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5}, "metrics": {"latencyMs": 1}},
)
WHOLE = BEGIN + TEXT * 3 + STOP + META


def fresh() -> ConverseTap:
    return tap(HEAD)


def test_a_whole_stream() -> None:
    seen = same_for_every_split(fresh, WHOLE)
    assert seen.shown == WHOLE
    assert (seen.complete, seen.failed) == (True, False)
    assert seen.usage == Usage(uncached_input_tokens=3, visible_output_tokens=2)
    assert 30 <= seen.output_tokens <= 36, "the padding is no text"


def test_whole_frames_are_passed_as_they_are() -> None:
    assert fresh().feed(WHOLE) is WHOLE


@pytest.mark.parametrize("cut", [1, len(META) // 2, len(META), len(META) + 5])
def test_a_stream_that_breaks_off_is_not_complete(cut: int) -> None:
    seen = read_stream(fresh(), WHOLE[:-cut], [13])
    assert not seen.complete
    assert seen.shown == WHOLE[: len(WHOLE) - len(META) - (len(STOP) if cut > len(META) else 0)]


def test_exceptions_are_seen_and_passed() -> None:
    stream = BEGIN + exception("throttlingException", {"message": "slow"})
    seen = same_for_every_split(fresh, stream)
    assert (seen.shown, seen.failed, seen.complete) == (stream, True, False)


@given(SIZES)
def test_random_splits(sizes: list[int]) -> None:
    assert read_stream(fresh(), WHOLE, sizes).shown == WHOLE


@settings(max_examples=100)
@given(st.binary(max_size=60))
def test_arbitrary_bytes(body: bytes) -> None:
    try:
        read_stream(fresh(), body, [7])
    except ProviderFault:
        return


def test_an_event_beyond_the_bound() -> None:
    with pytest.raises(ProviderFault, match="stream_event_bytes_max"):
        tap(HEAD, event_bytes_max=100).feed(WHOLE)
