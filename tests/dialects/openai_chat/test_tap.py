"""Chat streams: the same for every split; the chunk that the client did not ask for is hidden."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.canonical.usage import Usage
from detente.dialects.openai_chat.tap import ChatTap, tap
from detente.dialects.spec import RequestHead
from tests.conftest import Recorded
from tests.dialects.splits import SIZES, read_stream, same_for_every_split

ASKED = RequestHead(model="m", stream=True, asks_usage=True)
UNASKED = RequestHead(model="m", stream=True)
COUNTS = '{"prompt_tokens":3,"completion_tokens":5,"total_tokens":8}'
USAGE = Usage(uncached_input_tokens=3, visible_output_tokens=5)
DONE = b"data: [DONE]\n\n"
FILTERS = b'data: {"choices":[],"id":"","prompt_filter_results":[{"prompt_index":0}]}\n\n'
EXTRAS = [
    b'data: {"id":"c","choices":[],"usage":%b}\n\n' % COUNTS.encode(),
    b'data: {"id": "c", "choices": [ ], "usage" : %b}\n\n' % COUNTS.encode(),
    b'data:{"usage":%b,"choices":[]}\r\n\r\n' % COUNTS.encode(),
    b'event: x\ndata: {"choices":[],\ndata: "usage":%b}\n\n' % COUNTS.encode(),
]


def chunk(delta: str, finish: str = "null", more: str = "") -> bytes:
    """A chunk in the compact form that most platforms send."""
    choice = f'{{"index":0,"delta":{delta},"finish_reason":{finish}}}'
    return f'data: {{"id":"c","model":"m","choices":[{choice}]{more}}}\n\n'.encode()


FIRST = chunk('{"role":"assistant","content":""}')
LAST = chunk("{}", '"stop"')
WORDS = [chunk(f'{{"content":"t{i}"}}', more=',"usage":null') for i in range(6)]


def answer(*extra: bytes) -> bytes:
    return b"".join([FILTERS, FIRST, *WORDS, LAST, *extra, DONE])


@pytest.mark.parametrize("extra", EXTRAS)
def test_the_extra_chunk_is_hidden_from_who_did_not_ask(extra: bytes) -> None:
    seen = same_for_every_split(lambda: tap(UNASKED), answer(extra))
    assert seen.shown == answer()
    assert (seen.usage, seen.complete, seen.failed, seen.output_tokens) == (USAGE, True, False, 6)


@pytest.mark.parametrize("extra", EXTRAS)
def test_who_asked_gets_every_byte(extra: bytes) -> None:
    body = answer(extra)
    seen = same_for_every_split(lambda: tap(ASKED), body)
    assert seen.shown == body
    assert (seen.usage, seen.complete, seen.output_tokens) == (USAGE, True, 6)


def test_crlf_and_no_space() -> None:
    body = answer(EXTRAS[0]).replace(b"\n", b"\r\n").replace(b"data: ", b"data:")
    seen = same_for_every_split(lambda: tap(UNASKED), body)
    assert seen.shown == answer().replace(b"\n", b"\r\n").replace(b"data: ", b"data:")
    assert (seen.usage, seen.complete, seen.output_tokens) == (USAGE, True, 6)


@given(
    st.lists(
        st.sampled_from([FILTERS, FIRST, *WORDS[:2], LAST, *EXTRAS, DONE, b": c\n\n", b"\n"]),
        max_size=30,
    ),
    SIZES,
)
@settings(max_examples=60)
def test_any_order_any_split(events: list[bytes], sizes: list[int]) -> None:
    body = b"".join(events)
    whole = read_stream(tap(UNASKED), body, [max(1, len(body))])
    assert read_stream(tap(UNASKED), body, sizes) == whole
    assert whole.shown == b"".join(event for event in events if event not in EXTRAS)
    assert read_stream(tap(ASKED), body, sizes).shown == body


@given(st.binary(max_size=300), SIZES)
@settings(max_examples=60)
def test_garbage_passes(body: bytes, sizes: list[int]) -> None:
    seen = read_stream(tap(UNASKED), body, sizes)
    assert seen.shown == body
    assert seen.usage is None


@pytest.mark.parametrize(
    ("delta", "tokens"),
    [
        ('{"role":"assistant","content":"x"}', 9),
        ('{"content":"x"}', 9),
        ('{"content": "x"}', 9),
        ('{"content":null,"reasoning_content":"x"}', 9),
        ('{"reasoning":"x"}', 9),
        ('{"refusal":"x"}', 9),
        ('{"tool_calls":[{"index":0,"function":{"arguments":"x"}}]}', 9),
        ('{"content":[{"type":"text","text":"x"}]}', 9),
        ('{"content":""}', 0),
        ('{"content":null,"tool_calls":null}', 0),
        ("{}", 0),
    ],
)
def test_what_counts_as_content(delta: str, tokens: int) -> None:
    body = chunk(delta) * 9
    assert same_for_every_split(lambda: tap(ASKED), body).output_tokens == tokens
    spaced = json.dumps(json.loads(chunk(delta)[6:])).encode()
    again = same_for_every_split(lambda: tap(ASKED), b"data: %b\n\n" % spaced * 9)
    assert again.output_tokens == tokens


def test_several_choices_at_once() -> None:
    one = WORDS[0].replace(b'"index":0', b'"index":1')
    body = b"".join([WORDS[0], one] * 10)
    assert same_for_every_split(lambda: tap(ASKED), body).output_tokens == 20


def test_usage_beside_text_is_read_and_shown() -> None:
    last = chunk('{"content":""}', '"stop"', f',"usage":{COUNTS}')
    body = b"".join(WORDS) + last
    seen = same_for_every_split(lambda: tap(UNASKED), body)
    assert (seen.shown, seen.usage, seen.complete) == (body, USAGE, True)


def test_the_last_usage_counts() -> None:
    running = [
        chunk('{"content":"x"}', more=f',"usage":{COUNTS.replace("5", str(i))}') for i in range(6)
    ]
    seen = same_for_every_split(lambda: tap(UNASKED), b"".join(running))
    assert seen.usage == USAGE
    assert seen.output_tokens == 6


@pytest.mark.parametrize(
    ("end", "complete"),
    [(DONE, True), (b"data:[DONE]\n\n", True), (b"data: [DONE]", True), (LAST, True), (b"", False)],
)
def test_the_end(end: bytes, complete: bool) -> None:
    seen = same_for_every_split(lambda: tap(UNASKED), FIRST + b"".join(WORDS) + end)
    assert (seen.complete, seen.failed) == (complete, False)


def test_done_as_text_is_no_end() -> None:
    body = chunk('{"content":"[DONE]"}') + chunk('{"content":"data: [DONE]"}')
    assert not same_for_every_split(lambda: tap(UNASKED), body).complete


@pytest.mark.parametrize(
    "error",
    [
        b'data: {"error":{"message":"x","code":500}}\n\n',
        b'data: {"choices":[],"error":"x","usage":{}}\n\n',
        b'data: {"error":{},"choices":"odd"}\n\n' + b'data: {"error":{"a":1},"choices":"odd"}\n\n',
    ],
)
def test_an_error_inside(error: bytes) -> None:
    body = FIRST + WORDS[0] + error
    seen = same_for_every_split(lambda: tap(UNASKED), body)
    assert (seen.shown, seen.failed, seen.complete) == (body, True, False)


def test_an_unfinished_stream_counts_what_came() -> None:
    fresh: ChatTap = tap(UNASKED)
    for count, word in enumerate(WORDS, 1):
        fresh.feed(word)
        assert fresh.output_tokens_seen() == count


def test_recorded_streams(recorded: Recorded) -> None:
    rows = [row for row in recorded("openai-chat") if row["stream"]]
    assert len(rows) > 50
    for row in rows:
        body = row["response"]["text"].encode()
        for head in (ASKED, UNASKED):
            whole = read_stream(tap(head), body, [len(body)])
            for sizes in ([7], [100, 3], [1000]):
                assert read_stream(tap(head), body, sizes) == whole, row["id"]
            assert whole.complete, row["id"]
            assert not whole.failed, row["id"]
        assert read_stream(tap(ASKED), body, [len(body)]).shown == body
        documents = [json.loads(line[6:]) for line in body.split(b"\n") if line[:7] == b"data: {"]
        reported = any(isinstance(document.get("usage"), dict) for document in documents)
        assert (whole.usage is not None) is reported, row["id"]
