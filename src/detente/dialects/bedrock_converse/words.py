"""The words of Converse: formats of media, reasons to stop, members of its objects.

Not code: tables, taken from the service model of Amazon's own clients (botocore, 2026-11).

>>> STOPS["tool_use"]
'tool_calls'
"""

from typing import Final

from detente.canonical.content import CacheLifetime, MediaKind
from detente.canonical.model import Dialect
from detente.canonical.response import StopReason

DIALECT: Final[Dialect] = "bedrock_converse"

STOPS: Final[dict[str, StopReason]] = {
    "end_turn": "end",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "stop_sequence": "stop_sequence",
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
    "malformed_model_output": "malformed",
    "malformed_tool_use": "malformed",
    "model_context_window_exceeded": "context_window",
}
DETAILED_STOPS: Final = frozenset(
    ("guardrail_intervened", "content_filtered", "malformed_model_output", "malformed_tool_use")
)
"""Words of which two mean one reason: the word itself is told as the detail."""

STOP_WORDS: Final[dict[StopReason, str]] = {
    "end": "end_turn",
    "tool_calls": "tool_use",
    "length": "max_tokens",
    "stop_sequence": "stop_sequence",
    "content_filter": "guardrail_intervened",
    "malformed": "malformed_model_output",
    "context_window": "model_context_window_exceeded",
    "refusal": "content_filtered",
    "pause": "end_turn",
    "cancelled": "end_turn",
    "error": "end_turn",
    "other": "end_turn",
}
INEXACT_STOPS: Final = frozenset(("refusal", "pause", "cancelled", "error", "other"))
"""Reasons for which Converse has no word of its own."""

IMAGES: Final = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
}
DOCUMENTS: Final = {
    "pdf": "application/pdf",
    "csv": "text/csv",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html",
    "txt": "text/plain",
    "md": "text/markdown",
}
VIDEOS: Final = {
    "mp4": "video/mp4",
    "mkv": "video/x-matroska",
    "mov": "video/quicktime",
    "webm": "video/webm",
    "flv": "video/x-flv",
    "mpeg": "video/mpeg",
    "mpg": "video/mpeg",
    "wmv": "video/x-ms-wmv",
    "three_gp": "video/3gpp",
}
SOUNDS: Final = {
    "mp3": "audio/mpeg",
    "opus": "audio/opus",
    "wav": "audio/wav",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "mp4": "audio/mp4",
    "ogg": "audio/ogg",
    "mka": "audio/x-matroska",
    "mkv": "audio/x-matroska",
    "x-aac": "audio/x-aac",
    "m4a": "audio/x-m4a",
    "mpeg": "audio/mpeg",
    "mpga": "audio/mpeg",
    "pcm": "audio/pcm",
    "webm": "audio/webm",
}
MEDIA_TYPES: Final[dict[MediaKind, dict[str, str]]] = {
    "image": IMAGES,
    "document": DOCUMENTS,
    "video": VIDEOS,
    "audio": SOUNDS,
}
"""The media type that each format stands for; of several formats of one type the first is it."""

SYNONYMS: Final[dict[str, str]] = {
    "image/jpg": "jpeg",
    "image/pjpeg": "jpeg",
    "image/x-png": "png",
    "application/x-pdf": "pdf",
    "text/x-markdown": "md",
    "application/csv": "csv",
    "application/xhtml+xml": "html",
    "audio/mp3": "mp3",
    "audio/x-wav": "wav",
    "audio/wave": "wav",
    "audio/vnd.wave": "wav",
    "audio/x-flac": "flac",
    "audio/m4a": "m4a",
    "audio/l16": "pcm",
    "application/ogg": "ogg",
    "video/mpg": "mpeg",
}


def _formats(table: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for word, media_type in table.items():
        found.setdefault(media_type, word)
    return found


FORMATS: Final[dict[MediaKind, dict[str, str]]] = {
    kind: _formats(table) for kind, table in MEDIA_TYPES.items()
}
"""The format that a media type is written as."""

LIFETIMES: Final[dict[str, CacheLifetime]] = {"5m": "5m", "1h": "1h"}

TOOL_CALL_TYPES: Final = (None, "tool_use")
"""A `toolUse` of another type (`server_tool_use`) was made and answered by the platform itself."""

REQUEST: Final = frozenset(
    (
        "messages",
        "system",
        "inferenceConfig",
        "toolConfig",
        "guardrailConfig",
        "additionalModelRequestFields",
        "promptVariables",
        "additionalModelResponseFieldPaths",
        "requestMetadata",
        "performanceConfig",
        "serviceTier",
        "outputConfig",
    )
)
INFERENCE: Final = frozenset(("maxTokens", "temperature", "topP", "stopSequences"))
MESSAGE: Final = frozenset(("role", "content"))
TOOL_SPEC: Final = frozenset(("name", "description", "inputSchema", "strict"))
IMAGE: Final = frozenset(("format", "source"))
DOCUMENT: Final = frozenset(("format", "name", "source", "context", "citations"))
TOOL_USE: Final = frozenset(("toolUseId", "name", "input", "type"))
TOOL_RESULT: Final = frozenset(("toolUseId", "content", "status", "type"))
REASONING_TEXT: Final = frozenset(("text", "signature"))
CITATIONS_CONTENT: Final = frozenset(("content", "citations"))
CITATION: Final = frozenset(("title", "source", "sourceContent", "location"))
CACHE_POINT: Final = frozenset(("type", "ttl"))
JSON_SCHEMA: Final = frozenset(("schema", "name", "description"))
RESPONSE: Final = frozenset(
    (
        "output",
        "stopReason",
        "usage",
        "metrics",
        "additionalModelResponseFields",
        "trace",
        "performanceConfig",
        "serviceTier",
    )
)
USAGE: Final = frozenset(
    (
        "inputTokens",
        "outputTokens",
        "totalTokens",
        "cacheReadInputTokens",
        "cacheWriteInputTokens",
        "cacheDetails",
        "cacheReadInputTokenCount",
        "cacheWriteInputTokenCount",
        "serverToolUsage",
    )
)
"""The last three are said by the service, not by its model: twins of counts, an empty object."""
