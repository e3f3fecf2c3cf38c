"""Recorded exchanges with what their platforms billed: what every estimate is held to."""

import base64
from collections.abc import Iterator
from typing import Any

import msgspec
from tests.conftest import read_recorded

from detente.canonical.failure import ClientFault
from detente.canonical.model import Dialect
from detente.canonical.usage import Usage
from detente.dialects import RequestHead, spec_of

RECORDED: dict[str, tuple[Dialect, int]] = {
    "openai-chat": ("openai_chat", 380),
    "openai-responses": ("openai_responses", 210),
    "openai-completions": ("openai_completions", 40),
    "anthropic-messages": ("anthropic_messages", 215),
    "bedrock-converse": ("bedrock_converse", 120),
    "gemini-generate": ("gemini_generate", 225),
    "cohere-chat": ("cohere_chat", 15),
    "ollama": ("ollama_chat", 12),
    "embeddings": ("openai_embeddings", 30),
}
"""Each file's dialect, and how many of its exchanges have usage at least."""


class Billed(msgspec.Struct, frozen=True, kw_only=True):
    """One exchange: its request, and what was billed for it. `model` is as the client asks for it,
    the path where that names it."""

    body: bytes
    head: RequestHead
    usage: Usage
    model: str
    platform: str


def billed(name: str, dialect: Dialect) -> Iterator[Billed]:
    """All exchanges of that file which were answered and say what they cost; skips the test where
    there are no recordings."""
    for row in read_recorded(name):
        if row["response"]["status"] >= 300:
            continue
        body = _bytes(row["request"])
        try:
            head = spec_of(dialect).read_request(body)
        except ClientFault:  # another platform's form of the dialect
            continue
        usage = _usage(head, _bytes(row["response"]), dialect, row["stream"])
        if usage is not None and usage.input_tokens:
            model = head.model or row["path"]
            yield Billed(body=body, head=head, usage=usage, model=model, platform=row["platform"])


def _usage(head: RequestHead, answer: bytes, dialect: Dialect, stream: bool) -> Usage | None:
    spec = spec_of(dialect)
    if not stream:
        return spec.read_usage(answer)
    tap = spec.tap(head)
    tap.feed(answer)
    tap.close()
    return tap.usage


def _bytes(message: dict[str, Any]) -> bytes:
    text = message.get("text")
    return text.encode() if text is not None else base64.b64decode(message.get("base64") or "")
