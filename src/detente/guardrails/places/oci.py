"""Oracle Cloud's chat, in each of its three formats: what in it is not content.

From the models of the official client (oci 2.189, read 2026-11-22).
"""

from typing import Final

from detente.guardrails.places.openai_chat import BIASES
from detente.guardrails.places.place import (
    AUDIO,
    DOCUMENT,
    IMAGE,
    MODEL,
    VIDEO,
    WORD,
    Keyed,
    Place,
    Shape,
    content,
    ids,
    shape,
    words,
)
from detente.guardrails.places.schema import SCHEMA


def _linked(place: Place) -> Shape:
    return shape(words("detail"), {"url": place}, lone=place)


_PART: Final = Shape(
    members={
        **words("type"),
        **content("text", "thinking", "document"),
        "imageUrl": _linked(IMAGE),
        "audioUrl": _linked(AUDIO),
        "videoUrl": _linked(VIDEO),
        "documentUrl": _linked(DOCUMENT),
    },
    kinds=frozenset(
        (
            *("TEXT", "IMAGE", "IMAGE_URL", "AUDIO", "VIDEO", "DOCUMENT", "THINKING"),
            *("text", "image", "image_url"),
        )
    ),
)
_CITED: Final = shape(
    words("type", "start", "end", "startIndex", "endIndex", "contentIndex"),
    content("text", "sources", "documentIds"),
    {"urlCitation": shape(words("startIndex", "endIndex"), content("title", "url"))},
)
_CALL: Final = shape(
    ids("id"),
    words("type", "name"),
    content("arguments", "parameters"),
    {"function": shape(words("name"), content("arguments"))},
)
_RESULT: Final = shape(content("outputs"), {"call": _CALL})
_MESSAGE: Final = shape(
    words("role"),
    ids("toolCallId"),
    content("name", "refusal", "reasoningContent", "toolPlan", "message"),
    {
        "content": _PART,
        "toolCalls": _CALL,
        "toolResults": _RESULT,
        "annotations": _CITED,
        "citations": _CITED,
    },
)
_DECLARED: Final = shape(words("name", "strict"), content("description"), {"parameters": SCHEMA})
_TOOL: Final = shape(
    _DECLARED.members,
    words("type"),
    {
        "function": _DECLARED,
        "parameterDefinitions": Keyed(
            place=shape(words("type", "isRequired"), content("description"))
        ),
    },
)
_FORMAT: Final = shape(
    words("type"),
    {
        "schema": SCHEMA,
        "jsonSchema": shape(words("name", "isStrict"), content("description"), {"schema": SCHEMA}),
    },
)
_REQUEST: Final = shape(
    words(
        *("apiFormat", "reasoningEffort", "verbosity", "isStream", "numGenerations", "seed"),
        *("isEcho", "topK", "topP", "temperature", "frequencyPenalty", "presencePenalty"),
        *("logProbs", "maxTokens", "maxCompletionTokens", "isParallelToolCalls", "serviceTier"),
        *("isSearchQueriesOnly", "maxInputTokens", "promptTruncation", "isForceSingleStep"),
        *("isRawPrompting", "citationQuality", "safetyMode", "isStrictToolsEnabled", "toolsChoice"),
        *("isLogProbsEnabled", "priority"),
    ),
    content(
        *("stop", "stopSequences", "metadata", "documents", "message", "preambleOverride"),
    ),
    {
        "messages": _MESSAGE,
        "chatHistory": _MESSAGE,
        "streamOptions": shape(words("isIncludeUsage")),
        "logitBias": BIASES,
        "prediction": shape(words("type"), {"content": _PART}),
        "responseFormat": _FORMAT,
        "toolChoice": shape(words("type", "name"), {"function": shape(words("name"))}, lone=WORD),
        "tools": _TOOL,
        "toolResults": _RESULT,
        "webSearchOptions": shape(words("searchContextSize"), content("userLocation")),
        "citationOptions": shape(words("mode")),
        "thinking": shape(words("type", "tokenBudget")),
    },
)
CHAT: Final = shape(
    ids("compartmentId"),
    {
        "servingMode": shape(words("servingType"), ids("endpointId"), {"modelId": MODEL}),
        "chatRequest": _REQUEST,
    },
)
