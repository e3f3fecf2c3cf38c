"""The official SDK, reading what the codec wrote: a client whose transport is a function."""

import json
from collections.abc import Iterable
from typing import Any

import httpx2
from openai import OpenAI
from openai.types.responses import Response

from detente.canonical.events import Event
from detente.dialects.codec import Reply
from detente.dialects.openai_responses import CODEC


def client_of(body: bytes, content_type: str) -> OpenAI:
    """A client that is answered with `body`, whatever it asks."""

    def answer(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, content=body, headers={"content-type": content_type})

    return OpenAI(
        api_key="unused",
        base_url="http://127.0.0.1/v1",
        max_retries=0,
        http_client=httpx2.Client(transport=httpx2.MockTransport(answer)),
    )


def read_response(body: bytes) -> Response:
    """A whole response as the SDK gives it to a program, and strictly valid."""
    Response.model_validate(json.loads(body))
    return client_of(body, "application/json").responses.create(model="m", input="i")


def read_stream(body: bytes) -> tuple[list[Any], Any]:
    """The events that `responses.stream()` yields, and its final response (None without one)."""
    client = client_of(body, "text/event-stream")
    with client.responses.stream(model="m", input="i") as stream:
        events = list(stream)
        try:
            return events, stream.get_final_response()
        except RuntimeError:
            return events, None


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
        lines = [line for line in block.split("\n") if not line.startswith(":")]
        name = "".join(line[6:].strip() for line in lines if line.startswith("event:"))
        data = [line[5:].strip() for line in lines if line.startswith("data:")]
        if data:
            found.append((name, json.loads("\n".join(data))))
    return found
