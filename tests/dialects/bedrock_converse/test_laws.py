"""Two laws over all that the official client can say: nothing of it is lost on the way through the
canonical form and back, and none of it travels as an unknown member.

The bodies are made from the client's own service model, so that a member it learns is noticed here.
"""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detente.canonical.failure import ClientFault, ProviderFault
from detente.dialects.bedrock_converse import CODEC
from detente.dialects.codec import Target
from tests.dialects.bedrock_converse.frames import frame
from tests.dialects.bedrock_converse.shapes import shape
from tests.dialects.bedrock_converse.test_recorded import cut
from tests.dialects.roundtrip import (
    Share,
    events_of,
    request_difference,
    response_difference,
    stream_difference,
)

LAW = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@LAW
@given(shape("ConverseRequest"))
def test_any_request_of_the_client_comes_back(wire: dict[str, Any]) -> None:
    share = Share()
    body = json.dumps(wire).encode()
    try:
        CODEC.decode_request(body, model="m")
    except ClientFault:
        return  # an empty id, say, which the platform refuses too
    assert request_difference(CODEC, body, share, model="m") is None
    assert share.names == {}


@LAW
@given(shape("ConverseResponse"))
def test_any_answer_that_the_client_knows_comes_back(wire: dict[str, Any]) -> None:
    share = Share()
    body = json.dumps(wire).encode()
    try:
        CODEC.decode_response(body)
    except ProviderFault:
        return
    assert response_difference(CODEC, body, share) is None
    assert share.names == {}


@LAW
@given(st.lists(shape("ConverseStreamOutput"), max_size=8))
def test_any_frames_that_the_client_knows_come_back(events: list[dict[str, Any]]) -> None:
    stream = b"".join(
        frame(name, payload)
        for event in events
        for name, payload in event.items()
        if not name.endswith("Exception")
    )
    try:
        events_of(CODEC.stream_decoder(), iter((stream,)))
    except ProviderFault:
        return
    assert stream_difference(CODEC, stream, Share(), cut=cut) is None


@LAW
@given(shape("ConverseRequest"), st.sampled_from(["anthropic.claude", "amazon.nova-lite", "m"]))
def test_encoding_what_was_decoded_never_fails(wire: dict[str, Any], model: str) -> None:
    try:
        request = CODEC.decode_request(json.dumps(wire).encode(), model="m")
    except ClientFault:
        return
    assert json.loads(CODEC.encode_request(request, Target(model=model)).body) is not None
