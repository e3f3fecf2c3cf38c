"""The bodies of all recorded requests that a dialect of ours reads, and spellings of their places.

>>> recorded()[0].dialect
'anthropic_count_tokens'
"""

import base64
import gzip
import os
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import msgspec
import pytest
from tests.recorded.exchanges import DEFAULT_FOLDER

from detente.canonical.model import Dialect

DIALECTS: Final[dict[str, tuple[tuple[str, Dialect], ...]]] = {
    "anthropic-count-tokens": (("/v1/messages/count_tokens$", "anthropic_count_tokens"),),
    "anthropic-messages": (("/v1/messages$", "anthropic_messages"),),
    "bedrock-converse": (("/converse(-stream)?$", "bedrock_converse"),),
    "bedrock-invoke": (
        ("/count-tokens$", "bedrock_count_tokens"),
        ("anthropic.*/invoke(-with-response-stream)?$", "anthropic_messages"),
        ("embed.*/invoke$", "bedrock_embeddings"),
    ),
    "cohere-chat": (("/v2/chat$", "cohere_chat"),),
    "embeddings": (
        ("/api/embeddings$", "ollama_embeddings"),
        ("/v2/embed$", "cohere_embeddings"),
        ("/embeddings$", "openai_embeddings"),
    ),
    "gemini-aux": (
        (":countTokens$", "gemini_count_tokens"),
        (":(batchEmbedContents|predict)$", "gemini_embeddings"),
    ),
    "gemini-generate": ((":(stream)?[gG]enerateContent$", "gemini_generate"),),
    "ollama": (("/api/chat$", "ollama_chat"),),
    "openai-chat": (("/chat/completions$", "openai_chat"),),
    "openai-completions": (("/completions$", "openai_completions"),),
    "openai-responses": (("/responses$", "openai_responses"),),
    "openai-responses-aux": (
        ("/input_tokens$", "openai_input_tokens"),
        ("/compact$", "openai_responses"),
    ),
}
"""Which requests of a file are of which dialect, by how their paths end. What is left out (rerank,
generate of Ollama's, bodies of publishers that are not translated) no dialect of ours reads."""


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """One recorded request."""

    id: str
    dialect: Dialect
    body: bytes


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    path: str
    request: dict[str, object]


@cache
def recorded() -> tuple[Recorded, ...]:
    """Every one of them; skips the test where there are none, but in CI."""
    folder = DEFAULT_FOLDER
    if "DETENTE_RECORDED" in os.environ:
        folder = type(DEFAULT_FOLDER)(os.environ["DETENTE_RECORDED"])
    if not folder.is_dir():
        sentence = f"no recorded exchanges in {folder}; set DETENTE_RECORDED to their folder"
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    found: list[Recorded] = []
    for name, endings in DIALECTS.items():
        for text in gzip.decompress((folder / f"{name}.jsonl.gz").read_bytes()).splitlines():
            line = msgspec.json.decode(text, type=_Line)
            body = _body_of(line.request)
            if not _is_json(body):  # one was cut off by its recorder
                continue
            for path, dialect in endings:
                if re.search(path, line.path):
                    found.append(Recorded(id=line.id, dialect=dialect, body=body))
                    break
    return tuple(found)


def _is_json(body: bytes) -> bool:
    try:
        msgspec.json.decode(body)
    except msgspec.DecodeError:
        return False
    return True


def _body_of(request: dict[str, object]) -> bytes:
    if "base64" in request:
        return base64.b64decode(str(request["base64"]))
    return str(request.get("text", "")).encode()


def strings_of(value: Any, path: str = "") -> Iterator[tuple[str, str, bool]]:
    """Every string in `value` in order, with its path and whether it is a key."""
    kind = value.__class__
    if kind is dict:
        for key, inner in value.items():
            yield f"{path}.{key}", key, True
            yield from strings_of(inner, f"{path}.{key}")
    elif kind is list:
        for inner in value:
            yield from strings_of(inner, path + "[]")
    elif kind is str:
        yield path, value, False
