"""Every recorded safety signal is read, and looking for one costs next to nothing.

The table has every signal in the recordings; whatever else has a mark has nothing to tell.
"""

import base64
import contextlib
import json
from collections import Counter
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.model import Dialect
from detente.canonical.safety import SafetySignal, told
from detente.dialects.safety import (
    LOOKS,
    READERS,
    error_signals_of,
    look_of,
    signals_in,
    signals_of,
)
from tests.conftest import Recorded

FILES: Final[dict[str, Dialect]] = {
    "openai-chat": "openai_chat",
    "openai-completions": "openai_completions",
    "openai-responses": "openai_responses",
    "anthropic-messages": "anthropic_messages",
    "gemini-generate": "gemini_generate",
    "bedrock-converse": "bedrock_converse",
    "bedrock-invoke": "anthropic_messages",
}
AZURE: Final = ("openai-chat", "azure")
RECORDED: Final[dict[tuple[object, ...], int]] = {
    (*AZURE, "output", "blocked", "hate", 3, "azure", "hate"): 2,
    (*AZURE, "input", "blocked", "hate", 3, "azure", "hate"): 2,
    (*AZURE, "input", "blocked", "self_harm", 3, "azure", "self-harm"): 2,
    (*AZURE, "input", "blocked", "violence", 2, "azure", "violence"): 2,
    ("openai-chat", "openai", "output", "model_refusal", "other", None, "openai", "refusal"): 9,
    ("openai-chat", "openai", "input", "flagged", "harassment", None, "openai", "harassment"): 1,
    (
        *("openai-chat", "openai", "input", "flagged", "harassment", None, "openai"),
        "harassment/threatening",
    ): 1,
    ("openai-chat", "openai", "input", "flagged", "violence", None, "openai", "violence"): 1,
    (
        *("gemini-generate", "vertex", "input", "blocked", "prompt_attack", None, "google"),
        "MODEL_ARMOR",
    ): 1,
    (
        *("gemini-generate", "vertex", "output", "blocked", "prompt_attack", None, "google"),
        "MODEL_ARMOR",
    ): 1,
    ("gemini-generate", "gemini", "output", "blocked", "hate", 1, "google", "HATE_SPEECH"): 1,
    ("bedrock-converse", "bedrock", "output", "masked", "pii", None, "bedrock", "ADDRESS"): 7,
    (
        *("bedrock-converse", "bedrock", "output", "masked", "pii", None, "bedrock"),
        "Account Number",
    ): 2,
    (
        *("bedrock-invoke", "bedrock", "output", "masked", "pii", None, "bedrock"),
        "Account Number",
    ): 1,
}
"""File, platform, and the signal; how many answers have it."""


def body_of(row: dict[str, Any]) -> bytes:
    response = row["response"]
    return (response.get("text") or "").encode() or base64.b64decode(response.get("base64") or "")


def found_in(dialect: Dialect, row: dict[str, Any]) -> tuple[SafetySignal, ...]:
    body = body_of(row)
    found = signals_in(dialect, body) if row["stream"] else signals_of(dialect, body)
    return found or error_signals_of(body)


def test_every_recorded_signal_is_read(recorded: Recorded) -> None:
    met = Counter[tuple[object, ...]]()
    for file, dialect in FILES.items():
        for row in recorded(file):
            for one in found_in(dialect, row):
                said = (one.stage, one.action, one.category, one.severity, one.source, one.raw)
                met[file, row["platform"], *said] += 1
    assert met == Counter(RECORDED)


def test_no_content_is_kept(recorded: Recorded) -> None:
    for row in recorded("bedrock-converse"):
        for one in found_in("bedrock_converse", row):
            assert not {"Tokyo", "Japan", "1234561666"} & {one.raw}


def test_nothing_is_read_in_vain(recorded: Recorded) -> None:
    """Of what was recorded, a look passes by all but a few answers that have nothing to tell."""
    vain = Counter[str]()
    whole = 0
    for file, dialect in FILES.items():
        look = look_of(dialect)
        assert look is not None
        for row in recorded(file):
            whole += 1
            vain[file] += look(body_of(row)) and not found_in(dialect, row)
    assert sum(vain.values()) < whole / 20, vain


def test_whatever_did_not_get_through_is_looked_for(recorded: Recorded) -> None:
    """What a filter found a little of, and let through, is not worth decoding every answer."""
    for file, dialect in FILES.items():
        for row in recorded(file):
            body = body_of(row)
            if row["stream"] or row["response"]["status"] >= 300 or not body.startswith(b"{"):
                continue
            kept = told(READERS[dialect](msgspec.json.decode(body)))
            found = signals_of(dialect, body)
            assert set(found) <= set(kept), row["id"]
            assert all(one.action == "flagged" for one in set(kept) - set(found)), row["id"]
    assert set(LOOKS) == set(READERS)


AZURE_BLOCKED: Final = (
    b'{"error":{"code":"content_filter","innererror":{"code":"ResponsibleAIPolicyViolation",'
    b'"content_filter_result":{"jailbreak":{"filtered":true,"detected":true}}}}}'
)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (AZURE_BLOCKED, ("input", "blocked", "prompt_attack", "azure", "jailbreak")),
        (
            b'{"error":{"code":"content_filter"}}',
            ("input", "blocked", "other", "openai", "content_filter"),
        ),
        (b'{"error":{"code":"bio_policy"}}', ("input", "blocked", "bio", "openai", "bio_policy")),
        (
            b'{"error":{"code":403,"metadata":{"reasons":["sexual/minors"],"flagged_input":"x"}}}',
            ("input", "blocked", "minors", "host", "sexual/minors"),
        ),
        (
            b'{"object":"error","type":"guardrail_violation","message":"x"}',
            ("input", "blocked", "provider_policy", "mistral", "guardrail_violation"),
        ),
        (b'{"error":{"code":"invalid_value"}}', None),
        (b'{"error":{"message":"\\"content_filter\\""}}', None),
        (b"guardrail", None),
        (b"", None),
    ],
)
def test_errors(body: bytes, expected: tuple[str, ...] | None) -> None:
    found = error_signals_of(body)
    shown = [(one.stage, one.action, one.category, one.source, one.raw) for one in found]
    assert shown == ([] if expected is None else [expected])


GUARDRAIL: Final = {
    "topicPolicy": {"topics": [{"name": "loans", "type": "DENY", "action": "BLOCKED"}]},
    "contentPolicy": {"filters": [{"type": "INSULTS", "confidence": "LOW", "action": "BLOCKED"}]},
    "wordPolicy": {
        "customWords": [{"match": "secret word", "action": "BLOCKED"}],
        "managedWordLists": [{"match": "rude", "type": "PROFANITY", "action": "NONE"}],
    },
    "contextualGroundingPolicy": {
        "filters": [{"type": "GROUNDING", "action": "NONE", "detected": True}]
    },
}
CASES: Final[tuple[tuple[Dialect, dict[str, Any], list[tuple[object, ...]]], ...]] = (
    (
        "openai_chat",
        {
            "prompt_filter_results": [
                {"content_filter_results": {"jailbreak": {"filtered": False, "detected": True}}}
            ],
            "choices": [
                {
                    "content_filter_results": {
                        "error": {"code": "content_filter_error", "message": "m"},
                        "protected_material_text": {"filtered": True, "detected": True},
                    }
                }
            ],
        },
        [
            ("input", "flagged", "prompt_attack", None, "azure", "jailbreak"),
            ("output", "not_run", "other", None, "azure", "content_filter_error"),
            ("output", "blocked", "ip", None, "azure", "protected_material_text"),
        ],
    ),
    (
        "openai_chat",
        {"choices": [{"finish_reason": "content_filter", "delta": {"refusal": None}}]},
        [("output", "blocked", "other", None, "openai", "content_filter")],
    ),
    (
        "openai_chat",
        {
            "moderation": {
                "input": {"type": "error", "code": "moderation_failed"},
                "output": {"results": [{"flagged": True, "categories": {"sexual/minors": True}}]},
            },
            "choices": [{"finish_reason": "content_filter"}],
        },
        [
            ("output", "blocked", "other", None, "openai", "content_filter"),
            ("input", "not_run", "other", None, "openai", "moderation_failed"),
            ("output", "flagged", "minors", None, "openai", "sexual/minors"),
        ],
    ),
    (
        "openai_responses",
        {
            "type": "response.incomplete",
            "response": {
                "incomplete_details": {"reason": "content_filter"},
                "content_filters": [
                    {
                        "source_type": "prompt",
                        "content_filter_results": {"hate": {"filtered": False, "severity": "low"}},
                    },
                    {
                        "source_type": "completion",
                        "content_filter_results": {
                            "violence": {"filtered": True, "severity": "medium"}
                        },
                    },
                ],
            },
        },
        [
            ("input", "flagged", "hate", 1, "azure", "hate"),
            ("output", "blocked", "violence", 2, "azure", "violence"),
        ],
    ),
    (
        "openai_responses",
        {"output": [{"content": [{"type": "refusal", "refusal": "no"}]}]},
        [("output", "model_refusal", "other", None, "openai", "refusal")],
    ),
    (
        "openai_responses",
        {"type": "response.refusal.done", "refusal": "no"},
        [("output", "model_refusal", "other", None, "openai", "refusal")],
    ),
    (
        "openai_responses",
        {"type": "response.failed", "response": {"error": {"code": "bio_policy"}}},
        [("input", "blocked", "bio", None, "openai", "bio_policy")],
    ),
    (
        "anthropic_messages",
        {
            "type": "message_delta",
            "delta": {"stop_reason": "refusal", "stop_details": {"category": "bio"}},
        },
        [("output", "model_refusal", "bio", None, "anthropic", "bio")],
    ),
    (
        "anthropic_messages",
        {"stop_reason": "refusal", "stop_details": None},
        [("output", "model_refusal", "other", None, "anthropic", "refusal")],
    ),
    (
        "anthropic_messages",
        {"stop_reason": "end_turn", "amazon-bedrock-guardrailAction": "INTERVENED"},
        [("output", "blocked", "other", None, "bedrock", "INTERVENED")],
    ),
    (
        "gemini_generate",
        {"promptFeedback": {"blockReason": "JAILBREAK"}},
        [("input", "blocked", "prompt_attack", None, "google", "JAILBREAK")],
    ),
    (
        "gemini_generate",
        {
            "candidates": [
                {
                    "finishReason": "IMAGE_PROHIBITED_CONTENT",
                    "safetyRatings": [
                        {
                            "category": "HARM_CATEGORY_DANGEROUS_CONTENT",
                            "probability": "LOW",
                            "severity": "HARM_SEVERITY_MEDIUM",
                        }
                    ],
                }
            ]
        },
        [
            ("output", "flagged", "illicit", 2, "google", "DANGEROUS_CONTENT"),
            ("output", "blocked", "minors", None, "google", "IMAGE_PROHIBITED_CONTENT"),
        ],
    ),
    (
        "bedrock_converse",
        {
            "stopReason": "guardrail_intervened",
            "trace": {"guardrail": {"inputAssessment": {"g": GUARDRAIL}}},
        },
        [
            ("input", "blocked", "topic", None, "bedrock", "loans"),
            ("input", "blocked", "harassment", 1, "bedrock", "INSULTS"),
            ("input", "blocked", "blocklist", None, "bedrock", "customWords"),
            ("input", "flagged", "ungrounded", None, "bedrock", "GROUNDING"),
        ],
    ),
    (
        "bedrock_converse",
        {"stopReason": "content_filtered"},
        [("output", "blocked", "provider_policy", None, "bedrock", "content_filtered")],
    ),
    (
        "oci_chat",
        {"chatResponse": {"apiFormat": "COHERE", "finishReason": "ERROR_TOXIC", "text": ""}},
        [("output", "blocked", "other", None, "oci", "ERROR_TOXIC")],
    ),
    (
        "oci_chat",
        {
            "chatResponse": {
                "choices": [
                    {"finishReason": "content_filter", "message": {"refusal": None}},
                    {"finishReason": "stop", "message": {"refusal": "no"}},
                ]
            }
        },
        [
            ("output", "blocked", "other", None, "oci", "content_filter"),
            ("output", "model_refusal", "other", None, "oci", "refusal"),
        ],
    ),
    (
        "oci_chat",
        {"index": 0, "message": {"refusal": "no"}, "finishReason": None},
        [("output", "model_refusal", "other", None, "oci", "refusal")],
    ),
    (
        "openai_responses",
        {"type": "error", "code": "content_filter", "message": "m"},
        [("input", "blocked", "other", None, "openai", "content_filter")],
    ),
    (
        "openai_responses",
        {"status": "failed", "error": {"code": "moderation_blocked", "message": "m"}},
        [("input", "blocked", "provider_policy", None, "openai", "moderation_blocked")],
    ),
)
"""A dialect, an answer or an event, and what is kept of it."""


@pytest.mark.parametrize(("dialect", "answer", "kept"), CASES)
def test_what_each_dialect_says(
    dialect: Dialect, answer: dict[str, Any], kept: list[tuple[object, ...]]
) -> None:
    body = msgspec.json.encode(answer)
    for found in (
        signals_of(dialect, body),
        told(READERS[dialect](answer)),
        signals_of(dialect, json.dumps(answer).encode()),
    ):
        assert [
            (one.stage, one.action, one.category, one.severity, one.source, one.raw)
            for one in found
        ] == kept


@pytest.mark.parametrize(
    ("dialect", "answer"),
    [
        ("openai_chat", {"choices": [{"finish_reason": "stop", "message": {"refusal": None}}]}),
        ("openai_responses", {"incomplete_details": {"reason": "max_output_tokens"}}),
        ("anthropic_messages", {"stop_reason": "end_turn", "stop_details": None}),
        ("gemini_generate", {"candidates": [{"finishReason": "STOP"}]}),
        ("bedrock_converse", {"stopReason": "end_turn"}),
        ("oci_chat", {"chatResponse": {"choices": [{"finishReason": "stop"}]}}),
        ("oci_chat", {"chatResponse": {"finishReason": "COMPLETE"}}),
        ("oci_chat", {"index": 0, "message": {"content": []}, "finishReason": None}),
    ],
)
def test_an_answer_with_nothing_to_tell(dialect: Dialect, answer: dict[str, Any]) -> None:
    assert signals_of(dialect, msgspec.json.encode(answer)) == ()
    assert READERS[dialect](answer) == ()
    look = look_of(dialect)
    assert look is not None
    for body in (msgspec.json.encode(answer), json.dumps(answer).encode()):
        assert not look(body)


@pytest.mark.parametrize("dialect", ["cohere_chat", "ollama_chat", "openai_embeddings"])
def test_a_dialect_without_signals(dialect: Dialect) -> None:
    assert look_of(dialect) is None
    assert signals_of(dialect, b'{"finish_reason":"content_filter"}') == ()


def test_the_events_of_a_stream_are_read_one_by_one() -> None:
    events = (
        b'data: {"choices":[{"delta":{"refusal":"no"}}]}\n\n'
        b'data: {"choices":[{"delta":{},"finish_reason":"content_filter"}]}\r\n\r\n'
        b"data: [DONE]\n\n"
    )
    found = signals_in("openai_chat", events)
    assert [one.action for one in found] == ["model_refusal", "blocked"]
    assert signals_in("openai_chat", b'data: {"choices":[{"finish_reason":"stop"}]}\n\n') == ()
    assert signals_in("bedrock_converse", b'"guardrail" in no frame at all') == ()


answers = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.just("content_filter"),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("choices", "message", "content_filter_results", "hate", "error", "output"),
                    *("candidates", "safetyRatings", "trace", "guardrail", "inputAssessment"),
                    *("contentPolicy", "filters", "stop_details", "promptFeedback", "code"),
                    *("filtered", "severity", "moderation", "input", "results", "categories"),
                ]
            ),
            inner,
        )
    ),
)


@given(st.sampled_from(sorted(READERS)), st.binary() | answers.map(msgspec.json.encode))
def test_anything_can_be_read(dialect: Dialect, body: bytes) -> None:
    answer: Any = None
    with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
        answer = msgspec.json.decode(body)
    if isinstance(answer, dict):
        READERS[dialect](answer)  # pyright: ignore[reportUnknownArgumentType] -- whatever it is
    assert signals_of(dialect, body) is not None
    assert signals_in(dialect, b"data: " + body + b"\n\n") is not None
    assert error_signals_of(body) is not None
