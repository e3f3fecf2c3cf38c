"""The words of Google's API for content: its members, its reasons, what only it has.

From the types of the official SDK (google-genai 3.4) and its reference,
https://ai.google.dev/api/generate-content (read 2026-11-21). Members are in camel case here;
`spelling` knows the other case.
"""

from typing import Final

from detente.canonical.loss import Severity
from detente.canonical.model import Dialect
from detente.canonical.request import Effort
from detente.canonical.response import StopReason

NAME: Final[Dialect] = "gemini_generate"

SENTINEL: Final = "skip_thought_signature_validator"
SENTINELS: Final = frozenset(
    (
        SENTINEL,
        "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=",
        "context_engineering_is_the_way_to_go",
        "Y29udGV4dF9lbmdpbmVlcmluZ19pc190aGVfd2F5X3RvX2dv",
    )
)
"""Signatures for calls that no Gemini model made, which newer models would refuse without one:
https://ai.google.dev/gemini-api/docs/thought-signatures#faqs. The SDK makes base64 of them."""
SENTINEL_BASE64: Final = "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I="

OPTIONS: Final[dict[str, Severity]] = {
    "cachedContent": "refuse",
    "continuationToken": "refuse",
    "modelArmorConfig": "refuse",
    "outputConfig": "drop",
    "safetySettings": "refuse",
}
"""What only this API has, by what losing it means."""

CONFIG_OPTIONS: Final[dict[str, Severity]] = {
    "audioTimestamp": "drop",
    "audioTranscriptionConfig": "drop",
    "enableAffectiveDialog": "drop",
    "enableEnhancedCivicAnswers": "drop",
    "imageConfig": "drop",
    "mediaResolution": "drop",
    "modelConfig": "drop",
    "modelSelectionConfig": "drop",
    "responseFormat": "refuse",
    "routingConfig": "drop",
    "translationConfig": "refuse",
}

TOOL_CONFIG_OPTIONS: Final[dict[str, Severity]] = {
    "includeServerSideToolInvocations": "drop",
    "retrievalConfig": "drop",
}

REQUEST: Final = frozenset(
    (
        "contents",
        "generationConfig",
        "labels",
        "model",
        "serviceTier",
        "store",
        "systemInstruction",
        "toolConfig",
        "tools",
        *OPTIONS,
    )
)
CONFIG: Final = frozenset(
    (
        "candidateCount",
        "frequencyPenalty",
        "logprobs",
        "maxOutputTokens",
        "presencePenalty",
        "responseJsonSchema",
        "responseLogprobs",
        "responseMimeType",
        "responseModalities",
        "responseSchema",
        "seed",
        "speechConfig",
        "stopSequences",
        "temperature",
        "thinkingConfig",
        "topK",
        "topP",
        *CONFIG_OPTIONS,
    )
)
THINKING: Final = frozenset(("includeThoughts", "thinkingBudget", "thinkingLevel"))
TOOL_CONFIG: Final = frozenset(("functionCallingConfig", *TOOL_CONFIG_OPTIONS))
CALLING: Final = frozenset(("allowedFunctionNames", "mode", "streamFunctionCallArguments"))
CONTENT: Final = frozenset(("parts", "role"))

HOSTED_TOOLS: Final = frozenset(
    (
        "codeExecution",
        "computerUse",
        "enterpriseWebSearch",
        "exaAiSearch",
        "fileSearch",
        "googleMaps",
        "googleSearch",
        "googleSearchRetrieval",
        "mcpServers",
        "parallelAiSearch",
        "retrieval",
        "urlContext",
    )
)
TOOL: Final = frozenset(("functionDeclarations", *HOSTED_TOOLS))
DECLARATION: Final = frozenset(("description", "name", "parameters", "parametersJsonSchema"))
DECLARATION_NATIVE: Final = frozenset(("behavior", "response", "responseJsonSchema"))
"""Members that the SDK knows, that only this API has, and that the canonical form has no place for:
they ride along, and are named when another dialect drops them. So for parts below."""

PART_NATIVE: Final = frozenset(
    (
        "audioMetadata",
        "documentMetadata",
        "mediaProcessing",
        "partMetadata",
        "spreadsheetMetadata",
        "videoMetadata",
    )
)
NATIVE_KINDS: Final = (
    "audioTranscription",
    "codeExecutionResult",
    "executableCode",
    "speechMetadata",
    "toolCall",
    "toolResponse",
)
KINDS: Final = ("text", "inlineData", "fileData", "functionCall", "functionResponse", *NATIVE_KINDS)
"""What a part can be; it is one of them."""
PART: Final = frozenset(("mediaResolution", "thought", "thoughtSignature", *KINDS, *PART_NATIVE))
TEXT: Final = frozenset(("text", "thought", "thoughtSignature"))
BLOB: Final = frozenset(("data", "displayName", "mimeType"))
FILE: Final = frozenset(("displayName", "fileUri", "mimeType"))
CALL: Final = frozenset(("args", "id", "name"))
RESULT: Final = frozenset(("id", "name", "parts", "response"))
RESULT_NATIVE: Final = frozenset(("scheduling", "willContinue"))
RESULT_TEXTS: Final = ("output", "result", "error")
"""Keys under which a function's result stands alone; the first is the documented one."""

DETAILS: Final = {
    "MEDIA_RESOLUTION_LOW": "low",
    "MEDIA_RESOLUTION_HIGH": "high",
    "MEDIA_RESOLUTION_ULTRA_HIGH": "original",
}
DETAIL_WORDS: Final = {detail: word for word, detail in DETAILS.items()}

LEVELS: Final[dict[str, Effort]] = {
    "MINIMAL": "minimal",
    "LOW": "low",
    "MEDIUM": "medium",
    "HIGH": "high",
    "XHIGH": "xhigh",
}
LEVEL_WORDS: Final = {effort: word for word, effort in LEVELS.items()}

ASKED_TIERS: Final = {"standard": "default", "flex": "flex", "priority": "priority"}
"""Service tiers of a request, in OpenAI's words, which are everybody's."""
TIER_WORDS: Final = {"default": "standard", "flex": "flex", "priority": "priority"}

STOP_REASONS: Final[dict[str, StopReason]] = {
    "STOP": "end",
    "MAX_TOKENS": "length",
    "SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "BLOCKLIST": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "SPII": "content_filter",
    "IMAGE_SAFETY": "content_filter",
    "IMAGE_PROHIBITED_CONTENT": "content_filter",
    "IMAGE_RECITATION": "content_filter",
    "ESCALATION": "content_filter",
    "PUP_LIMITED_DISABLED": "content_filter",
    "MODEL_ARMOR": "content_filter",
    "MALFORMED_FUNCTION_CALL": "malformed",
    "UNEXPECTED_TOOL_CALL": "malformed",
    "TOO_MANY_TOOL_CALLS": "malformed",
    "MISSING_THOUGHT_SIGNATURE": "malformed",
    "MALFORMED_RESPONSE": "malformed",
    "CONTINUATION": "pause",
}
"""The words that mean one of ours; all others are `other`. `STOP` may also mean calls."""

STOP_WORDS: Final[dict[StopReason, str]] = {
    "end": "STOP",
    "tool_calls": "STOP",
    "stop_sequence": "STOP",
    "length": "MAX_TOKENS",
    "context_window": "MAX_TOKENS",
    "refusal": "SAFETY",
    "content_filter": "SAFETY",
    "malformed": "MALFORMED_FUNCTION_CALL",
    "pause": "CONTINUATION",
    "cancelled": "OTHER",
    "error": "OTHER",
    "other": "OTHER",
}
STOPS_UNLIKE: Final[dict[StopReason, str]] = {
    "refusal": "this API knows filters, and no model that refuses",
    "context_window": "this API does not tell a full context from the bound that was asked for",
    "cancelled": "this API has no word for an answer that was cancelled",
    "error": "this API has no word for an answer that failed",
}

ANSWER: Final = frozenset(
    (
        "candidates",
        "createTime",
        "modelStatus",
        "modelVersion",
        "promptFeedback",
        "responseId",
        "usageMetadata",
    )
)
ANSWER_ENVELOPE: Final = ("createTime", "modelStatus", "usageMetadata")
"""What is kept as it stood: the first and last are also told in canonical words."""
CANDIDATE: Final = frozenset(
    (
        "avgLogprobs",
        "citationMetadata",
        "content",
        "finishMessage",
        "finishReason",
        "groundingMetadata",
        "index",
        "logprobsResult",
        "safetyRatings",
        "tokenCount",
        "urlContextMetadata",
        "continuationToken",
    )
)
CANDIDATE_ENVELOPE: Final = (
    "avgLogprobs",
    "citationMetadata",
    "finishMessage",
    "groundingMetadata",
    "logprobsResult",
    "tokenCount",
    "urlContextMetadata",
)
"""What is kept as it stood: sources and probabilities are also told in canonical words."""
CANDIDATE_NATIVE: Final = frozenset(("continuationToken",))
