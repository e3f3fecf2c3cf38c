"""Any bytes give a value or a fault that says where; what is read can be written."""

import json
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
from detente.dialects.openai_responses import CODEC
from detente.dialects.openai_responses.open_parts import OPEN_MAX
from tests.conftest import read_recorded
from tests.dialects.roundtrip import difference

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(["message", "reasoning", "function_call", "user", "assistant", "auto", ""]),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
QUICK = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@cache
def small(kind: str, *, stream: bool) -> tuple[bytes, ...]:
    """Recorded requests or responses that are quick to change."""
    return tuple(
        exchange[kind]["text"].encode()
        for exchange in read_recorded("openai-responses")
        if exchange["response"]["status"] == 200
        and (kind == "request" or exchange["stream"] is stream)
        and len(exchange[kind]["text"]) < 12_000
    )


def one_of(data: st.DataObject, bodies: tuple[bytes, ...]) -> bytes:
    """One of them, told by its place, for a body would make an endless report."""
    return bodies[data.draw(st.integers(0, len(bodies) - 1))]


def mutated(data: st.DataObject, value: Any) -> Any:
    """`value` with one member somewhere in it replaced or removed."""
    holder: Any = None
    key: Any = None
    here: Any = value
    while here and type(here) in (dict, list) and (holder is None or data.draw(st.booleans())):
        holder = here
        places = list(cast("dict[Any, Any]", here))
        if type(here) is list:
            places = list(range(len(places)))
        key = data.draw(st.sampled_from(places))
        here = holder[key]
    if holder is None:
        return data.draw(JSON)
    if data.draw(st.integers(0, 3)) == 0:
        del holder[key]
    else:
        holder[key] = data.draw(JSON)
    return value


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
    foreign = msgspec.structs.replace(request, origin="openai_chat")
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
    anew = msgspec.structs.replace(response, extras=None)
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
@given(JSON)
def test_any_json(value: Any) -> None:
    body = json.dumps(value).encode()
    handle_request(body)
    handle_response(body)
    handle_stream(b"data: " + body + b"\n\n")


@QUICK
@given(st.data())
def test_a_request_with_one_thing_changed(data: st.DataObject) -> None:
    value = json.loads(one_of(data, small("request", stream=False)))
    handle_request(json.dumps(mutated(data, value)).encode())


@QUICK
@given(st.data())
def test_a_response_with_one_thing_changed(data: st.DataObject) -> None:
    value = json.loads(one_of(data, small("response", stream=False)))
    handle_response(json.dumps(mutated(data, value)).encode())


@QUICK
@given(st.data())
def test_a_stream_with_one_event_changed(data: st.DataObject) -> None:
    lines = one_of(data, small("response", stream=True)).split(b"\n")
    at = data.draw(st.sampled_from([at for at, line in enumerate(lines) if line[:5] == b"data:"]))
    value = mutated(data, json.loads(lines[at][5:]))
    lines[at] = b"data: " + json.dumps(value).encode()
    handle_stream(b"\n".join(lines))


@QUICK
@given(st.data())
def test_a_changed_request_that_is_read_comes_out_as_it_went_in(data: st.DataObject) -> None:
    value = mutated(data, json.loads(one_of(data, small("request", stream=False))))
    body = json.dumps(value).encode()
    try:
        request = CODEC.decode_request(body)
    except ClientFault:
        return
    encoded = CODEC.encode_request(request, Target(model=request.model))
    assert encoded.losses == ()
    assert difference(json.loads(body), json.loads(encoded.body)) is None


@pytest.mark.parametrize("depth", [500, 5_000, 200_000])
def test_deep_nesting_is_a_fault(depth: int) -> None:
    deep = b"[" * depth + b"]" * depth
    handle_request(b'{"model":"m","input":"i","new":' + deep + b"}")
    handle_response(b'{"id":"r","model":"m","output":[],"new":' + deep + b"}")
    handle_stream(b'data: {"type":"response.completed","response":{"new":' + deep + b"}}\n\n")


@pytest.mark.parametrize("count", [-1, 2**70, 1.5, True, "7", None, []])
def test_counts_that_are_none_are_no_usage(count: object) -> None:
    body = json.dumps({"model": "m", "output": [], "usage": {"input_tokens": count}}).encode()
    usage = CODEC.decode_response(body).usage
    assert usage is None or usage.input_tokens == 0


@pytest.mark.parametrize("kind", [[], {}, 1.5, [None], {"": ""}])
def test_types_that_are_no_words(kind: object) -> None:
    """Of an item, of a part and of an annotation: none can be looked up in a table."""
    part = {"type": kind, "text": "a", "annotations": [{"type": kind}]}
    text = {"type": "output_text", "text": "a", "annotations": [{"type": kind}]}
    message = {"type": "message", "role": "assistant", "content": [part, text]}
    handle_request(json.dumps({"model": "m", "input": [message]}).encode())
    handle_response(json.dumps({"model": "m", "output": [message]}).encode())
    with pytest.raises(ProviderFault, match=r"`output\[0\]\.type`"):
        CODEC.decode_response(json.dumps({"model": "m", "output": [{"type": kind}]}).encode())


def test_an_event_without_end_is_bounded() -> None:
    decoder = CODEC.stream_decoder(event_bytes_max=1_000)
    for _ in range(142):
        assert decoder.feed(b"data: x") == []
    with pytest.raises(ProviderFault, match="more than 1000 bytes"):
        decoder.feed(b"data: x")


def test_parts_without_end_are_bounded() -> None:
    item = {"type": "function_call", "name": "f", "call_id": "c"}
    added = [
        {"type": "response.output_item.added", "output_index": at, "item": item}
        for at in range(OPEN_MAX)
    ]
    stream = b"".join(b"data: %b\n\n" % json.dumps(event).encode() for event in added)
    with pytest.raises(ProviderFault, match="too many parts"):
        CODEC.stream_decoder().feed(stream)


def test_a_fault_says_where_and_not_what() -> None:
    body = {"model": "m", "input": [{"role": "user", "content": [{"type": "input_text"}]}]}
    with pytest.raises(ClientFault) as raised:
        CODEC.decode_request(json.dumps(body).encode())
    assert raised.value.failure.message == (
        "`input[0].content[0].text` in the body must be a string; correct it"
    )
