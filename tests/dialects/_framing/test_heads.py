"""The head of any body: no other reader may see another model in it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.canonical.failure import ClientFault
from detente.dialects import DIALECTS, Spec
from detente.dialects._framing.json_members import member_spans
from tests.dialects._framing.test_json_members import OBJECTS, SPACES

ELSEWHERE = ("gemini_", "bedrock_", "oci_")
"""Dialects whose model the path names, or a member of a member: at a body's top there is none."""
every_dialect = pytest.mark.parametrize(
    "spec",
    [spec for spec in DIALECTS if not spec.name.startswith(ELSEWHERE)],
    ids=lambda spec: spec.name,
)
NAMES = st.text(min_size=1, max_size=9)
MEMBERS = frozenset(
    ("stream", "stream_options", "max_tokens", "max_completion_tokens", "max_output_tokens")
)


@every_dialect
@settings(max_examples=40)
@given(OBJECTS, st.tuples(NAMES, NAMES), SPACES, st.booleans())
def test_only_the_top_level_model_changes(
    spec: Spec, value: dict[str, object], names: tuple[str, str], space: str, ascii_only: bool
) -> None:
    model, other = names
    value = {k: v for k, v in value.items() if k not in MEMBERS} | {"model": model}
    value = dict(sorted(value.items(), key=lambda item: item[0][::-1]))
    text = json.dumps(value, ensure_ascii=ascii_only, separators=(f",{space}", f"{space}:{space}"))
    body = f"{space}{text}{space}".encode("utf-8", "surrogatepass")
    head = spec.read_request(body)
    assert head.model == model
    edited = spec.edit_request(body, head, model=other, ask_usage=False)
    assert json.loads(edited) == value | {"model": other}
    if other == model:
        assert edited is body
        return
    start, end = member_spans(body)["model"]
    rest = len(body) - end
    assert edited[:start] == body[:start]
    assert edited[len(edited) - rest :] == body[end:]
    assert json.loads(edited[start : len(edited) - rest]) == other


@every_dialect
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"[]",
        b'"model"',
        b"{}",
        b'{"model":null}',
        b'{"model":7}',
        b'{"model":""}',
        b'{"model":["gpt"]}',
        b'{"Model":"x"}',
        b'{"nested":{"model":"x"}}',
        b'{"model":"x"',
        b'{"model":"\xff"}',
        b'{"model":"x"}{"model":"y"}',
        b'{"model":"' + b"x" * 600 + b'"}',
        b'{"model":"x","a":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b'{"model":"x","model":"y"}',
        b'{"model":"x","model":"x"}',
        b'{"model":"x","mod\\u0065l":"y"}',
        b'{"\\u006dodel":"x","model":"y"}',
        b'{"\\u006Dodel":"x","a":{"model":1},"model":"y"}',
    ],
    ids=lambda body: repr(body[:30]),
)
def test_what_is_no_request_is_refused(spec: Spec, body: bytes) -> None:
    with pytest.raises(ClientFault) as raised:
        spec.read_request(body)
    failure = raised.value.failure
    assert (failure.code, failure.status) == ("request_invalid", 400)
    assert "\n" not in failure.message
    assert len(failure.message) < 300


@every_dialect
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"a":{"model":"in"},"model":"x"}', b'{"a":{"model":"in"},"model":"y"}'),
        (b'{"model":"x","a":[{"model":"in"}]}', b'{"model":"y","a":[{"model":"in"}]}'),
        (b'{"mod\\u0065l":"x","a":1}', b'{"mod\\u0065l":"y","a":1}'),
        (
            b'{"a":"\\"model\\":\\"in\\"","model" :\n"x" }',
            b'{"a":"\\"model\\":\\"in\\"","model" :\n"y" }',
        ),
        (b'{"role":"model","model":"\\u0078\\n"}', b'{"role":"model","model":"y"}'),
        (b'{"model":"a\\"b\\\\"}', b'{"model":"y"}'),
    ],
)
def test_the_model_is_found_among_others(spec: Spec, body: bytes, expected: bytes) -> None:
    head = spec.read_request(body)
    assert spec.edit_request(body, head, model="y") == expected


@every_dialect
@settings(max_examples=40)
@given(st.binary(max_size=60) | OBJECTS.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_refused(spec: Spec, body: bytes) -> None:
    try:
        head = spec.read_request(body)
    except ClientFault:
        return
    assert json.loads(spec.edit_request(body, head, model="y", ask_usage=False))["model"] == "y"


def test_a_large_body_is_edited_whole() -> None:
    spec = DIALECTS[0]
    body = b'{"model":"x","messages":"' + b"A" * 300_000 + b'"}'
    edited = spec.edit_request(body, spec.read_request(body), model="longer")
    assert edited == body.replace(b'"x"', b'"longer"', 1)
