"""Whole answers, as the official client reads them, and the platform's own errors."""

import json
from typing import Any

import pytest

from detente.canonical.content import (
    Citation,
    Inline,
    Media,
    Native,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    TokenLogprob,
    ToolCall,
)
from detente.canonical.extras import Extras, Obj
from detente.canonical.failure import ProviderFault
from detente.canonical.request import Option, Request
from detente.canonical.response import Choice, ContentFilter, Response, StopReason
from detente.canonical.usage import Usage
from detente.dialects.bedrock_converse import CODEC
from detente.dialects.codec import ErrorText, Reply
from tests.dialects.bedrock_converse.boto import converse

USAGE = Usage(
    uncached_input_tokens=10, cache_read_tokens=4, cache_write_1h_tokens=6, visible_output_tokens=5
)


def answer(*parts: Part, stop: StopReason | None = "end", **members: Any) -> Response:
    return Response(
        id="chatcmpl-1",
        model="gpt",
        choices=(Choice(parts=parts, stop=stop, **members),),
        origin="openai_chat",
        created_s=5,
        usage=USAGE,
    )


def shown(response: Response, reply: Reply | None = None) -> tuple[dict[str, Any], list[str]]:
    """What the client shows, and the losses."""
    encoded = CODEC.encode_response(response, reply or Reply())
    return converse(encoded.body), [f"{loss.severity} {loss}" for loss in encoded.losses]


def test_an_answer_of_another_dialect() -> None:
    told, losses = shown(
        answer(
            Reasoning(text="hm", state=Opaque(origin="anthropic_messages", value="sig")),
            Reasoning(state=Opaque(origin="openai_responses", value="enc", kind="encrypted")),
            Text(text="hi", citations=(Citation(kind="document", title="T", unit="page"),)),
            ToolCall(id="call_1", name="f", arguments='{"a":1}'),
            Media(kind="image", source=Inline(media_type="image/png", data="aGk=")),
            stop="tool_calls",
        )
    )
    assert told == {
        "ResponseMetadata": {},
        "output": {
            "message": {
                "role": "assistant",
                "content": [
                    {
                        "reasoningContent": {
                            "reasoningText": {
                                "text": "hm",
                                "signature": "dt1.s.anthropic_messages.sig",
                            }
                        }
                    },
                    {
                        "reasoningContent": {
                            "reasoningText": {
                                "text": "",
                                "signature": "dt1.e.openai_responses.enc",
                            }
                        }
                    },
                    {
                        "citationsContent": {
                            "content": [{"text": "hi"}],
                            "citations": [{"title": "T", "location": {"documentPage": {}}}],
                        }
                    },
                    {"toolUse": {"toolUseId": "call_1", "name": "f", "input": {"a": 1}}},
                    {"image": {"format": "png", "source": {"bytes": b"hi"}}},
                ],
            }
        },
        "stopReason": "tool_use",
        "usage": {
            "inputTokens": 10,
            "outputTokens": 5,
            "totalTokens": 25,
            "cacheReadInputTokens": 4,
            "cacheWriteInputTokens": 6,
            "cacheDetails": [{"ttl": "1h", "inputTokens": 6}],
        },
        "metrics": {"latencyMs": 0},
    }
    assert losses == []


def test_state_comes_back_from_the_client_as_it_was() -> None:
    state = Opaque(origin="anthropic_messages", value="sig")
    redacted = Opaque(origin="anthropic_messages", value="red", kind="redacted")
    encoded = CODEC.encode_response(
        answer(Reasoning(text="hm", state=state), Reasoning(state=redacted)), Reply()
    )
    content = json.loads(encoded.body)["output"]["message"]["content"]
    body = json.dumps({"messages": [{"role": "assistant", "content": content}]}).encode()
    parts = CODEC.decode_request(body, model="m").turns[0].parts
    assert [part.state for part in parts if isinstance(part, Reasoning)] == [state, redacted]


def test_what_an_answer_cannot_say_is_named() -> None:
    token = TokenLogprob(token="a", logprob=-1.0)
    parts: tuple[Part, ...] = (
        Text(text="hi", logprobs=(token,)),
        Native(dialect="openai_responses", name="compaction", value={}),
        ToolCall(
            id="c", name="f", arguments="{}", state=Opaque(origin="gemini_generate", value="s")
        ),
    )
    filter_ = ContentFilter(dialect="openai_chat", stage="output", name="filter", value={})
    response = Response(
        id="x",
        model="m",
        choices=(
            Choice(parts=parts, stop="pause", filters=(filter_,)),
            Choice(index=1, parts=()),
        ),
        origin="openai_chat",
        usage=Usage(reasoning_output_tokens=3, cache_write_30m_tokens=1),
        extras=Extras(dialect="openai_chat", members={"new": 1}),
    )
    told, losses = shown(response)
    assert told["stopReason"] == "end_turn"
    assert told["usage"]["outputTokens"] == 3
    assert losses == [
        "drop usage_class@usage.reasoning_output_tokens",
        "drop usage_class@usage.cache_write_30m_tokens",
        "refuse choices@choices[1]",
        "drop logprobs@choices[0].parts[0]",
        "refuse native_part@choices[0].parts[1]",
        "drop reasoning_state@choices[0].parts[2].state",
        "drop stop_reason@choices[0].stop",
        "drop content_filter@filters[0]",
        "drop unknown_member@new",
    ]


@pytest.mark.parametrize(
    ("stop", "word"),
    [
        ("end", "end_turn"),
        ("length", "max_tokens"),
        ("tool_calls", "tool_use"),
        ("stop_sequence", "stop_sequence"),
        ("content_filter", "guardrail_intervened"),
        ("refusal", "content_filtered"),
        ("context_window", "model_context_window_exceeded"),
        ("malformed", "malformed_model_output"),
        (None, "end_turn"),
    ],
)
def test_reasons_to_stop(stop: StopReason | None, word: str) -> None:
    told, losses = shown(answer(Text(text="x"), stop=stop))
    assert told["stopReason"] == word
    assert losses == (["drop stop_reason@choices[0].stop"] if stop == "refusal" else [])


def test_a_refusal_shows_in_the_reason_to_stop() -> None:
    told, losses = shown(answer(Refusal(text="no")))
    assert told["output"]["message"]["content"] == [{"text": "no"}]
    assert told["stopReason"] == "content_filtered"
    assert losses == ["drop stop_reason@choices[0].stop"]


def test_a_blocked_prompt_is_an_answer_without_content() -> None:
    told, _ = shown(Response(id="", model="m", choices=(), origin="gemini_generate"))
    assert told["output"]["message"]["content"] == []
    assert told["stopReason"] == "guardrail_intervened"


def test_the_sequence_that_stopped_is_told_where_it_was_asked_for() -> None:
    response = answer(Text(text="x"), stop="stop_sequence", stop_sequence="END")
    told, losses = shown(response)
    assert "additionalModelResponseFields" not in told
    assert losses == ["drop stop_reason@choices[0].stop_sequence"]
    paths = "additionalModelResponseFieldPaths"
    option = Option(dialect="bedrock_converse", name=paths, value=["/stop_sequence"])
    told, losses = shown(response, Reply(request=Request(model="m", turns=(), options=(option,))))
    assert told["additionalModelResponseFields"] == {"stop_sequence": "END"}
    assert losses == []


def test_an_answer_of_the_platform() -> None:
    wire: Obj = {
        "output": {
            "message": {
                "role": "assistant",
                "content": [
                    {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}},
                    {"text": "hi"},
                    {"toolUse": {"toolUseId": "t", "name": "f", "input": {"a": 1}}},
                ],
            }
        },
        "stopReason": "guardrail_intervened",
        "usage": {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5},
        "metrics": {"latencyMs": 9},
        "trace": {
            "guardrail": {"inputAssessment": {"g": {}}, "actionReason": "blocked"},
            "promptRouter": {"invokedModelId": "arn:x"},
        },
        "serviceTier": {"type": "priority"},
    }
    response = CODEC.decode_response(json.dumps(wire).encode())
    choice = response.choices[0]
    assert (response.id, response.model, response.service_tier) == ("", "arn:x", "priority")
    assert choice.parts == (
        Reasoning(text="hm", state=Opaque(origin="bedrock_converse", value="s")),
        Text(text="hi"),
        ToolCall(id="t", name="f", arguments='{"a":1}'),
    )
    assert (choice.stop, choice.stop_detail) == ("content_filter", "guardrail_intervened")
    assert [one.stage for one in (*response.filters, *choice.filters)] == ["input", "output"]
    assert response.usage == Usage(uncached_input_tokens=3, visible_output_tokens=2)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"", "is not JSON"),
        (b"[]", "is not a JSON object"),
        (b'{"output": 1}', "`output`"),
        (b'{"output": {"message": {"content": [1]}}}', "output.message.content\\[0\\]"),
        (b'{"usage": []}', "`usage`"),
        (b'{"stopReason": 1}', "`stopReason`"),
        (b'{"a":' * 2000 + b"1" + b"}" * 2000, "nested too deeply|is not JSON"),
    ],
)
def test_what_is_broken_is_the_providers_fault(body: bytes, where: str) -> None:
    with pytest.raises(ProviderFault, match=where):
        CODEC.decode_response(body)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b'{"message": "no"}', ErrorText(message="no")),
        (
            b'{"Message": "no", "__type": "com.amazon#ThrottlingException"}',
            ErrorText(message="no", code="ThrottlingException"),
        ),
        (b'{"output": {}}', None),
        (b"<html>", None),
    ],
)
def test_errors(body: bytes, error: ErrorText | None) -> None:
    assert CODEC.read_error(body) == error
