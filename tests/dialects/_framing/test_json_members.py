"""Edits leave every byte alone that they do not name, and find the member they name."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.failure import ClientFault
from detente.dialects._framing.json_members import member_spans, replaced, rewritten

SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("model")
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["model", "a", 'q"', "é"]), inner, max_size=3)
    ),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(max_size=6) | st.just("model"), VALUES, max_size=6)
SPACES = st.text(" \n\t\r", max_size=2)


@given(OBJECTS, SPACES, SPACES, st.booleans())
def test_every_member_is_where_it_is_said_to_be(
    value: dict[str, object], before: str, after: str, ascii_only: bool
) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, separators=(f"{before},", f":{after}"))
    body = f"{before}{text}{after}".encode("utf-8", "surrogatepass")
    try:
        spans = member_spans(body)
    except ClientFault:
        assert any("\ud800" <= char <= "\udfff" for char in text)
        return
    assert {name: json.loads(body[start:end]) for name, (start, end) in spans.items()} == value


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"a":2}',
        b'{"a":12,"a":1}',
        b'{"a":1,"b":{},"\\u0061":1}',
        b'{"a":[1,"a"],"b":"a","a":[1,"a"]}',
    ],
)
def test_a_key_twice_is_refused(body: bytes) -> None:
    with pytest.raises(ClientFault, match=r"twice|plain JSON object"):
        member_spans(body)


@pytest.mark.parametrize("body", [b"", b"[]", b'"x"', b"{", b'{"a":1}}', b"\xff", b"[" * 9000])
def test_what_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(ClientFault):
        member_spans(body)


@pytest.mark.parametrize("size", [10, 200_000])
def test_replacing_keeps_the_rest(size: int) -> None:
    body = b"x" * size
    assert replaced(body, (3, 5), b"YYY") == body[:3] + b"YYY" + body[5:]


@given(OBJECTS, SPACES, SPACES, st.sets(st.text(max_size=3) | st.just("model")))
def test_members_are_dropped_and_added(
    value: dict[str, object], before: str, after: str, drop: set[str]
) -> None:
    text = json.dumps(value, separators=(f"{before},", f":{after}"))
    body = f"{before}{text}{after}".encode()
    spans = member_spans(body)
    kept = {name: inner for name, inner in value.items() if name not in drop}
    made = rewritten(body, spans, drop=drop, add={})
    assert list(json.loads(made).items()) == list(kept.items())
    made = rewritten(body, spans, drop={"new", *drop}, add={"new": b"[1]"})
    assert list(json.loads(made).items()) == [("new", [1]), *kept.items()]


def test_what_is_kept_keeps_its_bytes() -> None:
    body = b'{ "a" : 1.0 ,\n "\\u0062": [ 2 ]  , "c":"\\u00e9" }'
    made = rewritten(body, member_spans(body), drop={"b"}, add={"n": b"0"})
    assert made == b'{"n":0,"a" : 1.0,"c":"\\u00e9"}'


def test_what_is_not_utf_8_is_refused_wherever_it_stands() -> None:
    with pytest.raises(ClientFault, match="UTF-8"):
        member_spans(b'{"a":1,"b":{"c":"\xff"}}')
