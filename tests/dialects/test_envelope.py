"""The registry of envelopes: each does to every codec what it should, and leaves the others."""

from typing import get_args

import pytest

from detente.dialects import any_codec_of, spec_of
from detente.dialects.codec import AWS_EVENTS, SSE
from detente.dialects.envelope import (
    WRAPPINGS,
    Asked,
    stream_content_type,
    wrapping_of,
)
from detente.dialects.route import Envelope
from detente.dialects.spec import RequestHead

NAMES: tuple[Envelope, ...] = get_args(Envelope)
EMBEDDINGS = any_codec_of("gemini_embeddings")
COUNTING = any_codec_of("anthropic_count_tokens")
MESSAGES = any_codec_of("anthropic_messages")


def test_every_envelope_is_registered() -> None:
    assert set(WRAPPINGS) == set(NAMES)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (None, SSE),
        ("bedrock_invoke", AWS_EVENTS),
        ("vertex_raw_predict", SSE),
        ("vertex_count_tokens", SSE),
    ],
)
def test_how_streams_are_framed(name: Envelope | None, kind: bytes) -> None:
    assert stream_content_type(name) == kind


@pytest.mark.parametrize("name", NAMES)
def test_codecs_that_it_is_not_about_stay(name: Envelope) -> None:
    assert EMBEDDINGS is not None
    assert wrapping_of(name).upstream_codec(EMBEDDINGS) is EMBEDDINGS


@pytest.mark.parametrize(
    ("name", "messages", "counting"),
    [
        ("bedrock_invoke", True, False),
        ("vertex_raw_predict", True, True),
        ("vertex_count_tokens", False, True),
    ],
)
def test_codecs_that_it_is_about_change(name: Envelope, messages: bool, counting: bool) -> None:
    assert MESSAGES is not None
    assert COUNTING is not None
    wrapping = wrapping_of(name)
    assert (wrapping.upstream_codec(MESSAGES) is not MESSAGES) is messages
    assert (wrapping.upstream_codec(COUNTING) is not COUNTING) is counting


@pytest.mark.parametrize("name", ["vertex_raw_predict", "vertex_count_tokens"])
def test_answers_that_are_not_wrapped(name: Envelope) -> None:
    wrapping, spec = wrapping_of(name), spec_of("anthropic_messages")
    tap = spec.tap(RequestHead(model="m", stream=True))
    assert wrapping.upstream_tap(tap, 9) is tap
    assert wrapping.client_spec(spec) is spec
    assert (wrapping.closed_to_client, wrapping.read_error(b"{}")) == (False, None)


def test_what_is_said_beside_a_body() -> None:
    asked = Asked(dialect="anthropic_messages", api_version="2026-10-21", betas=("b",))
    invoked = wrapping_of("bedrock_invoke").wrapped(b'{"model":"m"}', asked)
    assert invoked == b'{"anthropic_version":"2026-10-21","anthropic_beta":["b"]}'
    raw = wrapping_of("vertex_raw_predict").wrapped(b'{"model":"m"}', asked)
    assert raw == b'{"anthropic_version":"2026-10-21"}'
    counted = wrapping_of("vertex_count_tokens").wrapped(b'{"model":"m"}', asked)
    assert counted == b"{}"


def test_opening() -> None:
    inside = wrapping_of("vertex_raw_predict").opened(b"{}", "anthropic_messages", "m", True)
    assert inside.body == b'{"model":"m","stream":true}'
    counted = wrapping_of("vertex_count_tokens").opened(b"{}", "gemini_count_tokens", "m", False)
    assert (counted.body, counted.dialect) == (b"{}", "gemini_count_tokens")
