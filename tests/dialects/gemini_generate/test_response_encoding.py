"""Other platforms' answers as Google's clients read them."""

import json
from typing import Any

import pytest

from detente.canonical.content import (
    Citation,
    Inline,
    Linked,
    Media,
    Native,
    Opaque,
    Reasoning,
    Refusal,
    Text,
    TokenLogprob,
    ToolCall,
)
from detente.canonical.extras import Extras
from detente.canonical.response import Choice, ContentFilter, Response, StopReason
from detente.canonical.usage import Usage
from detente.dialects.codec import Reply
from detente.dialects.gemini_generate import CODEC
from tests.dialects.gemini_generate.sdk import read_response

D = "gemini_generate"


def encoded(choice: Choice, usage: Usage | None = None) -> tuple[dict[str, Any], list[str]]:
    """Another platform's answer, as the SDK's own types take it."""
    response = Response(
        id="chatcmpl-1", model="gpt", origin="openai_chat", choices=(choice,), usage=usage
    )
    out = CODEC.encode_response(response, Reply(request_id="r"))
    read_response(out.body)
    return json.loads(out.body), [f"{loss.what}@{loss.path}" for loss in out.losses]


def test_anothers_answer_reads_as_googles_own() -> None:
    foreign = Opaque(origin="anthropic_messages", value="sig")
    body, losses = encoded(
        Choice(
            parts=(
                Reasoning(text="hm", state=foreign),
                Text(text="see"),
                ToolCall(id="call_1", name="f", arguments='{"a":1}'),
                ToolCall(id="call_2", name="g", arguments="{}"),
            ),
            stop="tool_calls",
        ),
        Usage(
            uncached_input_tokens=5,
            cache_read_tokens=3,
            visible_output_tokens=7,
            reasoning_output_tokens=2,
        ),
    )
    assert losses == []
    assert body == {
        "candidates": [
            {
                "content": {
                    "parts": [
                        {
                            "text": "hm",
                            "thought": True,
                            "thoughtSignature": "ZHQxLnMuYW50aHJvcGljX21lc3NhZ2VzLnNpZw==",
                        },
                        {"text": "see"},
                        {
                            "functionCall": {"id": "call_1", "name": "f", "args": {"a": 1}},
                            "thoughtSignature": "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=",
                        },
                        {"functionCall": {"id": "call_2", "name": "g", "args": {}}},
                    ],
                    "role": "model",
                },
                "finishReason": "STOP",
                "index": 0,
            }
        ],
        "usageMetadata": {
            "promptTokenCount": 8,
            "candidatesTokenCount": 7,
            "totalTokenCount": 17,
            "thoughtsTokenCount": 2,
            "cachedContentTokenCount": 3,
        },
        "modelVersion": "gpt",
        "responseId": "chatcmpl-1",
    }


def test_what_the_sdk_reads_of_it() -> None:
    response = Response(
        id="r",
        model="gpt",
        choices=(
            Choice(
                parts=(
                    Text(text="Paris."),
                    ToolCall(id="call_1", name="f", arguments='{"a":1}'),
                ),
                stop="tool_calls",
            ),
        ),
        usage=Usage(uncached_input_tokens=1, visible_output_tokens=2),
    )
    read = read_response(CODEC.encode_response(response, Reply()).body)
    assert (read.model_version, read.response_id) == ("gpt", "r")
    assert read.function_calls is not None
    (call,) = read.function_calls
    assert (call.id, call.name, call.args) == ("call_1", "f", {"a": 1})
    assert read.usage_metadata is not None
    assert read.usage_metadata.total_token_count == 3
    assert read.candidates is not None
    assert read.candidates[0].content is not None
    assert read.candidates[0].content.parts is not None
    signature = read.candidates[0].content.parts[1].thought_signature
    assert signature == b"skip_thought_signature_validator"


@pytest.mark.parametrize(
    ("stop", "detail", "word", "message", "losses"),
    [
        ("end", None, "STOP", None, []),
        ("stop_sequence", None, "STOP", None, []),
        ("length", None, "MAX_TOKENS", None, []),
        ("context_window", None, "MAX_TOKENS", None, ["stop_reason@choices[0].stop"]),
        ("refusal", "cyber", "SAFETY", "cyber", ["stop_reason@choices[0].stop"]),
        ("content_filter", "violence", "SAFETY", "violence", []),
        ("content_filter", "RECITATION", "RECITATION", None, []),
        ("malformed", None, "MALFORMED_FUNCTION_CALL", None, []),
        ("pause", None, "CONTINUATION", None, []),
        ("error", None, "OTHER", None, ["stop_reason@choices[0].stop"]),
    ],
)
def test_anothers_reasons(
    stop: StopReason, detail: str | None, word: str, message: str | None, losses: list[str]
) -> None:
    body, lost = encoded(Choice(parts=(Text(text="a"),), stop=stop, stop_detail=detail))
    candidate = body["candidates"][0]
    assert (candidate["finishReason"], candidate.get("finishMessage")) == (word, message)
    assert lost == losses


def test_anothers_citations_are_grounding() -> None:
    body, losses = encoded(
        Choice(
            parts=(
                Reasoning(text="hm"),
                Text(
                    text="Ça va.",
                    citations=(
                        Citation(kind="url", url="https://a.test", title="A", start=3, end=6),
                        Citation(kind="url", url="https://a.test", title="A", start=0, end=2),
                        Citation(kind="document", title="B", quote="bb", source_index=0),
                    ),
                ),
            ),
            stop="end",
        )
    )
    assert body["candidates"][0]["groundingMetadata"] == {
        "groundingChunks": [
            {"web": {"uri": "https://a.test", "title": "A"}},
            {"retrievedContext": {"title": "B", "text": "bb"}},
        ],
        "groundingSupports": [
            {
                "segment": {"startIndex": 4, "endIndex": 7, "text": "va.", "partIndex": 1},
                "groundingChunkIndices": [0],
            },
            {
                "segment": {"startIndex": 0, "endIndex": 3, "text": "Ça", "partIndex": 1},
                "groundingChunkIndices": [0],
            },
            {
                "segment": {"startIndex": 0, "endIndex": 7, "text": "Ça va.", "partIndex": 1},
                "groundingChunkIndices": [1],
            },
        ],
    }
    assert losses == ["citations@choices[0].parts[1].citations[2].source_start"]


def test_what_an_answer_cannot_say_here() -> None:
    body, losses = encoded(
        Choice(
            parts=(
                Refusal(text="I will not"),
                Native(dialect="openai_responses", name="program", value={}),
                ToolCall(id="c", name="free", arguments="words", kind="custom"),
                Media(kind="image", source=Linked(url="https://x.test/a.png")),
                Media(
                    kind="audio",
                    source=Inline(media_type="audio/wav", data="aGk="),
                    transcript="hi",
                ),
                Text(text="a", logprobs=(TokenLogprob(token="a", logprob=-0.5),)),
            ),
            stop="end",
            filters=(
                ContentFilter(dialect="openai_chat", stage="output", name="results", value={}),
            ),
        ),
        Usage(cache_write_5m_tokens=4, audio_output_tokens=2, visible_output_tokens=1),
    )
    assert losses == [
        "native_part@choices[0].parts[1]",
        "custom_tool@choices[0].parts[2]",
        "audio_output@choices[0].parts[4].transcript",
        "content_filter@choices[0].filters.results",
        "usage_class@usage.cache_write_tokens",
    ]
    candidate = body["candidates"][0]
    assert [next(iter(part)) for part in candidate["content"]["parts"]] == [
        "text",
        "functionCall",
        "fileData",
        "inlineData",
        "text",
    ]
    assert candidate["logprobsResult"] == {
        "chosenCandidates": [{"token": "a", "logProbability": -0.5}]
    }
    assert body["usageMetadata"]["candidatesTokensDetails"] == [
        {"modality": "TEXT", "tokenCount": 1},
        {"modality": "AUDIO", "tokenCount": 2},
    ]


def test_several_choices_keep_their_order() -> None:
    response = Response(
        id="r",
        model="m",
        choices=tuple(
            Choice(index=index, parts=(Text(text=str(index)),), stop="end") for index in range(3)
        ),
    )
    read = read_response(CODEC.encode_response(response, Reply()).body)
    assert [one.index for one in read.candidates or ()] == [0, 1, 2]


def test_members_that_only_another_platform_has_are_named() -> None:
    extras = Extras(dialect="openai_chat", members={"brand_new": 1})
    response = Response(
        id="c",
        model="gpt",
        origin="openai_chat",
        choices=(Choice(parts=(Text(text="a"),), stop="end", extras=extras),),
        extras=extras,
    )
    losses = CODEC.encode_response(response, Reply()).losses
    assert [str(loss) for loss in losses] == [
        "unknown_member@choices[0].brand_new",
        "unknown_member@brand_new",
    ]
