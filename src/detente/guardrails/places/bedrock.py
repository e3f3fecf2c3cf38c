"""Converse, Bedrock's embeddings and its count of tokens: what in them is not content.

From the service model of Amazon's own client (botocore 1.44, read 2026-11-21); publishers' bodies
of embeddings from Amazon's user guide (read 2026-11-21).
"""

from typing import Final

from detente.guardrails.places.anthropic import MESSAGES
from detente.guardrails.places.cohere import EMBED
from detente.guardrails.places.place import (
    AUDIO,
    CACHE,
    DOCUMENT,
    ENCRYPTED_REASONING,
    IMAGE,
    LINK,
    MODEL,
    SIGNATURE,
    VIDEO,
    Blob,
    Place,
    Shape,
    content,
    ids,
    shape,
    words,
)
from detente.guardrails.places.schema import SCHEMA

_TEXT: Final = shape(content("text"))
_S3: Final = shape(ids("bucketOwner"), {"uri": LINK})


def _media(blob: Blob) -> Shape:
    """A medium by its bytes or where it lies; a document may be text."""
    source = shape(content("text"), {"bytes": blob, "s3Location": _S3, "content": _TEXT})
    return shape(
        words("format", "detailLevel", "embeddingMode"),
        content("name", "context"),
        {
            "source": source,
            "citations": shape(words("enabled")),
            "error": shape(content("message")),
        },
    )


_LOCATION: Final = shape(
    {
        "web": shape(content("url", "domain")),
        **{
            name: shape(words("documentIndex", "searchResultIndex", "start", "end"))
            for name in ("documentChar", "documentPage", "documentChunk", "searchResultLocation")
        },
    }
)
_CITED: Final = shape(
    content("title", "source"), words("enabled"), {"sourceContent": _TEXT, "location": _LOCATION}
)
_GUARDED: Final = shape(
    {"text": shape(words("qualifiers"), content("text")), "image": _media(IMAGE)}
)
_NAMED_TOOL: Final = shape({"tool": shape(words("type", "name", "serverName"))})


def _block() -> Shape:
    """A block is one thing; a tool's result holds blocks."""
    members: dict[str, Place] = {
        **content("text", "json"),
        "image": _media(IMAGE),
        "document": _media(DOCUMENT),
        "video": _media(VIDEO),
        "audio": _media(AUDIO),
        "toolUse": shape(ids("toolUseId"), words("name", "type"), content("input")),
        "guardContent": _GUARDED,
        "cachePoint": CACHE,
        "reasoningContent": shape(
            {
                "reasoningText": shape(content("text"), {"signature": SIGNATURE}),
                "redactedContent": ENCRYPTED_REASONING,
            }
        ),
        "citationsContent": shape({"content": _TEXT, "citations": _CITED}),
        "searchResult": shape(content("source", "title"), {"content": _TEXT, "citations": _CITED}),
        "toolAddition": _NAMED_TOOL,
        "toolRemoval": _NAMED_TOOL,
    }
    block = Shape(members=members, closed=True)
    members["toolResult"] = shape(ids("toolUseId"), words("status", "type"), {"content": block})
    return block


_BLOCK: Final = _block()
_TOOL: Final = Shape(
    members={
        "toolSpec": shape(
            words("name", "strict"),
            content("description"),
            {"inputSchema": shape({"json": SCHEMA})},
        ),
        "systemTool": shape(words("name")),
        "cachePoint": CACHE,
    },
    closed=True,
)
_OUTPUT: Final = shape(
    words("effort"),
    {
        "textFormat": shape(
            words("type"),
            {
                "structure": shape(
                    {"jsonSchema": shape(words("name"), content("schema", "description"))}
                )
            },
        )
    },
)
CONVERSE: Final = shape(
    content("additionalModelRequestFields", "promptVariables", "requestMetadata"),
    ids("additionalModelResponseFieldPaths"),
    {
        "modelId": MODEL,
        "messages": shape(words("role"), {"content": _BLOCK}),
        "system": _BLOCK,
        "inferenceConfig": shape(
            words("maxTokens", "temperature", "topP"), content("stopSequences")
        ),
        "toolConfig": shape(
            {
                "tools": _TOOL,
                "toolChoice": shape(
                    {"auto": shape(), "any": shape(), "tool": shape(words("name"))}
                ),
            }
        ),
        "guardrailConfig": shape(
            ids("guardrailIdentifier"), words("guardrailVersion", "trace", "streamProcessingMode")
        ),
        "performanceConfig": shape(words("latency")),
        "serviceTier": shape(words("type")),
        "outputConfig": _OUTPUT,
    },
)
COUNT: Final = shape(
    {
        "input": shape(
            {
                "converse": CONVERSE,
                "invokeModel": shape({"body": Blob(kind="encoded", inner=MESSAGES)}),
            }
        )
    }
)
_NOVA: Final = shape(
    words("embeddingPurpose", "embeddingDimension"),
    {
        "text": shape(
            words("truncationMode"), content("value"), {"source": shape({"s3Location": _S3})}
        ),
        "image": _media(IMAGE),
        "audio": _media(AUDIO),
        "video": _media(VIDEO),
    },
)
EMBEDDINGS: Final = shape(
    EMBED.members,
    words("dimensions", "normalize", "embeddingTypes", "schemaVersion", "taskType"),
    content("inputText"),
    {
        "inputImage": IMAGE,
        "embeddingConfig": shape(words("outputEmbeddingLength")),
        "singleEmbeddingParams": _NOVA,
    },
)
