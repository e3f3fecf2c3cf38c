"""Usage that nobody counted is estimated, and says so."""

from tests.gateway.scripts import DONE, USAGE_EVENT, body_of, delta

from detente.canonical.usage import Usage
from detente.dialects import spec_of
from detente.gateway import estimate

SPEC = spec_of("openai_chat")
HEAD = SPEC.read_request(body_of("m", stream=True))


def after(*events: bytes) -> Usage:
    tap = SPEC.tap(HEAD)
    for event in events:
        tap.feed(event)
    tap.close()
    return estimate.of_stream(tap, 400)


def test_sizes_give_four_bytes_a_token() -> None:
    assert estimate.of_sizes(400, 42) == Usage(
        uncached_input_tokens=100, visible_output_tokens=10, estimated=True
    )


def test_what_a_whole_stream_reported_stands() -> None:
    usage = after(delta("a"), USAGE_EVENT, DONE)
    assert (usage.input_tokens, usage.output_tokens, usage.estimated) == (10, 3, False)


def test_what_a_broken_stream_reported_is_a_lower_bound() -> None:
    usage = after(*[delta("a")] * 7, USAGE_EVENT)
    assert (usage.input_tokens, usage.output_tokens, usage.estimated) == (10, 7, True)


def test_a_stream_without_report_is_counted() -> None:
    usage = after(delta("a"), delta("b"), DONE)
    assert (usage.input_tokens, usage.output_tokens, usage.estimated) == (100, 2, True)
