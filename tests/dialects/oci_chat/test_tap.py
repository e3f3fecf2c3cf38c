"""The stream of Oracle's chat in passing."""

import pytest

from detente.canonical.failure import ProviderFault
from detente.canonical.usage import Usage
from detente.dialects.oci_chat.tap import ChatTap, tap
from detente.dialects.spec import RequestHead
from tests.dialects.oci_chat.bodies import STREAMS, USAGE, chunk, said, streamed
from tests.dialects.splits import same_for_every_split

COUNTS = Usage(uncached_input_tokens=41, visible_output_tokens=8)
UNASKED = RequestHead(model="m", stream=True)
ASKED = RequestHead(model="m", stream=True, asks_usage=True)
DELTA = chunk("content", said("hi"))
END = {"message": {"role": "ASSISTANT"}, "finishReason": "stop", "pad": "a"}


def test_usage_that_nobody_asked_for_is_hidden() -> None:
    shown = streamed(DELTA, DELTA, END)
    seen = same_for_every_split(lambda: tap(UNASKED), shown + streamed(USAGE))
    assert (seen.shown, seen.usage, seen.complete, seen.failed) == (shown, COUNTS, True, False)
    assert seen.output_tokens == 2
    told = same_for_every_split(lambda: tap(ASKED), shown + streamed(USAGE))
    assert told.shown == shown + streamed(USAGE)


def test_no_end_is_no_end() -> None:
    for body in (streamed(DELTA, DELTA), streamed(DELTA, "[DONE]"), streamed(DELTA) + b"data: x"):
        seen = same_for_every_split(lambda: tap(UNASKED), body)
        assert (seen.complete, seen.failed, seen.usage) == (False, False, None)


def test_an_end_that_begins_as_text_does() -> None:
    last = {**chunk("content", said("!")), "finishReason": "stop"}
    seen = same_for_every_split(lambda: tap(UNASKED), streamed(*[DELTA] * 5, last))
    assert (seen.complete, seen.output_tokens) == (True, 5)


def test_an_error_is_seen() -> None:
    seen = same_for_every_split(lambda: tap(ASKED), STREAMS["an error"])
    assert (seen.complete, seen.failed) == (False, True)
    late = streamed(DELTA, END, {"code": "InternalServerError", "message": "it broke"})
    assert not same_for_every_split(lambda: tap(ASKED), late).complete


def test_odd_counts_cost_no_end() -> None:
    end = {**END, "usage": {"promptTokens": "many"}}
    seen = same_for_every_split(lambda: tap(UNASKED), streamed(DELTA, end))
    assert (seen.complete, seen.usage) == (True, None)


@pytest.mark.parametrize("name", [name for name in STREAMS if name != "an error"])
def test_streams_pass_whole(name: str) -> None:
    seen = same_for_every_split(lambda: tap(ASKED), STREAMS[name])
    assert (seen.shown, seen.complete, seen.failed) == (STREAMS[name], True, False)


def test_the_usage_of_coheres_format_stands_at_the_end() -> None:
    seen = same_for_every_split(lambda: tap(UNASKED), STREAMS["cohere"])
    assert seen.shown == STREAMS["cohere"]
    assert seen.usage == Usage(uncached_input_tokens=6, visible_output_tokens=2)


def test_an_event_has_a_bound() -> None:
    with pytest.raises(ProviderFault):
        ChatTap(hides=False, event_bytes_max=10).feed(b"x" * 11)
