"""What Bedrock would count: a Converse request, or a body of InvokeModel."""

import base64
import json
from typing import Any

import pytest

from detente.canonical.content import Text, Turn
from detente.canonical.failure import ClientFault
from detente.canonical.request import OutputFormat, ReasoningControl, Request, Tool
from detente.dialects.anthropic_count_tokens.codec import decode_request as counted
from detente.dialects.bedrock_count_tokens.request import decode_request, encode_request
from detente.dialects.codec import Target

CLAUDE = "anthropic.claude-sonnet-4-5-v1:0"
SAID = (Turn(role="user", parts=(Text(text="hi"),)),)
TOOL: dict[str, object] = {"name": "f", "inputSchema": {"json": {}}}
NATIVE = {
    "anthropic_version": "bedrock-2023-05-31",
    "anthropic_beta": ["b"],
    "max_tokens": 9,
    "messages": [{"role": "user", "content": "hi"}],
}


def asked(body: object) -> bytes:
    return json.dumps({"input": body}).encode()


def invoked(native: object) -> bytes:
    body = base64.b64encode(json.dumps(native).encode()).decode()
    return asked({"invokeModel": {"body": body}})


def native_in(body: bytes) -> dict[str, Any]:
    inner = json.loads(body)["input"]
    assert inner.keys() == {"invokeModel"}
    return json.loads(base64.b64decode(inner["invokeModel"]["body"], validate=True))


def test_a_converse_request_comes_back_as_it_was() -> None:
    body = asked(
        {
            "converse": {
                "system": [{"text": "be brief"}],
                "messages": [{"role": "user", "content": [{"text": "hi"}]}],
                "toolConfig": {"tools": [{"toolSpec": TOOL}]},
                "additionalModelRequestFields": {"new": 1},
                "new": 2,
            }
        }
    )
    encoded = encode_request(decode_request(body, model=CLAUDE), Target(model=CLAUDE))
    assert (json.loads(encoded.body), encoded.losses) == (json.loads(body), ())


def test_a_body_of_invoke_model_comes_back_as_it_was() -> None:
    request = decode_request(invoked(NATIVE), model=CLAUDE)
    assert (request.model, request.max_output_tokens) == (CLAUDE, 9)
    encoded = encode_request(request, Target(model=CLAUDE))
    assert (native_in(encoded.body), encoded.losses) == (NATIVE, ())


def test_openais_body_in_invoke_model_is_read() -> None:
    body = invoked({"messages": [{"role": "user", "content": "hi"}], "max_tokens": 9})
    request = decode_request(body, model="openai.gpt-oss-120b-1:0")
    assert request.origin == "openai_chat"
    assert request.turns[0].parts == (Text(text="hi"),)
    assert request.model == "openai.gpt-oss-120b-1:0"


def test_anthropics_requests_go_to_claude_as_its_own_body() -> None:
    thought = {"type": "enabled", "budget_tokens": 20_000}
    body = {"model": "m", "messages": NATIVE["messages"], "thinking": thought}
    request = counted(json.dumps(body).encode())
    native = native_in(encode_request(request, Target(model="us." + CLAUDE)).body)
    assert native.pop("anthropic_version") == "bedrock-2023-05-31"
    assert native.pop("max_tokens") > 20_000  # it is required there, and leaves room to think
    assert native == {"messages": NATIVE["messages"], "thinking": thought}


def test_to_other_models_they_go_as_converse() -> None:
    body = {"model": "m", "messages": NATIVE["messages"]}
    request = counted(json.dumps(body).encode())
    encoded = encode_request(request, Target(model="amazon.nova-lite-v1:0"))
    assert json.loads(encoded.body)["input"].keys() == {"converse"}


def test_what_counting_has_no_member_for_is_cut_and_named_where_it_counts() -> None:
    request = Request(
        model="m",
        turns=SAID,
        tools=(Tool(name="f", parameters={"type": "object"}),),
        output_format=OutputFormat(kind="json_schema", name="a", schema={"type": "object"}),
        reasoning=ReasoningControl(effort="low"),
        temperature=0.5,
        max_output_tokens=9,
        service_tier="priority",
        metadata={"a": "b"},
    )
    encoded = encode_request(request, Target(model=CLAUDE))
    body = json.loads(encoded.body)["input"]["converse"]
    assert body.keys() <= {
        "messages",
        "toolConfig",
        "additionalModelRequestFields",
    }
    assert [(str(loss), loss.severity) for loss in encoded.losses] == [
        ("json_schema@output_format", "drop"),
        ("reasoning_control@reasoning.effort", "drop"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        asked({}),
        asked({"converse": {"messages": []}, "invokeModel": {"body": ""}}),
        asked({"invokeModel": {"body": "%%%"}}),
        asked({"invokeModel": {"body": "é"}}),
        asked({"invokeModel": {"body": ""}}),
        invoked({"inputText": "x"}),
        invoked([]),
        asked({"converse": 7}),
        b"{}",
        b"\xff",
    ],
)
def test_what_cannot_be_counted_is_refused(body: bytes) -> None:
    with pytest.raises(ClientFault):
        decode_request(body, model=CLAUDE)
