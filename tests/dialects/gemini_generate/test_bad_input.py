"""Any bytes give a value or a fault that says where; what is read can be written."""

import json
from contextlib import suppress
from functools import cache
from typing import Any, cast

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detente.canonical.failure import ClientFault, ProviderFault
from detente.dialects._translation import whole
from detente.dialects.codec import Reply, Target
from detente.dialects.gemini_generate import CODEC, SPEC
from detente.dialects.spec import RequestHead
from tests.conftest import read_recorded
from tests.dialects.roundtrip import difference

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(
        ["user", "model", "STOP", "ANY", "VALIDATED", "OBJECT", "dt1.s.x.y", "ZHQx", ""]
    ),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)
FUZZ = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@cache
def samples() -> tuple[list[Any], list[Any], list[bytes]]:
    """Some recorded requests, answers and streams."""
    rows = read_recorded("gemini-generate")
    requests = sorted((row["request"]["text"] for row in rows), key=len)[::6]
    answers = sorted((row["response"]["text"] for row in rows if not row["stream"]), key=len)[::6]
    streams = [row["response"]["text"].encode() for row in rows if row["stream"]]
    return (
        [json.loads(text) for text in requests if len(text) < 20_000],
        [json.loads(text) for text in answers if len(text) < 20_000],
        streams,
    )


def mutated(data: st.DataObject, value: Any, depth: int = 0) -> Any:
    """`value` with something in it replaced, renamed or left out."""
    if isinstance(value, dict):
        return _mutated_object(data, cast("dict[str, Any]", value), depth)
    if isinstance(value, list) and value:
        return _mutated_list(data, cast("list[Any]", value), depth)
    return data.draw(JSON)


def _mutated_object(data: st.DataObject, value: dict[str, Any], depth: int) -> Any:
    deed = data.draw(st.integers(0, 9))
    if not value or (depth > 1 and deed == 9):
        return data.draw(JSON)
    key = data.draw(st.sampled_from(sorted(value)))
    if deed == 0:
        return {name: inner for name, inner in value.items() if name != key}
    if deed == 1:
        return {**value, data.draw(st.text(max_size=6)): data.draw(JSON)}
    return {**value, key: mutated(data, value[key], depth + 1)}


def _mutated_list(data: st.DataObject, value: list[Any], depth: int) -> Any:
    index = data.draw(st.integers(0, len(value) - 1))
    return [*value[:index], mutated(data, value[index], depth + 1), *value[index + 1 :]]


def read_request(body: bytes) -> None:
    try:
        request = CODEC.decode_request(body, model="m")
    except ClientFault:
        return
    for origin in (request.origin, "openai_chat"):
        asked = msgspec.structs.replace(request, origin=origin)
        encoded = CODEC.encode_request(asked, Target(model="m"))
        assert isinstance(json.loads(encoded.body), dict)


def read_answer(body: bytes) -> None:
    try:
        response = CODEC.decode_response(body)
    except ProviderFault:
        return
    encoded = CODEC.encode_response(response, Reply())
    assert isinstance(json.loads(encoded.body), dict)
    CODEC.stream_encoder(Reply()).feed(whole.events_of(response))


def read_stream(body: bytes) -> None:
    for frames in (False, True):
        decoder, encoder = CODEC.stream_decoder(frames=frames), CODEC.stream_encoder(Reply())
        try:
            events = decoder.feed(body) + decoder.close()
        except ProviderFault:
            continue
        encoder.feed(events)


@FUZZ
@given(st.binary(max_size=60))
def test_arbitrary_bytes(body: bytes) -> None:
    read_request(body)
    read_answer(body)
    read_stream(body)
    read_stream(b"data: " + body + b"\n\n")
    CODEC.read_error(body)
    SPEC.read_usage(body)
    tap = SPEC.tap(RequestHead(model="m"))
    assert tap.feed(body) + tap.close() == body
    with suppress(ClientFault):
        SPEC.read_request(body)


@FUZZ
@given(JSON)
def test_arbitrary_json(value: Any) -> None:
    shapes: tuple[Any, ...] = (
        {"contents": value},
        {"contents": [{"parts": [value]}]},
        {"contents": [], "tools": value, "toolConfig": value, "generationConfig": value},
        {"contents": [], "generationConfig": {"thinkingConfig": value, "speechConfig": value}},
        {"contents": [{"parts": [{"functionCall": value}, {"functionResponse": value}]}]},
        value,
    )
    for shape in shapes:
        read_request(json.dumps(shape).encode())
    shapes = (
        {"candidates": value},
        {"candidates": [{"content": {"parts": [value]}, "finishReason": value}]},
        {"candidates": [{"content": value, "groundingMetadata": value, "logprobsResult": value}]},
        {"candidates": [], "usageMetadata": value, "promptFeedback": value, "createTime": value},
        value,
    )
    for shape in shapes:
        body = json.dumps(shape).encode()
        read_answer(body)
        read_stream(b"data: " + body + b"\n\n")


@FUZZ
@given(st.data())
def test_mutations_of_recorded_bodies(data: st.DataObject) -> None:
    requests, answers, _ = samples()
    read_request(json.dumps(mutated(data, data.draw(st.sampled_from(requests)))).encode())
    body = json.dumps(mutated(data, data.draw(st.sampled_from(answers)))).encode()
    read_answer(body)
    read_stream(b"data: " + body + b"\n\n")


@FUZZ
@given(st.data())
def test_what_is_read_is_written_as_it_came(data: st.DataObject) -> None:
    requests, answers, _ = samples()
    asked = mutated(data, data.draw(st.sampled_from(requests)))
    with suppress(ClientFault):
        request = CODEC.decode_request(json.dumps(asked).encode(), model="m")
        encoded = CODEC.encode_request(request, Target(model="m"))
        assert difference(asked, json.loads(encoded.body)) is None
    answered = mutated(data, data.draw(st.sampled_from(answers)))
    with suppress(ProviderFault):
        response = CODEC.decode_response(json.dumps(answered).encode())
        encoded = CODEC.encode_response(response, Reply())
        assert difference(answered, json.loads(encoded.body)) is None


@FUZZ
@given(st.data())
def test_mutations_of_recorded_streams(data: st.DataObject) -> None:
    stream = data.draw(st.sampled_from(samples()[2]))
    at = data.draw(st.integers(0, len(stream)))
    read_stream(stream[:at] + data.draw(st.binary(max_size=4)) + stream[at + 1 :])


@pytest.mark.parametrize("depth", [10, 180, 900, 940, 960, 980, 990, 1000, 100_000])
def test_deep_nesting(depth: int) -> None:
    nested = "[" * depth + "]" * depth
    for body in (
        f'{{"contents":[{{"parts":[{{"functionCall":{{"name":"f","args":{{"a":{nested}}}}}}}]}}]}}',
        f'{{"contents":[],"safetySettings":{nested}}}',
        f'{{"contents":[],"new":{nested}}}',
        '{"contents":[],"tools":[{"functionDeclarations":[{"name":"f","parameters":'
        + '{"items":' * depth
        + "{}"
        + "}" * depth
        + "}]}]}",
    ):
        read_request(body.encode())
    call = f'{{"functionCall":{{"name":"f","args":{{"a":{nested}}}}}}}'
    body = f'{{"candidates":[{{"content":{{"parts":[{call}]}},"new":{nested}}}]}}'.encode()
    read_answer(body)
    read_stream(b"data: " + body + b"\n\n")


@pytest.mark.parametrize("count", ["-1", "1e30", "true", "1.5", '"7"', "null", "[]", "9" * 30])
def test_counts_that_are_none(count: str) -> None:
    body = f'{{"usageMetadata":{{"promptTokenCount":{count},"candidatesTokenCount":3}}}}'.encode()
    usage = CODEC.decode_response(body).usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens) == (0, 3)
    assert SPEC.read_usage(body) == usage


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"[]", "not a JSON object"),
        (b'{"contents":1}', "`contents` in the body must be a list"),
        (b'{"contents":[{"parts":[{"text":1}]}]}', "`contents[0].parts[0].text`"),
        (
            b'{"contents":[{"parts":[{"text":"a"},{"inlineData":{}}]}]}',
            "`contents[0].parts[1].inlineData.data`",
        ),
        (b'{"contents":[],"generationConfig":{"topK":"a"}}', "`generationConfig.topK`"),
        (
            b'{"contents":[],"generationConfig":{"thinkingConfig":{"thinking_level":3}}}',
            "`generationConfig.thinkingConfig.thinkingLevel`",
        ),
        (
            b'{"contents":[],"tools":[{"functionDeclarations":[{}]}]}',
            "functionDeclarations[0].name",
        ),
    ],
)
def test_a_fault_says_where_and_never_what(body: bytes, where: str) -> None:
    with pytest.raises(ClientFault) as fault:
        CODEC.decode_request(body, model="m")
    assert where in fault.value.failure.message


def test_a_candidate_before_the_first_is_the_providers_fault() -> None:
    with pytest.raises(ProviderFault, match=r"`candidates\[0\]\.index`.* counted from 0"):
        CODEC.decode_response(b'{"candidates":[{"index":-1}]}')


def test_no_model_is_the_clients_fault() -> None:
    with pytest.raises(ClientFault, match="the path names no model"):
        CODEC.decode_request(b'{"contents":[]}')


def test_an_event_beyond_the_bound_is_refused() -> None:
    decoder = CODEC.stream_decoder(event_bytes_max=1000)
    decoder.feed(b"data: " + b"1" * 900)
    with pytest.raises(ProviderFault, match="more than 1000 bytes"):
        decoder.feed(b"2" * 200)


def test_endless_candidates_are_refused() -> None:
    decoder = CODEC.stream_decoder()
    endless = b"".join(b'data: {"candidates":[{"index":%d}]}\n\n' % at for at in range(1000))
    with pytest.raises(ProviderFault, match="`candidates`"):
        decoder.feed(endless)


def test_a_role_that_the_platform_refuses_is_nobodys_turn() -> None:
    body = b'{"contents":[{"role":"assistant","parts":[{"text":"hi"}]}]}'
    with pytest.raises(ClientFault, match=r"`contents\[0\].role` in the body must be `user` or"):
        CODEC.decode_request(body, model="m")
