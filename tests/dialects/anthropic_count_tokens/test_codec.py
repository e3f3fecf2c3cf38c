"""What Messages would count."""

import json

from detente.canonical.content import Text, Turn
from detente.canonical.request import Option, OutputFormat, ReasoningControl, Request, Tool
from detente.canonical.token_count import TokenCount
from detente.dialects.anthropic_count_tokens.codec import (
    decode_request,
    decode_response,
    encode_request,
    encode_response,
)
from detente.dialects.codec import Target

SAID = (Turn(role="user", parts=(Text(text="hi"),)),)
TARGET = Target(model="claude-x", api_version="2023-06-01")


def test_what_is_about_the_answer_is_cut() -> None:
    request = Request(
        model="m",
        turns=SAID,
        instructions=(Text(text="be brief"),),
        tools=(Tool(name="f", parameters={"type": "object"}),),
        reasoning=ReasoningControl(budget_tokens=9000),
        output_format=OutputFormat(kind="json_schema", schema={"type": "object"}),
        max_output_tokens=20_000,
        temperature=0.5,
        stop=("x",),
        user="me",
        service_tier="priority",
    )
    body = json.loads(encode_request(request, TARGET).body)
    assert body.keys() == {"model", "messages", "system", "tools", "thinking", "output_config"}
    assert body["model"] == "claude-x"
    assert body["thinking"] == {"type": "enabled", "budget_tokens": 9000}


def test_a_request_comes_back_as_it_was() -> None:
    body = (
        b'{"model":"m","messages":[{"role":"user","content":"hi"}],"speed":"fast",'
        b'"cache_control":{"type":"ephemeral"},"new":1}'
    )
    encoded = encode_request(decode_request(body), Target(model="m"))
    assert (json.loads(encoded.body), encoded.losses) == (json.loads(body), ())


def test_betas_of_a_body_are_named() -> None:
    betas = Option(dialect="anthropic_messages", name="anthropic_beta", value=["b"])
    request = Request(model="m", turns=SAID, origin="anthropic_messages", options=(betas,))
    encoded = encode_request(request, TARGET)
    assert "anthropic_beta" not in json.loads(encoded.body)
    assert [str(loss) for loss in encoded.losses] == ["native_option@anthropic_beta"]


def test_counts() -> None:
    assert decode_response(b'{"input_tokens":12}').input_tokens == 12
    assert encode_response(TokenCount(input_tokens=12)).body == b'{"input_tokens":12}'
