"""The official SDK, reading what the codec wrote: a client whose transport is a function."""

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

import httpx
from google import genai
from google.genai import types

from detente.canonical.events import Event
from detente.dialects.codec import Reply
from detente.dialects.gemini_generate import CODEC


class Wire:
    """What the client sent last, and what it is answered with."""

    answer: bytes = b""
    status: int = 200
    body: bytes = b""
    target: bytes = b""


@cache
def _client() -> tuple[genai.Client, Wire]:
    """One client for all: making one takes a tenth of a second."""
    wire = Wire()

    def answer(request: httpx.Request) -> httpx.Response:
        wire.body, wire.target = request.content, request.url.raw_path
        headers = {"content-type": "application/json"}
        return httpx.Response(wire.status, content=wire.answer, headers=headers)

    transport = httpx.Client(transport=httpx.MockTransport(answer))
    options = types.HttpOptions(base_url="http://127.0.0.1", httpx_client=transport)
    return genai.Client(api_key="unused", http_options=options), wire


def client_of(body: bytes, *, status: int = 200) -> tuple[genai.Client, Wire]:
    """The client, answered with `body` from now on, whatever it asks."""
    client, wire = _client()
    wire.answer, wire.status = body, status
    return client, wire


def read_response(body: bytes) -> types.GenerateContentResponse:
    """A whole answer as the SDK gives it to a program."""
    client, _ = client_of(body)
    return client.models.generate_content(model="m", contents="hi")  # pyright: ignore[reportUnknownMemberType] -- its images have no types


def read_stream(body: bytes) -> list[types.GenerateContentResponse]:
    """The chunks of a stream as the SDK gives them to a program."""
    client, _ = client_of(body)
    return list(client.models.generate_content_stream(model="m", contents="hi"))  # pyright: ignore[reportUnknownMemberType] -- as above


def said(answers: Iterable[types.GenerateContentResponse]) -> dict[str, Any]:
    """What a program reads of the first candidate: words, thoughts, calls, reason, counts."""
    found: dict[str, Any] = {"text": "", "thought": "", "calls": [], "stop": None, "tokens": None}
    for answer in answers:
        for candidate in (answer.candidates or [])[:1]:
            for part in (candidate.content and candidate.content.parts) or []:
                if part.function_call is not None:
                    call = part.function_call
                    found["calls"].append((call.id, call.name, call.args))
                elif part.text:
                    found["thought" if part.thought else "text"] += part.text
            found["stop"] = candidate.finish_reason or found["stop"]
        if answer.usage_metadata is not None:
            found["tokens"] = answer.usage_metadata.total_token_count or 0
    return found


def written(events: Iterable[Event], reply: Reply | None = None) -> bytes:
    """`events` as a stream; nothing of them may be lost."""
    encoder = CODEC.stream_encoder(reply or Reply(now_s=7))
    body = encoder.feed(list(events))
    assert encoder.losses == []
    return body


def cut(body: bytes) -> list[tuple[str, Any]]:
    """A stream as (event name, JSON), read by no code of ours."""
    found: list[tuple[str, Any]] = []
    for block in body.decode().replace("\r\n", "\n").split("\n\n"):
        if block:
            assert block.startswith("data: "), block[:20]
            assert "\n" not in block
            found.append(("", json.loads(block[6:])))
    return found
