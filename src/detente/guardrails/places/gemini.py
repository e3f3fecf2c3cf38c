"""Google's API for content, its embeddings and its count of tokens: what in them is not content.

From the types of the official client (google-genai 3.4, read 2026-11-21), whose bodies mix camel
case and snake case.
"""

from typing import Final

from detente.guardrails.places.place import (
    FREE,
    HISTORY,
    IMAGE,
    LINK,
    MEDIA,
    MODEL,
    SIGNATURE,
    STORED,
    VIDEO,
    WORD,
    Place,
    Shape,
    content,
    ids,
    in_both_cases,
    words,
)
from detente.guardrails.places.place import shape as _shape
from detente.guardrails.places.schema import SCHEMA


def _both(*parts: dict[str, Place], lone: Place = FREE) -> Shape:
    return _shape(*[in_both_cases(part) for part in parts], lone=lone)


_BLOB: Final = _both(words("mimeType"), content("displayName"), {"data": MEDIA})
_FILE: Final = _both(words("mimeType"), content("displayName"), {"fileUri": LINK})


def _part() -> Shape:
    """A part is one thing; a function's result holds parts."""
    members: dict[str, Place] = {}
    part = Shape(members=members, closed=True)
    result = _both(
        words("name", "scheduling", "willContinue"),
        ids("id"),
        content("response"),
        {"parts": part},
    )
    hosted = _both(words("toolType"), ids("id"), content("args", "response"))
    members.update(
        in_both_cases(
            {
                **words("thought"),
                **content("text", "partMetadata", "audioTranscription"),
                **dict.fromkeys(_NOTES, _both(words("startOffset", "endOffset", "fps"))),
                "inlineData": _BLOB,
                "fileData": _FILE,
                "functionCall": _both(
                    words("name", "willContinue"), ids("id"), content("args", "partialArgs")
                ),
                "functionResponse": result,
                "thoughtSignature": SIGNATURE,
                "mediaResolution": _both(words("level", "numTokens"), lone=WORD),
                "executableCode": _both(words("language"), ids("id"), content("code")),
                "codeExecutionResult": _both(words("outcome"), ids("id"), content("output")),
                "toolCall": hosted,
                "toolResponse": hosted,
            }
        )
    )
    return part


_NOTES: Final = (
    *("videoMetadata", "audioMetadata", "documentMetadata", "spreadsheetMetadata"),
    *("mediaProcessing", "speechMetadata"),
)
"""About a medium: which part of it is meant, how it was recorded."""
_CONTENT: Final = _both(words("role"), {"parts": _part()})
_DECLARATION: Final = _both(
    words("name", "behavior"),
    content("description"),
    dict.fromkeys(("parameters", "parametersJsonSchema", "response", "responseJsonSchema"), SCHEMA),
)
_TOOL: Final = _both(
    content(
        *("googleSearch", "googleSearchRetrieval", "googleMaps", "codeExecution", "computerUse"),
        *("urlContext", "enterpriseWebSearch", "mcpServers", "exaAiSearch", "parallelAiSearch"),
    ),
    {
        "functionDeclarations": _DECLARATION,
        "retrieval": STORED,
        "fileSearch": _both(
            words("topK"), content("metadataFilter"), {"fileSearchStoreNames": STORED}
        ),
    },
)
_CONFIG: Final = _both(
    words(
        *("candidateCount", "frequencyPenalty", "logprobs", "maxOutputTokens", "presencePenalty"),
        *("responseLogprobs", "responseMimeType", "responseModalities", "seed", "temperature"),
        *("topK", "topP", "audioTimestamp", "mediaResolution", "enableAffectiveDialog"),
        "enableEnhancedCivicAnswers",
    ),
    content("stopSequences", "speechConfig"),
    {
        "responseSchema": SCHEMA,
        "responseJsonSchema": SCHEMA,
        "thinkingConfig": _both(words("includeThoughts", "thinkingBudget", "thinkingLevel")),
        "imageConfig": _both(words("imageSize", "outputMimeType"), ids("aspectRatio")),
    },
)

GENERATE: Final = _both(
    words("serviceTier", "store"),
    content("labels"),
    {
        "model": MODEL,
        "contents": _CONTENT,
        "systemInstruction": _CONTENT,
        "tools": _TOOL,
        "toolConfig": _both(
            words("includeServerSideToolInvocations"),
            content("retrievalConfig"),
            {
                "functionCallingConfig": _both(
                    words("mode", "allowedFunctionNames", "streamFunctionCallArguments")
                )
            },
        ),
        "generationConfig": _CONFIG,
        "safetySettings": _both(words("category", "threshold", "method")),
        "modelArmorConfig": _both(ids("promptTemplateName", "responseTemplateName")),
        "cachedContent": STORED,
        "continuationToken": HISTORY,
    },
)
COUNT: Final = _both(dict(GENERATE.members), {"generateContentRequest": GENERATE})

_SETTINGS: Final = words("taskType", "outputDimensionality", "autoTruncate", "mimeType")
_EMBED_MEMBERS: Final[dict[str, Place]] = {
    **_SETTINGS,
    **content("title", "text"),
    "model": MODEL,
    "content": _CONTENT,
    "embedContentConfig": _both(
        _SETTINGS, words("documentOcr", "audioTrackExtraction"), content("title")
    ),
    "image": _both(words("mimeType"), {"bytesBase64Encoded": IMAGE, "gcsUri": LINK}),
    "video": _both(
        words("mimeType"),
        content("videoSegmentConfig"),
        {"bytesBase64Encoded": VIDEO, "gcsUri": LINK},
    ),
}
_EMBED: Final = _both(_EMBED_MEMBERS)
EMBEDDINGS: Final = _both(
    _EMBED_MEMBERS,
    {"requests": _EMBED, "instances": _EMBED, "parameters": _both(_SETTINGS, words("dimension"))},
)
