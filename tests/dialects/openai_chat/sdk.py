"""The official SDK, reading what the codec wrote: a client whose transport is a function."""

import json
from collections.abc import Iterable
from typing import Any

import httpx2
from openai import OpenAI
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from detente.canonical.events import Event
from detente.dialects.codec import Reply
from detente.dialects.openai_chat import CODEC


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


def read_response(body: bytes) -> ChatCompletion:
    """A whole answer as the SDK gives it to a program, and strictly valid."""
    ChatCompletion.model_validate(json.loads(body))
    return client_of(body, "application/json").chat.completions.create(model="m", messages=[])


def read_chunks(body: bytes, *, strict: bool = True) -> list[ChatCompletionChunk]:
    """The chunks that the SDK yields; strictly valid where they are not a compatible host's."""
    for _, data in cut(body):
        if data != "[DONE]" and strict:
            ChatCompletionChunk.model_validate(data)
    client = client_of(body, "text/event-stream")
    return list(client.chat.completions.create(model="m", messages=[], stream=True))


def read_stream(body: bytes, *, strict: bool = True) -> Any:
    """What the SDK's own helper makes of a stream: the completion at its end."""
    state: ChatCompletionStreamState[Any] = ChatCompletionStreamState()
    for chunk in read_chunks(body, strict=strict):
        state.handle_chunk(chunk)
    return state.current_completion_snapshot


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
        data = "\n".join(line[5:].strip() for line in lines if line.startswith("data:"))
        if data:
            found.append((name, data if data == "[DONE]" else json.loads(data)))
    return found
