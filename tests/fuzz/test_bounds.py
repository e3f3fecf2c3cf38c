"""Input without end, and input that is large in one way: bounded memory, and time in proportion."""

import gc
import struct
import time
import tracemalloc
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from zlib import crc32

import pytest

from detente.canonical.failure import ClientFault, ProviderFault
from detente.dialects.codec import Codec
from detente.dialects.translation import Translation
from tests.fuzz import growth
from tests.fuzz.lanes import CODECS, TARGET, outgoing, reply

EVENT_BYTES_MAX = 256 * 1024
PIECE = 16 * 1024
SMALL, LARGE = 250, 1_000
TIMES_MAX = 9.0
"""Four times the input takes about four times as long, sixteen times where it is quadratic; the
rest is for a busy machine."""
DEEP = 100_000


def others(codec: Codec) -> tuple[Codec, Codec]:
    """The codec itself and the next one: so each is met as both ends of a translation."""
    return codec, CODECS[(CODECS.index(codec) + 1) % len(CODECS)]


every_codec = pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.name)


@contextmanager
def uncollected() -> Generator[None]:
    """Collections of garbage fall where they will; what is timed is the code."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def cpu_s(call: Callable[[], object]) -> float:
    """The least processor time of a few calls, each of which may end in a fault."""
    times: list[float] = []
    for _ in range(3):
        began = time.process_time()
        with suppress(ClientFault, ProviderFault):
            call()
        times.append(time.process_time() - began)
    return min(times)


def in_proportion(call: Callable[[bytes], object], small: bytes, large: bytes) -> None:
    """`large` is four times `small`."""
    assert 3 < len(large) / len(small) < 6
    ratios: list[float] = []
    while len(ratios) < 3:  # another look where something else was in the way
        with uncollected():
            ratios.append(cpu_s(lambda: call(large)) / max(cpu_s(lambda: call(small)), 1e-4))
        if ratios[-1] < TIMES_MAX:
            return
    pytest.fail(f"four times the input took {min(ratios):.1f} times as long")


@every_codec
@pytest.mark.parametrize(
    "garbage", [b"data: xxxx", b"x", b'{"a":', b"\x00", b"data: 1\n"], ids=repr
)
def test_an_event_without_end_is_refused_in_bounded_memory(codec: Codec, garbage: bytes) -> None:
    piece = garbage * (PIECE // len(garbage))
    decoder = codec.stream_decoder(event_bytes_max=EVENT_BYTES_MAX)
    tracemalloc.start()
    try:
        with suppress(ProviderFault):
            for _ in range(4 * EVENT_BYTES_MAX // PIECE):
                decoder.feed(piece)
            decoder.close()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 6 * EVENT_BYTES_MAX


@every_codec
def test_a_frame_of_four_gigabytes_is_refused_at_once(codec: Codec) -> None:
    lengths = struct.pack(">II", 0xFFFF_FFFF, 0)
    head = lengths + struct.pack(">I", crc32(lengths))
    decoder = codec.stream_decoder()
    if codec.name == "bedrock_converse":
        with pytest.raises(ProviderFault, match="more than"):
            decoder.feed(head)
    else:
        with suppress(ProviderFault):
            assert decoder.feed(head) == []


@every_codec
def test_a_stream_of_single_bytes_takes_time_in_proportion(codec: Codec) -> None:
    def read(stream: bytes) -> None:
        decoder = codec.stream_decoder()
        for at in range(len(stream)):
            decoder.feed(stream[at : at + 1])

    long_word = growth.one_long_delta(codec, 6_000)
    in_proportion(read, long_word, growth.one_long_delta(codec, 4 * 6_000))


@every_codec
@pytest.mark.long
@pytest.mark.parametrize("shape", growth.REQUESTS)
def test_large_requests_take_time_in_proportion(codec: Codec, shape: str) -> None:
    def there(body: bytes) -> None:
        translation = Translation(codec, body, model="m")
        for upstream in others(codec):
            translation.encoded_for(upstream, TARGET)

    make = growth.REQUESTS[shape]
    small, large = make(codec, SMALL), make(codec, LARGE)
    if len(large) > 3 * len(small):  # a dialect may have no such thing
        in_proportion(there, small, large)


@every_codec
@pytest.mark.long
@pytest.mark.parametrize("stream_asked", [False, True])
def test_large_answers_take_time_in_proportion(codec: Codec, stream_asked: bool) -> None:
    def back(body: bytes) -> None:
        for client in others(codec):
            sent = outgoing(client.name, codec.name, stream=stream_asked)
            sent.answer(body, reply(sent.request))

    small, large = growth.answered_calls(codec, SMALL), growth.answered_calls(codec, LARGE)
    if len(large) > 3 * len(small):
        in_proportion(back, small, large)


@every_codec
@pytest.mark.long
@pytest.mark.parametrize("shape", growth.STREAMS)
def test_long_streams_take_time_in_proportion(codec: Codec, shape: str) -> None:
    def back(stream: bytes) -> None:
        for client in others(codec):
            sent = outgoing(client.name, codec.name, stream=True)
            tap = sent.tap(reply(sent.request))
            for at in range(0, len(stream), 1_000):
                tap.feed(stream[at : at + 1_000])

    make = growth.STREAMS[shape]
    small, large = make(codec, SMALL), make(codec, LARGE)
    if len(large) > 3 * len(small):
        in_proportion(back, small, large)


@every_codec
@pytest.mark.parametrize(("begin", "end"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_deep_nesting_is_a_fault_and_quick(codec: Codec, begin: bytes, end: bytes) -> None:
    deep = begin * DEEP + b"1" + end * DEEP
    for body in (deep, b'{"messages":' + deep + b"}", b'{"output":' + deep + b"}"):
        with pytest.raises(ClientFault):
            Translation(codec, body, model="m")
        with pytest.raises(ProviderFault):
            codec.decode_response(body)
        with suppress(ProviderFault):
            codec.stream_decoder().feed(b"data: " + body + b"\n\n")


@every_codec
@pytest.mark.parametrize(
    "number", ["1e400", "-1e400", "9" * 400, "-" + "9" * 5_000, "1" + "0" * 30]
)
def test_numbers_that_nothing_holds(codec: Codec, number: str) -> None:
    for name in ("temperature", "seed", "max_tokens", "index", "topK", "created"):
        body = f'{{"model":"m","messages":[],"input":"a","contents":[],"{name}":{number}}}'.encode()
        with suppress(ClientFault):
            translation = Translation(codec, body, model="m")
            for upstream in CODECS:
                translation.encoded_for(upstream, TARGET)
        with suppress(ProviderFault):
            codec.decode_response(body)
