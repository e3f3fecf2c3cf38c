"""Message streams: the same for every split; every byte passes; later counts overwrite."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.canonical.usage import Usage
from detente.dialects.anthropic_messages.tap import tap
from detente.dialects.spec import RequestHead
from tests.conftest import Recorded
from tests.dialects.splits import SIZES, read_stream, same_for_every_split

HEAD = RequestHead(model="m", stream=True)


def event(kind: str, more: str = "", pad: int = 0) -> bytes:
    return f'event: {kind}\ndata: {{"type":"{kind}"{more}{" " * pad}}}\n\n'.encode()


def delta(kind: str, member: str, text: str, *, index: int = 0, pad: int = 0) -> bytes:
    more = f',"index":{index},"delta":{{"type":"{kind}","{member}":"{text}"}}'
    return event("content_block_delta", more, pad)


START = event(
    "message_start",
    ',"message":{"usage":{"input_tokens":11,"cache_creation_input_tokens":6,'
    '"cache_creation":{"ephemeral_5m_input_tokens":2,"ephemeral_1h_input_tokens":4},'
    '"output_tokens":1}}',
)
PING = b'event: ping\ndata: {"type": "ping"}\n\n'
TEXT = delta("text_delta", "text", "x")
THOUGHT = delta("thinking_delta", "thinking", "y")
ARGUMENTS = delta("input_json_delta", "partial_json", "{", index=1)
SIGNATURE = delta("signature_delta", "signature", "abc" * 99)
END = event("message_delta", ',"delta":{},"usage":{"output_tokens":9}', pad=5)
STOP = event("message_stop", pad=7)


def test_a_whole_message() -> None:
    body = b"".join([START, PING, *[TEXT] * 12, END, STOP])
    seen = same_for_every_split(lambda: tap(HEAD), body)
    assert seen.shown == body
    assert (seen.complete, seen.failed, seen.output_tokens) == (True, False, 12)
    assert seen.usage == Usage(
        uncached_input_tokens=11,
        cache_write_5m_tokens=2,
        cache_write_1h_tokens=4,
        visible_output_tokens=9,
    )


def test_later_counts_overwrite_and_absent_ones_stay() -> None:
    late = event(
        "message_delta",
        ',"usage":{"input_tokens":20,"cache_read_input_tokens":5,'
        '"cache_creation_input_tokens":8,"output_tokens":9}',
    )
    seen = same_for_every_split(lambda: tap(HEAD), START + END + late)
    assert seen.usage == Usage(
        uncached_input_tokens=20,
        cache_read_tokens=5,
        cache_write_5m_tokens=8,
        visible_output_tokens=9,
    )
    same = late.replace(b'"cache_creation_input_tokens":8', b'"cache_creation_input_tokens":6')
    kept = same_for_every_split(lambda: tap(HEAD), START + same).usage
    assert kept is not None
    assert (kept.cache_write_5m_tokens, kept.cache_write_1h_tokens) == (2, 4)


@pytest.mark.parametrize("pad", [0, 11])
def test_long_deltas_count_by_their_text_and_padding_does_not(pad: int) -> None:
    word = "word " * 8  # 40 bytes are about 10 tokens
    body = START + delta("text_delta", "text", word, pad=pad) * 10
    seen = same_for_every_split(lambda: tap(HEAD), body)
    assert 90 <= seen.output_tokens <= 110


def test_what_is_text_and_what_is_not() -> None:
    body = b"".join([START, THOUGHT, TEXT, ARGUMENTS, SIGNATURE, STOP])
    assert same_for_every_split(lambda: tap(HEAD), body).output_tokens == 3


def test_members_in_another_order() -> None:
    odd = b'data: {"delta":{"text":"x","type":"text_delta"},"type":"content_block_delta"}\n\n'
    seen = same_for_every_split(lambda: tap(HEAD), odd * 4)
    assert 4 <= seen.output_tokens <= 4 * 12


def test_an_error_inside() -> None:
    error = event("error", ',"error":{"type":"overloaded_error","message":"x"}')
    seen = same_for_every_split(lambda: tap(HEAD), START + TEXT + error)
    assert (seen.complete, seen.failed, seen.output_tokens) == (False, True, 1)


def test_crlf() -> None:
    body = b"".join([START, *[TEXT] * 9, END, STOP]).replace(b"\n", b"\r\n")
    seen = same_for_every_split(lambda: tap(HEAD), body)
    assert (seen.shown, seen.complete) == (body, True)
    assert 9 <= seen.output_tokens <= 14


@given(
    st.lists(
        st.sampled_from([START, PING, TEXT, THOUGHT, ARGUMENTS, SIGNATURE, END, STOP, b"\n"]),
        max_size=30,
    ),
    SIZES,
)
@settings(max_examples=40)
def test_any_order_any_split(events: list[bytes], sizes: list[int]) -> None:
    body = b"".join(events)
    whole = read_stream(tap(HEAD), body, [max(1, len(body))])
    assert read_stream(tap(HEAD), body, sizes) == whole
    assert whole.shown == body
    assert whole.complete is (STOP in events)


def test_recorded_streams(recorded: Recorded) -> None:
    rows = [row for row in recorded("anthropic-messages") if row["stream"]]
    assert len(rows) > 20
    for row in rows:
        body = row["response"]["text"].encode()
        whole = read_stream(tap(HEAD), body, [len(body)])
        for sizes in ([7], [100, 3], [1000]):
            assert read_stream(tap(HEAD), body, sizes) == whole, row["id"]
        assert whole.shown == body
        assert (whole.complete, whole.failed) == (True, False), row["id"]
        assert whole.usage is not None, row["id"]
        reported = whole.usage.output_tokens
        assert reported / 3 - 2 <= whole.output_tokens <= reported * 2 + 2, row["id"]
