"""The tables against the official client's service model: a word that it learns is noticed here."""

from typing import get_args

from detente.canonical.content import MediaKind
from detente.canonical.response import StopReason
from detente.dialects.bedrock_converse import words
from tests.dialects.bedrock_converse.shapes import shapes


def members(shape: str) -> set[str]:
    return set(shapes()[shape]["members"])


def test_every_reason_to_stop() -> None:
    assert set(words.STOPS) == set(shapes()["StopReason"]["enum"])
    assert set(words.STOP_WORDS) == set(get_args(StopReason))
    assert set(words.STOP_WORDS.values()) <= set(words.STOPS)


def test_every_format() -> None:
    names: dict[MediaKind, str] = {
        "image": "ImageFormat",
        "document": "DocumentFormat",
        "video": "VideoFormat",
        "audio": "AudioFormat",
    }
    for kind, name in names.items():
        assert set(words.MEDIA_TYPES[kind]) == set(shapes()[name]["enum"])
    assert set(words.MEDIA_TYPES) == set(get_args(MediaKind))


def test_every_member() -> None:
    assert members("ConverseRequest") - {"modelId"} == words.REQUEST
    assert members("ConverseStreamRequest") == members("ConverseRequest")
    for known, shape in (
        (words.RESPONSE, "ConverseResponse"),
        (words.INFERENCE, "InferenceConfiguration"),
        (words.MESSAGE, "Message"),
        (words.TOOL_SPEC, "ToolSpecification"),
        (words.DOCUMENT, "DocumentBlock"),
        (words.TOOL_USE, "ToolUseBlock"),
        (words.TOOL_RESULT, "ToolResultBlock"),
        (words.REASONING_TEXT, "ReasoningTextBlock"),
        (words.CITATIONS_CONTENT, "CitationsContentBlock"),
        (words.CITATION, "Citation"),
        (words.CACHE_POINT, "CachePointBlock"),
        (words.JSON_SCHEMA, "JsonSchemaDefinition"),
    ):
        assert known == members(shape), shape
    assert members("ImageBlock") - {"error"} == words.IMAGE
    assert members("TokenUsage") < words.USAGE
    assert set(words.LIFETIMES) == set(shapes()["CacheTTL"]["enum"])
