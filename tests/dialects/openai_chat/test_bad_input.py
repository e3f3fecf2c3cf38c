"""Any bytes give a value or a fault that says where; what is read can be written."""

import json
import random
from functools import cache
from typing import Any, cast

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detente.canonical.failure import ClientFault, ProviderFault
from detente.canonical.request import Request
from detente.canonical.response import Response
from detente.dialects._translation import whole
from detente.dialects.codec import Reply, Target
from detente.dialects.openai_chat import CODEC
from tests.conftest import read_recorded
from tests.dialects.openai_chat.sdk import cut
from tests.dialects.roundtrip import Share, difference, stream_difference

WORDS = ("text", "reasoning", "function", "user", "assistant", "auto", "stop", "", "image_url")
KEYS = (
    "", "content", "type", "index", "id", "name", "refusal", "reasoning", "usage", "text",
    "function", "custom", "extra_content", "google", "cache_control", "ttl", "logprobs", "bytes",
)  # fmt: skip
SEEDS = st.integers(0, 2**32 - 1)


QUICK = settings(
    max_examples=2000,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@cache
def small(kind: str, *, stream: bool) -> tuple[bytes, ...]:
    """Recorded requests or responses that are quick to change."""
    return tuple(
        exchange[kind]["text"].encode()
        for exchange in read_recorded("openai-chat")
        if exchange["response"]["status"] == 200
        and (kind == "request" or exchange["stream"] is stream)
        and len(exchange[kind]["text"]) < 6_000
        and (kind == "request" or '"choices"' in exchange[kind]["text"])
    )


def any_json(chance: random.Random, depth: int = 0) -> Any:
    """Some JSON value; small, of words that mean something here."""
    kind = chance.randrange(9 if depth < 3 else 7)
    if kind == 8:
        return [any_json(chance, depth + 1) for _ in range(chance.randrange(3))]
    if kind == 7:
        keys = chance.sample(KEYS, chance.randrange(3))
        return {key: any_json(chance, depth + 1) for key in keys}
    numbers = (0, -1, 7, 2**70, 1.5, -0.0, 1e300)
    return chance.choice((None, True, False, chance.choice(numbers), *chance.sample(WORDS, 3)))


def mutated(chance: random.Random, value: Any) -> Any:
    """`value` with one member somewhere in it replaced, added or removed."""
    holder: Any = None
    key: Any = None
    here: Any = value
    while here and type(here) in (dict, list) and (holder is None or chance.random() < 0.75):
        holder = here
        count = len(cast("list[Any]", here))
        places: list[Any] = [*here] if isinstance(here, dict) else [*range(count)]
        key = chance.choice(places)
        here = holder[key]
    if holder is None:
        return any_json(chance)
    action = chance.randrange(5)
    if action == 0:
        del holder[key]
    elif action == 1 and type(holder) is dict:
        holder[chance.choice(KEYS)] = any_json(chance)
    else:
        holder[key] = any_json(chance)
    return value


def changed(seed: int, kind: str) -> bytes:
    """A recorded request or whole answer with one thing changed."""
    chance = random.Random(seed)
    body = chance.choice(small(kind, stream=False))
    return json.dumps(mutated(chance, json.loads(body))).encode()


def changed_stream(seed: int) -> bytes:
    """A recorded stream with one event changed."""
    chance = random.Random(seed)
    lines = chance.choice(small("response", stream=True)).split(b"\n")
    at = chance.choice([at for at, line in enumerate(lines) if line[:7] == b"data: {"])
    lines[at] = b"data: " + json.dumps(mutated(chance, json.loads(lines[at][5:]))).encode()
    return b"\n".join(lines)


def handle_request(body: bytes) -> None:
    """Read a request, write it in the same dialect and as if it came from another one."""
    try:
        request = CODEC.decode_request(body)
    except ClientFault:
        return
    _write_request(request)


def _write_request(request: Request) -> None:
    target = Target(model="m")
    msgspec.json.decode(CODEC.encode_request(request, target).body)
    foreign = msgspec.structs.replace(request, origin="anthropic_messages")
    msgspec.json.decode(CODEC.encode_request(foreign, target).body)
    empty = Response(id="", model="", choices=())
    msgspec.json.decode(CODEC.encode_response(empty, Reply(request=request)).body)


def handle_response(body: bytes) -> None:
    """Read a response, write it as it was, anew, and as a stream."""
    try:
        response = CODEC.decode_response(body)
    except ProviderFault:
        return
    reply = Reply(now_s=1)
    msgspec.json.decode(CODEC.encode_response(response, reply).body)
    anew = msgspec.structs.replace(response, origin=None, extras=None)
    msgspec.json.decode(CODEC.encode_response(anew, reply).body)
    CODEC.stream_encoder(reply).feed(whole.events_of(anew))


def handle_stream(body: bytes) -> None:
    """Read a stream, write it as it was and anew."""
    for frames in (True, False):
        decoder = CODEC.stream_decoder(frames=frames)
        encoder = CODEC.stream_encoder(Reply(now_s=1))
        try:
            encoder.feed(decoder.feed(body))
        except ProviderFault:
            continue
        encoder.feed(decoder.close())


@QUICK
@given(st.binary(max_size=60))
def test_any_bytes(body: bytes) -> None:
    handle_request(body)
    handle_response(body)
    handle_stream(b"data: " + body + b"\n\n")
    handle_stream(body)
    CODEC.read_error(body)


@QUICK
@given(SEEDS)
def test_any_json(seed: int) -> None:
    body = json.dumps(any_json(random.Random(seed))).encode()
    handle_request(body)
    handle_response(body)
    handle_stream(b"data: " + body + b"\n\n")


@QUICK
@given(SEEDS)
def test_a_changed_request_comes_out_as_it_went_in(seed: int) -> None:
    body = changed(seed, "request")
    handle_request(body)
    try:
        request = CODEC.decode_request(body)
    except ClientFault:
        return
    encoded = CODEC.encode_request(request, Target(model=request.model))
    assert encoded.losses == ()
    assert difference(json.loads(body), json.loads(encoded.body)) is None


@QUICK
@given(SEEDS)
def test_a_changed_response_comes_out_as_it_went_in(seed: int) -> None:
    body = changed(seed, "response")
    handle_response(body)
    try:
        response = CODEC.decode_response(body)
    except ProviderFault:
        return
    before = msgspec.json.encode(response)
    encoded = CODEC.encode_response(response, Reply())
    assert encoded.losses == ()
    assert difference(json.loads(body), json.loads(encoded.body)) is None
    assert msgspec.json.encode(response) == before


@QUICK
@given(SEEDS)
def test_a_changed_stream_comes_out_as_it_went_in(seed: int) -> None:
    body = changed_stream(seed)
    handle_stream(body)
    try:
        found = stream_difference(CODEC, body, Share(), cut=cut)
    except ProviderFault:
        return
    assert found is None or b'"error"' in body


@pytest.mark.parametrize("depth", [500, 5_000, 200_000])
def test_deep_nesting_is_a_fault(depth: int) -> None:
    deep = b"[" * depth + b"]" * depth
    handle_request(b'{"model":"m","messages":[],"new":' + deep + b"}")
    handle_response(b'{"id":"r","model":"m","choices":[],"new":' + deep + b"}")
    handle_stream(b'data: {"id":"r","choices":[{"delta":' + deep + b"}]}\n\n")


@pytest.mark.parametrize("count", [-1, 2**70, 1.5, True, "7", None, []])
def test_counts_that_are_none_are_no_usage(count: object) -> None:
    body = json.dumps({"model": "m", "choices": [], "usage": {"prompt_tokens": count}}).encode()
    usage = CODEC.decode_response(body).usage
    assert usage is None or usage.input_tokens == 0


def test_an_event_without_end_is_bounded() -> None:
    decoder = CODEC.stream_decoder(event_bytes_max=1_000)
    for _ in range(142):
        assert decoder.feed(b"data: x") == []
    with pytest.raises(ProviderFault, match="more than 1000 bytes"):
        decoder.feed(b"data: x")
