"""Mistakes that users of other gateways have met in this dialect, and do not meet here."""

import json
from typing import Any

import pytest

from detente.canonical.content import Citation, Opaque, Reasoning, Text, ToolCall, Turn
from detente.canonical.events import (
    Delta,
    Ended,
    PartStarted,
    PartStopped,
    Started,
    Stopped,
    UsageReported,
)
from detente.canonical.request import Option, Request, Tool, ToolChoice
from detente.canonical.response import Choice, Response
from detente.canonical.usage import Usage
from detente.dialects.bedrock_converse import CODEC
from detente.dialects.codec import Reply, Target
from tests.dialects.bedrock_converse.boto import converse, converse_stream, official
from tests.dialects.bedrock_converse.frames import frame

CLAUDE = Target(model="us.anthropic.claude-opus-4-6-v1")


def body_of(request: Request) -> dict[str, Any]:
    return json.loads(CODEC.encode_request(request, CLAUDE).body)


def test_streamed_arguments_arrive_whole() -> None:
    """Arguments that become `{}` on their way to the client."""
    encoder = CODEC.stream_encoder(Reply())
    pieces = ['{"city"', ': "Par', 'is"}']
    stream = encoder.feed(
        [
            Started(id="", model=""),
            PartStarted(kind="tool_call", index=0, id="t", name="f"),
            *(Delta(kind="tool_call", index=0, text=piece) for piece in pieces),
            PartStopped(index=0),
            Stopped(stop="tool_calls"),
            UsageReported(usage=Usage()),
            Ended(),
        ]
    )
    told = "".join(
        event["contentBlockDelta"]["delta"]["toolUse"]["input"]
        for event in converse_stream(stream)
        if "contentBlockDelta" in event
    )
    assert json.loads(told) == {"city": "Paris"}


def test_signatures_stay_with_their_thoughts_in_order() -> None:
    """Signatures that are dropped or moved, so that the next turn is refused."""
    content: list[Any] = [
        {"reasoningContent": {"reasoningText": {"text": "a", "signature": "1"}}},
        {"toolUse": {"toolUseId": "t", "name": "f", "input": {}}},
        {"reasoningContent": {"redactedContent": "cmVk"}},
        {"text": "b"},
    ]
    answer = json.dumps({"output": {"message": {"role": "assistant", "content": content}}})
    parts = CODEC.decode_response(answer.encode()).choices[0].parts
    turns = (Turn(role="user", parts=(Text(text="hi"),)), Turn(role="assistant", parts=parts))
    request = Request(model="m", turns=turns, origin="anthropic_messages", tools=(Tool(name="f"),))
    assert body_of(request)["messages"][1]["content"] == content


def test_thoughts_with_a_signature_alone_are_kept() -> None:
    state = Opaque(origin="bedrock_converse", value="sig")
    turns = (
        Turn(role="user", parts=(Text(text="hi"),)),
        Turn(role="assistant", parts=(Reasoning(state=state), Text(text="x"))),
    )
    assert body_of(Request(model="m", turns=turns))["messages"][1]["content"][0] == {
        "reasoningContent": {"reasoningText": {"text": "", "signature": "sig"}}
    }


def test_a_forced_tool_and_one_call_at_a_time_are_said_once() -> None:
    """`toolConfig.toolChoice` and Claude's own `tool_choice` together are refused."""
    body = body_of(
        Request(
            model="m",
            turns=(Turn(role="user", parts=(Text(text="hi"),)),),
            tools=(Tool(name="f"),),
            tool_choice=ToolChoice(kind="named", names=("f",)),
            parallel_tool_calls=False,
        )
    )
    assert "toolChoice" not in body["toolConfig"]
    assert body["additionalModelRequestFields"]["tool_choice"] == {
        "type": "tool",
        "name": "f",
        "disable_parallel_tool_use": True,
    }


def test_no_choice_goes_out_without_tools() -> None:
    turns = (Turn(role="user", parts=(Text(text="hi"),)),)
    body = body_of(Request(model="m", turns=turns, parallel_tool_calls=False))
    assert body == {"messages": [{"role": "user", "content": [{"text": "hi"}]}]}


def test_another_platforms_beta_flags_do_not_reach_bedrock() -> None:
    """A client's new flag that Bedrock does not know breaks every request."""
    flag = Option(dialect="anthropic_messages", name="betas", value=["new-2026"])
    turns = (Turn(role="user", parts=(Text(text="hi"),)),)
    encoded = CODEC.encode_request(Request(model="m", turns=turns, options=(flag,)), CLAUDE)
    assert b"new-2026" not in encoded.body
    assert [str(loss) for loss in encoded.losses] == ["native_option@betas"]


def test_text_beside_a_call_is_kept() -> None:
    turns = (
        Turn(role="user", parts=(Text(text="hi"),)),
        Turn(
            role="assistant",
            parts=(Text(text="I look"), ToolCall(id="t", name="f", arguments="{}")),
        ),
    )
    content = body_of(Request(model="m", turns=turns))["messages"][1]["content"]
    assert [next(iter(block)) for block in content] == ["text", "toolUse"]


@pytest.mark.parametrize("end", [b"", frame("messageStop", {"stopReason": "end_turn"})])
def test_a_stream_that_was_cut_off_is_never_a_clean_end(end: bytes) -> None:
    begun = frame("messageStart", {"role": "assistant"}) + frame(
        "contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "x"}}
    )
    decoder = CODEC.stream_decoder()
    events = decoder.feed(begun + end) + decoder.close()
    stream = CODEC.stream_encoder(Reply()).feed(events)
    assert not any("metadata" in event for event in converse_stream(stream))


def test_a_member_of_which_one_must_be_set_is_never_empty() -> None:
    """The client refuses an answer in which a union has no member, or two."""
    citation = Citation(kind="url", title="T")
    part = Text(text="x", citations=(citation, Citation(kind="file", file_id="f")))
    choice = Choice(parts=(part, Reasoning(), Text(text="")), stop="end")
    answer = Response(id="", model="m", choices=(choice,), origin="openai_chat")
    told = converse(CODEC.encode_response(answer, Reply()).body)
    assert len(told["output"]["message"]["content"]) == 1


def test_the_client_itself_accepts_what_is_sent_to_bedrock() -> None:
    """The client checks a request against its service model before it sends it."""
    turns = (
        Turn(role="user", parts=(Text(text="hi"),)),
        Turn(role="assistant", parts=(ToolCall(id="t", name="f", arguments="{}"),)),
    )
    body = body_of(
        Request(
            model="m",
            turns=turns,
            tools=(Tool(name="f", strict=True),),
            max_output_tokens=5,
            metadata={"a": "b"},
        )
    )
    answer = b'{"stopReason": "end_turn", "usage": {}, "metrics": {}}'
    made = official().given([answer], {"content-type": "application/json"}, 200)
    made.converse(modelId="us.anthropic.claude-opus-4-6-v1:0", **body)
    assert official().path.endswith("/model/us.anthropic.claude-opus-4-6-v1%3A0/converse")
    assert json.loads(official().body) == body
