"""What Google's platforms answer, in canonical words; written again it is as it came."""

import json
from typing import Any

import pytest

from detente.canonical.content import (
    Citation,
    Media,
    Native,
    Opaque,
    Reasoning,
    Text,
    TokenLogprob,
    ToolCall,
)
from detente.canonical.extras import Obj
from detente.canonical.response import Choice, ContentFilter, Response, StopReason
from detente.canonical.usage import Usage
from detente.dialects.codec import Reply
from detente.dialects.gemini_generate import CODEC

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
