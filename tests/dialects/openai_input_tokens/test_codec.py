"""What Responses would count."""

import json

from detente.canonical.content import Text, Turn
from detente.canonical.request import OutputFormat, ReasoningControl, Request, Tool, ToolChoice
from detente.canonical.token_count import TokenCount
from detente.dialects.codec import Target
from detente.dialects.openai_input_tokens.codec import (
    decode_request,
    decode_response,
    encode_request,
    encode_response,
)

TARGET = Target(model="gpt-x")


def test_what_is_about_the_answer_is_cut() -> None:
    request = Request(
        model="m",
        turns=(Turn(role="user", parts=(Text(text="hi"),)),),
        instructions=(Text(text="be brief"),),
        tools=(Tool(name="f", parameters={"type": "object"}),),
        tool_choice=ToolChoice(kind="required"),
        parallel_tool_calls=False,
        reasoning=ReasoningControl(effort="low"),
        output_format=OutputFormat(kind="json_schema", name="a", schema={"type": "object"}),
        stream=True,
        max_output_tokens=20,
        temperature=0.5,
        logprobs=True,
        top_logprobs=3,
        user="me",
        store=False,
        metadata={"a": "b"},
        cache_key="k",
        service_tier="priority",
    )
    body = json.loads(encode_request(request, TARGET).body)
    assert body.keys() == {
        "model",
        "input",
        "instructions",
        "tools",
        "tool_choice",
        "parallel_tool_calls",
        "reasoning",
        "text",
    }


def test_a_request_comes_back_as_it_was() -> None:
    body = (
        b'{"model":"m","input":"hi","previous_response_id":"resp_1","truncation":"auto",'
        b'"personality":"friendly","new":1}'
    )
    request = decode_request(body)
    assert request.extras is not None
    assert request.extras.members == {"new": 1}
    encoded = encode_request(request, Target(model="m"))
    assert (json.loads(encoded.body), encoded.losses) == (json.loads(body), ())


def test_counts() -> None:
    body = b'{"object":"response.input_tokens","input_tokens":12}'
    assert decode_response(body).input_tokens == 12
    assert encode_response(TokenCount(input_tokens=12)).body == body
