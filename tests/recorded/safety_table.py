"""Every recorded exchange in which a safety system said something, and the records it should give.

By file and the exchange's id: stage, action, category, severity, source, and the platform's own
word. What else has a marker stands in `PASSED`, by the marker, with the reason why it says nothing.

>>> TABLE["gemini-generate"]["pydantic-ai/test_google/test_google_model_safety_settings#0"]
(('output', 'blocked', 'hate', 1, 'google', 'HATE_SPEECH'),)
"""

from collections.abc import Iterator
from typing import Any, Final

from detente.canonical.guardrail import Stage
from detente.canonical.safety import SafetyAction, SafetyCategory, SafetySource

Record = tuple[Stage, SafetyAction, SafetyCategory, int | None, SafetySource, str]

HATE_OUT: Final[Record] = ("output", "blocked", "hate", 3, "azure", "hate")
PROMPT: Final[tuple[Record, ...]] = (
    ("input", "blocked", "hate", 3, "azure", "hate"),
    ("input", "blocked", "self_harm", 3, "azure", "self-harm"),
    ("input", "blocked", "violence", 2, "azure", "violence"),
)
REFUSAL: Final[Record] = ("output", "model_refusal", "other", None, "openai", "refusal")
ADDRESS: Final[Record] = ("output", "masked", "pii", None, "bedrock", "ADDRESS")
ACCOUNT: Final[Record] = ("output", "masked", "pii", None, "bedrock", "Account Number")
ARMOR: Final = ("prompt_attack", None, "google", "MODEL_ARMOR")

_AZURE: Final = "openllmetry/test_azure/"
_PARSE: Final = "openllmetry/test_chat_parse/"
_GOOGLE: Final = "pydantic-ai/test_google/"
_NOVA: Final = "openllmetry/test_nova/"
_TITAN: Final = "openllmetry/test_titan/"
_ASYNC: Final = "test_async_parsed_refused_completion_with_events_with"

TABLE: Final[dict[str, dict[str, tuple[Record, ...]]]] = {
    "openai-chat": {
        f"{_AZURE}test_chat_content_filtering#0": (HATE_OUT,),
        f"{_AZURE}test_chat_content_filtering_with_events_with_content#0": (HATE_OUT,),
        f"{_AZURE}test_prompt_content_filtering#0": PROMPT,
        f"{_AZURE}test_prompt_content_filtering_with_events_with_content#0": PROMPT,
        **{
            f"{_PARSE}{test}#{number}": (REFUSAL,)
            for test in (
                f"{_ASYNC}_content",
                f"{_ASYNC}_no_content",
                "test_parsed_refused_completion",
            )
            for number in range(3)
        },
        "pydantic-ai/test_openai/test_openai_moderation_flagged#0": (
            ("input", "flagged", "harassment", None, "openai", "harassment"),
            ("input", "flagged", "harassment", None, "openai", "harassment/threatening"),
            ("input", "flagged", "violence", None, "openai", "violence"),
        ),
    },
    "gemini-generate": {
        f"{_GOOGLE}test_google_model_armor_prompt_template_text_gets_blocked#1": (
            ("input", "blocked", *ARMOR),
        ),
        f"{_GOOGLE}test_google_model_armor_response_template_real_block#0": (
            ("output", "blocked", *ARMOR),
        ),
        f"{_GOOGLE}test_google_model_safety_settings#0": (
            ("output", "blocked", "hate", 1, "google", "HATE_SPEECH"),
        ),
    },
    "bedrock-converse": {
        "openllmetry/test_bedrock_guardrails_metrics/test_titan_converse_guardrail#0": (ADDRESS,),
        f"{_NOVA}test_nova_converse_with_events_with_content#0": (ADDRESS, ACCOUNT),
        f"{_NOVA}test_nova_converse_with_events_with_no_content#0": (ADDRESS, ACCOUNT),
        f"{_TITAN}test_titan_converse_stream#0": (ADDRESS,),
        f"{_TITAN}test_titan_converse_stream_with_events_with_content#0": (ADDRESS,),
        f"{_TITAN}test_titan_converse_stream_with_events_with_no_content#0": (ADDRESS,),
        f"{_TITAN}test_titan_converse_with_events_with_content#0": (ADDRESS,),
    },
    "bedrock-invoke": {f"{_NOVA}test_nova_completion#0": (ACCOUNT,)},
}

PASSED: Final[dict[str, str]] = {
    "content_filter_results": "Azure tells of every filter that ran; all say that it is safe",
    "content_filters": "the same, of a response",
    "content_filter_offsets": "how far Azure's filters have read",
    "moderation": "moderation was asked for and flagged nothing; of an image tool, a setting",
    "guardrail": "a guardrail looked at it and found nothing",
    "self_harm": "the name of a filter, not a finding",
    "self-harm": "the name of a category, with its score",
    "self-harm/intent": "the name of a category, with its score",
    "self-harm/instructions": "the name of a category, with its score",
    "jailbreak": "the name of a filter, not a finding",
    "inputAssessment": "what a guardrail's trace is made of",
    "outputAssessments": "what a guardrail's trace is made of",
    "guardrailCoverage": "how much text a guardrail has read",
    "guardrailProcessingLatency": "how long a guardrail took",
    "appliedGuardrailDetails": "which guardrail it was",
    "guardrailArn": "which guardrail it was",
    "guardrailId": "which guardrail it was",
    "guardrailOrigin": "which guardrail it was",
    "guardrailOwnership": "which guardrail it was",
    "guardrailVersion": "which guardrail it was",
}
"""Markers that say only that somebody looked, by the member's name, and why."""

NAMES: Final = (
    *("contentfilter", "guardrail", "safety", "blockreason", "promptfeedback", "moderation"),
    *("stopdetails", "refusal", "flagged", "blocked", "filtered", "harm", "toxic", "jailbreak"),
    *("violat", "assessment", "detected"),
)
"""Parts of members' names, without `_` and `-`, that speak of safety."""
REASONS: Final = ("finishreason", "stopreason", "blockreason", "reason", "code", "type", "action")
"""Members whose values are words; these are the words that speak of safety."""
WORDS: Final = frozenset(
    {
        *("content_filter", "content_filtered", "refusal", "guardrail_intervened", "intervened"),
        *("safety", "image_safety", "prohibited_content", "blocklist", "spii", "recitation"),
        *("model_armor", "jailbreak", "escalation", "error_toxic", "blocked", "anonymized"),
        *("bio_policy", "content_policy_violation", "misalignment_policy_violation"),
        *("moderation_blocked", "invalid_prompt", "responsibleaipolicyviolation"),
    }
)
LEVELS: Final = ("low", "medium", "high")
"""Azure's severities of what was found."""
NOTHING: Final[tuple[object, ...]] = (None, False, "", [], {})


def markers_of(answer: Any) -> Iterator[tuple[str, bool]]:
    """The names of members that speak of safety, at any depth, and whether they say that something
    was found, and not only that somebody looked."""
    if isinstance(answer, list):
        for item in answer:  # pyright: ignore[reportUnknownVariableType] -- JSON
            yield from markers_of(item)
    elif isinstance(answer, dict):
        for name, value in answer.items():  # pyright: ignore[reportUnknownVariableType] -- JSON
            yield from _marker(str(name), value)  # pyright: ignore[reportUnknownArgumentType] -- JSON
            yield from markers_of(value)


def _marker(name: str, value: Any) -> Iterator[tuple[str, bool]]:
    plain = name.lower().replace("_", "").replace("-", "")
    words = LEVELS if plain == "severity" else WORDS if plain in REASONS else ()
    if isinstance(value, str) and value.lower() in words:
        yield name, True
    elif any(part in plain for part in NAMES) and value not in NOTHING:
        yield name, value is True or name not in PASSED
