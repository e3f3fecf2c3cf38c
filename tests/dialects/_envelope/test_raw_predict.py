"""Vertex AI's rawPredict: only requests are wrapped."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.failure import ClientFault
from detente.dialects._envelope.raw_predict import opened, upstream_codec, version_of, wrapped
from detente.dialects.anthropic_count_tokens import CODEC as COUNTING
from detente.dialects.anthropic_messages import CODEC as MESSAGES
from detente.dialects.codec import Target

NATIVE = b'{"model":"claude", "max_tokens" : 8,"messages":[],"stream":true}'
TURNS = b'{"model":"m","messages":[{"role":"user","content":"hi"}],"temperature":0.5}'


def test_the_model_leaves_and_the_version_comes() -> None:
    body = wrapped(NATIVE, dialect="anthropic_messages")
    assert json.loads(body) == {
        "anthropic_version": "vertex-2023-10-16",
        "max_tokens": 8,
        "messages": [],
        "stream": True,
    }
    assert b'"max_tokens" : 8' in body


def test_counting_keeps_its_model() -> None:
    body = json.loads(wrapped(NATIVE, dialect="anthropic_count_tokens"))
    assert (body["model"], body["anthropic_version"]) == ("claude", "vertex-2023-10-16")


@pytest.mark.parametrize(
    ("asked", "configured", "version"),
    [
        (None, None, "vertex-2023-10-16"),
        (None, "v1beta1", "vertex-2023-10-16"),
        (None, "2026-10-21", "2026-10-21"),
        ("2026-10-21", None, "2026-10-21"),
        ("2023-06-01", "2026-10-21", "vertex-2023-10-16"),
        ("2030-01-01", "2026-10-21", "2026-10-21"),
        ("nonsense", None, "vertex-2023-10-16"),
    ],
)
def test_the_version(asked: str | None, configured: str | None, version: str) -> None:
    body = wrapped(
        NATIVE, dialect="anthropic_messages", api_version=configured, asked_version=asked
    )
    assert json.loads(body)["anthropic_version"] == version


@pytest.mark.parametrize(("stream", "told"), [(True, {"stream": True}), (False, {})])
def test_what_the_path_says_is_put_inside(stream: bool, told: dict[str, bool]) -> None:
    body = b'{"anthropic_version":"vertex-2023-10-16","model":"x","stream":true,"max_tokens":8}'
    inside = opened(body, dialect="anthropic_messages", model="claude", stream=stream)
    assert json.loads(inside.body) == {"model": "claude", "max_tokens": 8, **told}
    assert (inside.dialect, inside.api_version, inside.betas) == (
        "anthropic_messages",
        "2023-06-01",
        (),
    )


def test_counting_is_opened_with_its_own_model() -> None:
    body = b'{"anthropic_version":"2026-10-21","model":"x","messages":[]}'
    inside = opened(body, dialect="anthropic_count_tokens", model=None, stream=False)
    assert json.loads(inside.body) == {"model": "x", "messages": []}
    assert inside.api_version == "2026-10-21"
    without = opened(b'{"messages":[]}', dialect="anthropic_messages", model="m", stream=False)
    assert without.api_version is None


@pytest.mark.parametrize("version", ["3", '""', '"a\\nb"', f'"{"x" * 65}"', '"\\u00fc"', "null"])
def test_a_version_that_is_none(version: str) -> None:
    body = b'{"anthropic_version":%b}' % version.encode()
    with pytest.raises(ClientFault, match="write `vertex-2023-10-16`"):
        opened(body, dialect="anthropic_messages", model="m", stream=False)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"'])
def test_what_is_no_object(body: bytes) -> None:
    with pytest.raises(ClientFault):
        opened(body, dialect="anthropic_messages", model="m", stream=False)
    with pytest.raises(ClientFault):
        wrapped(body, dialect="anthropic_messages")


@given(st.dictionaries(st.sampled_from(["max_tokens", "messages", "x"]), st.integers()))
def test_what_is_wrapped_is_opened_again(members: dict[str, int]) -> None:
    native = json.dumps({"model": "m", **members}).encode()
    there = wrapped(native, dialect="anthropic_messages", api_version="2026-10-21")
    back = opened(there, dialect="anthropic_messages", model="m", stream=False)
    assert json.loads(back.body) == json.loads(native)
    assert back.api_version == "2026-10-21"


def test_translated_requests_are_of_the_version_that_they_say() -> None:
    request = MESSAGES.decode_request(TURNS)
    codec = upstream_codec(MESSAGES)
    older = codec.encode_request(request, Target(model="claude", api_version="v1"))
    told = json.loads(older.body)
    assert (told["anthropic_version"], told["temperature"]) == ("vertex-2023-10-16", 0.5)
    assert "model" not in told
    newer = codec.encode_request(request, Target(model="claude", api_version="2026-10-21"))
    told = json.loads(newer.body)
    assert (told["anthropic_version"], "temperature" in told) == ("2026-10-21", False)
    assert [loss.what for loss in newer.losses] == ["temperature"]


def test_translated_counting_names_its_model() -> None:
    request = COUNTING.decode_request(b'{"model":"m","messages":[{"role":"user","content":"hi"}]}')
    encoded = upstream_codec(COUNTING).encode_request(request, Target(model="claude"))
    told = json.loads(encoded.body)
    assert (told["model"], told["anthropic_version"]) == ("claude", version_of(None))
