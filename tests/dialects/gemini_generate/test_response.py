"""Whole answers: what Google's platforms say in canonical words, and what its SDK reads of ours."""

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
from detente.canonical.extras import Obj
from detente.canonical.failure import ProviderFault
from detente.canonical.response import Choice, ContentFilter, Response, StopReason
from detente.canonical.usage import Usage
from detente.dialects.codec import Reply
from detente.dialects.gemini_generate import CODEC
from tests.dialects.gemini_generate.sdk import read_response

D = "gemini_generate"


def decoded(body: dict[str, Any]) -> Response:
    """The answer, which is also written again as it came."""
    response = CODEC.decode_response(json.dumps(body).encode(), id_prefix="call_r")
    encoded = CODEC.encode_response(response, Reply())
    assert json.loads(encoded.body) == body
    assert encoded.losses == ()
    return response


def answer_of(candidate: dict[str, Any]) -> Choice:
    return decoded({"candidates": [candidate], "modelVersion": "m", "responseId": "r"}).choices[0]


def encoded(choice: Choice, usage: Usage | None = None) -> tuple[dict[str, Any], list[str]]:
    """Another platform's answer, as the SDK's own types take it."""
    response = Response(
        id="chatcmpl-1", model="gpt", origin="openai_chat", choices=(choice,), usage=usage
    )
    out = CODEC.encode_response(response, Reply(request_id="r"))
    read_response(out.body)
    return json.loads(out.body), [f"{loss.what}@{loss.path}" for loss in out.losses]


def test_an_answer_with_everything_around_it() -> None:
    response = decoded(
        {
            "candidates": [
                {
                    "content": {"parts": [{"text": "hi"}], "role": "model"},
                    "finishReason": "STOP",
                    "index": 0,
                    "safetyRatings": [{"category": "X", "probability": "LOW"}],
                    "tokenCount": 3,
                }
            ],
            "createTime": "2026-05-27T16:53:45.443719Z",
            "modelVersion": "gemini-x",
            "responseId": "abc",
            "usageMetadata": {
                "promptTokenCount": 10,
                "cachedContentTokenCount": 4,
                "promptTokensDetails": [
                    {"modality": "TEXT", "tokenCount": 7},
                    {"modality": "AUDIO", "tokenCount": 3},
                ],
                "cacheTokensDetails": [{"modality": "AUDIO", "tokenCount": 1}],
                "candidatesTokenCount": 5,
                "candidatesTokensDetails": [{"modality": "AUDIO", "tokenCount": 2}],
                "thoughtsTokenCount": 6,
                "toolUsePromptTokenCount": 8,
                "totalTokenCount": 29,
                "trafficType": "ON_DEMAND_PRIORITY",
            },
        }
    )
    assert (response.id, response.model, response.created_s) == ("abc", "gemini-x", 1_779_900_825)
    assert response.service_tier == "priority"
    assert response.usage is not None
    assert response.usage == Usage(
        uncached_input_tokens=12,
        cache_read_tokens=4,
        audio_input_tokens=2,
        visible_output_tokens=3,
        audio_output_tokens=2,
        reasoning_output_tokens=6,
    )
    assert response.usage.input_tokens + response.usage.output_tokens == 29
    filters = response.choices[0].filters
    assert [(one.stage, one.name) for one in filters] == [("output", "safetyRatings")]


def test_parts_of_an_answer() -> None:
    choice = answer_of(
        {
            "content": {
                "parts": [
                    {"text": "hm", "thought": True},
                    {"text": "see", "thoughtSignature": "AAEC"},
                    {"functionCall": {"name": "f", "args": {"a": 1}}, "thoughtSignature": "AAED"},
                    {"functionCall": {"id": "x", "name": "g", "args": {}}},
                    {"inlineData": {"mimeType": "image/png", "data": "aGk="}},
                    {"executableCode": {"code": "1"}},
                ],
                "role": "model",
            },
            "finishReason": "STOP",
            "index": 0,
        }
    )
    thought, text, call, other, image, code = choice.parts
    assert thought == Reasoning(text="hm")
    assert text == Text(text="see", state=Opaque(origin=D, value="AAEC"))
    assert isinstance(call, ToolCall)
    assert (call.id, call.arguments) == ("call_r_0", '{"a":1}')
    assert call.state == Opaque(origin=D, value="AAED")
    assert isinstance(other, ToolCall)
    assert (other.id, other.name) == ("x", "g")
    assert isinstance(image, Media)
    assert isinstance(code, Native)
    assert choice.stop == "tool_calls"


@pytest.mark.parametrize(
    ("word", "stop", "detail"),
    [
        ("STOP", "end", None),
        ("MAX_TOKENS", "length", None),
        ("SAFETY", "content_filter", "SAFETY"),
        ("RECITATION", "content_filter", "RECITATION"),
        ("MODEL_ARMOR", "content_filter", "MODEL_ARMOR"),
        ("MALFORMED_FUNCTION_CALL", "malformed", "MALFORMED_FUNCTION_CALL"),
        ("UNEXPECTED_TOOL_CALL", "malformed", "UNEXPECTED_TOOL_CALL"),
        ("CONTINUATION", "pause", None),
        ("NO_IMAGE", "other", "NO_IMAGE"),
        ("BRAND_NEW", "other", "BRAND_NEW"),
        ("FINISH_REASON_UNSPECIFIED", None, None),
    ],
)
def test_why_it_ended(word: str, stop: StopReason | None, detail: str | None) -> None:
    choice = answer_of({"content": {}, "finishReason": word, "finishMessage": "so", "index": 0})
    assert (choice.stop, choice.stop_detail) == (stop, detail)


def test_a_blocked_prompt_has_no_candidates_and_a_filter() -> None:
    feedback: Obj = {"blockReason": "SAFETY", "blockReasonMessage": "no"}
    response = decoded({"promptFeedback": feedback, "modelVersion": "m", "responseId": "r"})
    assert response.choices == ()
    assert response.filters == (
        ContentFilter(dialect=D, stage="input", name="promptFeedback", value=feedback),
    )


def test_sources_are_citations_in_characters() -> None:
    choice = answer_of(
        {
            "content": {"parts": [{"text": "Ça va: 1. Bien."}], "role": "model"},
            "finishReason": "STOP",
            "index": 0,
            "groundingMetadata": {
                "webSearchQueries": ["q"],
                "groundingChunks": [
                    {"web": {"uri": "https://a.test", "title": "A"}},
                    {"retrievedContext": {"title": "B", "text": "bb", "uri": "gs://b"}},
                ],
                "groundingSupports": [
                    {
                        "segment": {"startIndex": 11, "endIndex": 16, "text": "Bien."},
                        "groundingChunkIndices": [0, 1, 9],
                    }
                ],
            },
            "citationMetadata": {
                "citations": [{"startIndex": 0, "endIndex": 3, "uri": "https://c.test"}]
            },
        }
    )
    (text,) = choice.parts
    assert isinstance(text, Text)
    assert text.citations == (
        Citation(kind="url", url="https://a.test", title="A", start=10, end=15),
        Citation(kind="document", url="gs://b", title="B", quote="bb", start=10, end=15),
        Citation(kind="url", url="https://c.test", start=0, end=2),
    )
    assert text.text[10:15] == "Bien."


def test_probabilities_belong_to_the_text() -> None:
    top = [{"token": "a", "tokenId": 1, "logProbability": -0.5}, {"token": "b"}]
    choice = answer_of(
        {
            "content": {"parts": [{"text": "a"}], "role": "model"},
            "index": 0,
            "avgLogprobs": -0.5,
            "logprobsResult": {
                "chosenCandidates": [{"token": "a", "tokenId": 1, "logProbability": -0.5}],
                "topCandidates": [{"candidates": top}],
            },
        }
    )
    (text,) = choice.parts
    assert isinstance(text, Text)
    likely = (TokenLogprob(token="a", logprob=-0.5), TokenLogprob(token="b", logprob=0.0))
    assert text.logprobs == (TokenLogprob(token="a", logprob=-0.5, top=likely),)


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


def test_an_error_is_no_answer() -> None:
    body = b'{"error":{"code":503,"message":"overloaded","status":"UNAVAILABLE"}}'
    with pytest.raises(ProviderFault):
        CODEC.decode_response(body)
    told = CODEC.read_error(body)
    assert told is not None
    assert (told.message, told.code) == ("overloaded", "UNAVAILABLE")
    for other in (b"", b"[]", b'{"error":{}}', b'{"message":"x"}', b"<html>"):
        assert CODEC.read_error(other) is None
    told = CODEC.read_error(b'{"error":"plain words"}')
    assert told is not None
    assert told.message == "plain words"
