"""Oracle's chat: head and edits."""

import json
from typing import Any

import pytest

from detente.canonical.failure import ClientFault
from detente.dialects.oci_chat import SPEC
from detente.dialects.oci_chat.head import serving_mode
from tests.dialects.oci_chat.bodies import ENDPOINT, REQUESTS


def body_of(mode: Any = None, **chat: Any) -> bytes:
    serving = mode or {"servingType": "ON_DEMAND", "modelId": "m"}
    return json.dumps({"servingMode": serving, "chatRequest": chat, "compartmentId": "c"}).encode()


HEADS: list[tuple[dict[str, Any], bool, int | None, tuple[str, ...]]] = [
    ({}, False, None, ()),
    ({"isStream": True, "maxTokens": 5}, True, 5, ()),
    ({"maxTokens": 5, "maxCompletionTokens": 6}, False, 6, ()),
    ({"maxTokens": -1, "reasoningEffort": "NONE", "tools": []}, False, None, ()),
    ({"thinking": {"type": "DISABLED"}, "responseFormat": {"type": "TEXT"}}, False, None, ()),
    (
        {
            "thinking": {"type": "ENABLED"},
            "responseFormat": {"type": "JSON_OBJECT"},
            "tools": [{}],
            "isLogProbsEnabled": True,
        },
        False,
        None,
        ("logprobs", "reasoning", "structured_output", "tools"),
    ),
    ({"reasoningEffort": "LOW", "logProbs": 2}, False, None, ("logprobs", "reasoning")),
]


@pytest.mark.parametrize(("chat", "stream", "limit", "features"), HEADS)
def test_head(
    chat: dict[str, Any], stream: bool, limit: int | None, features: tuple[str, ...]
) -> None:
    head = SPEC.read_request(body_of(**chat))
    assert (head.model, head.stream, head.asks_usage) == ("m", stream, False)
    assert (head.output_tokens_max, head.features) == (limit, features)


def test_the_model_is_where_the_deployment_is() -> None:
    body = body_of(isStream=False)
    head = SPEC.read_request(body)
    assert SPEC.edit_request(body, head, model="m") is body
    for model in ("n", ENDPOINT):
        edited = SPEC.edit_request(body, head, model=model)
        assert json.loads(edited) == {**json.loads(body), "servingMode": serving_mode(model)}
        assert SPEC.read_request(edited).model == model
    own = body_of({"servingType": "DEDICATED", "endpointId": ENDPOINT})
    assert SPEC.read_request(own).model == ENDPOINT


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        ({}, {"isIncludeUsage": True}),
        ({"streamOptions": None}, {"isIncludeUsage": True}),
        ({"streamOptions": {"isIncludeUsage": False, "x": 1}}, {"isIncludeUsage": True, "x": 1}),
        ({"streamOptions": {"isIncludeUsage": True}}, {"isIncludeUsage": True}),
    ],
)
def test_usage_is_asked_for(options: dict[str, Any], asked: dict[str, Any]) -> None:
    body = body_of(isStream=True, **options)
    head = SPEC.read_request(body)
    edited = json.loads(SPEC.edit_request(body, head, model="m"))
    assert edited["chatRequest"] == {"isStream": True, "streamOptions": asked}
    assert SPEC.edit_request(body, head, model="m", ask_usage=False) is body
    whole = body_of(**options)
    assert SPEC.edit_request(whole, SPEC.read_request(whole), model="m") is whole


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"servingMode": {}, "chatRequest": {}}',
        b'{"servingMode": {"modelId": ""}, "chatRequest": {}}',
        b'{"servingMode": {"modelId": "m"}}',
        body_of({"modelId": "m" * 513}),
        body_of({"modelId": "m", "endpointId": "n"}),
        b'{"servingMode": {"modelId": "m"}, "servingMode": {"modelId": "n"}, "chatRequest": {}}',
        b'{"servingMode": {"modelId": "m", "modelId": "n"}, "chatRequest": {}}',
        b'{"servingMode": {"modelId": "m"}, "s\\u0065rvingMode": {"modelId": "n"},'
        b' "chatRequest": {}}',
        body_of(streamOptions=5),
        body_of(maxTokens="5"),
    ],
)
def test_what_is_no_request(body: bytes) -> None:
    with pytest.raises(ClientFault):
        SPEC.read_request(body)


def test_ids_elsewhere_are_no_models() -> None:
    said = [{"modelId": "other", "endpointId": "other", "servingMode": 1}]
    body = body_of(tools=said)
    head = SPEC.read_request(body)
    assert head.model == "m"
    assert json.loads(SPEC.edit_request(body, head, model="n"))["chatRequest"] == {"tools": said}


@pytest.mark.parametrize("name", REQUESTS)
def test_what_the_client_sends(name: str) -> None:
    head = SPEC.read_request(REQUESTS[name])
    assert json.loads(SPEC.edit_request(REQUESTS[name], head, model="n", ask_usage=False)) == {
        **json.loads(REQUESTS[name]),
        "servingMode": serving_mode("n"),
    }
