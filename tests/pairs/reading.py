"""Bytes of an answer, read by the official SDK of their dialect with no network between.

One client of each SDK, whose transport gives what it is told to give; nothing is retried.

>>> READERS["gemini_generate"]().whole(b'{"candidates": []}')
Told(text='', calls=(), stop=None, refusal='', reasoning='', usage=None)
"""

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import anthropic
import httpx
import httpx2
import openai
from anthropic.lib.bedrock import AnthropicBedrock
from anthropic.types import Message
from google import genai
from google.genai import types as genai_types
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletion
from openai.types.responses import Response

from detente.canonical.model import Dialect
from tests.dialects.bedrock_converse import boto
from tests.pairs.asking import (
    ask_chat,
    ask_gemini,
    ask_messages,
    ask_responses,
    stream_chat,
    stream_gemini,
    stream_messages,
    stream_responses,
)
from tests.pairs.told import Told, from_chat, from_converse
from tests.pairs.told_streamed import from_converse_events

URL = "http://127.0.0.1:9"


@dataclass
class Given:
    """What a client's next answer is."""

    body: bytes = b""
    content_type: str = ""

    def http2(self, _: httpx2.Request) -> httpx2.Response:
        """The answer, to the transport of OpenAI's and Anthropic's clients."""
        headers = {"content-type": self.content_type}
        return httpx2.Response(200, headers=headers, content=self.body)

    def http(self, _: httpx.Request) -> httpx.Response:
        """The answer, to the transport of Google's client."""
        headers = {"content-type": self.content_type}
        return httpx.Response(200, headers=headers, content=self.body)

    def set(self, body: bytes, content_type: str) -> None:
        """Answer so from now on."""
        self.body, self.content_type = body, content_type


@dataclass(frozen=True, kw_only=True)
class Reader:
    """How one SDK reads a whole answer and a stream.

    `strict` checks a whole answer, or each event of a stream, against the SDK's types, which it
    does not do itself: platforms may say more or less than these, what is written here may not.
    """

    whole: Callable[[bytes], Told]
    streamed: Callable[[bytes], Told]
    check: Callable[[bytes], None] = field(default=lambda _: None)
    check_stream: Callable[[bytes], None] = field(default=lambda _: None)


@functools.cache
def _chat() -> Reader:
    given = Given()
    client = _openai(given)

    def whole(body: bytes) -> Told:
        given.set(body, "application/json")
        return ask_chat(client, "m")

    def streamed(body: bytes) -> Told:
        given.set(body, "text/event-stream")
        return stream_chat(client, "m")

    def check_stream(body: bytes) -> None:
        """The SDK's own helper adds the chunks up, and to the same."""
        given.set(body, "text/event-stream")
        state: ChatCompletionStreamState[Any] = ChatCompletionStreamState()
        for chunk in client.chat.completions.create(model="m", messages=[], stream=True):
            type(chunk).model_validate(chunk.to_dict())
            state.handle_chunk(chunk)
        told = from_chat(state.current_completion_snapshot)
        assert told == streamed(body), "the helper adds up to something else"

    def check(body: bytes) -> None:
        ChatCompletion.model_validate(json.loads(body))

    return Reader(whole=whole, streamed=streamed, check=check, check_stream=check_stream)


@functools.cache
def _responses() -> Reader:
    given = Given()
    client = _openai(given)

    def whole(body: bytes) -> Told:
        given.set(body, "application/json")
        return ask_responses(client, "m")

    def streamed(body: bytes) -> Told:
        given.set(body, "text/event-stream")
        return stream_responses(client, "m")

    def check_stream(body: bytes) -> None:
        """The SDK's own helper follows the events, and ends with the same response."""
        given.set(body, "text/event-stream")
        with client.responses.stream(model="m", input="") as stream:
            for event in stream:
                if event.type == "response.completed":
                    Response.model_validate(event.response.to_dict())

    def check(body: bytes) -> None:
        Response.model_validate(json.loads(body))

    return Reader(whole=whole, streamed=streamed, check=check, check_stream=check_stream)


def _openai(given: Given) -> openai.OpenAI:
    transport = httpx2.Client(transport=httpx2.MockTransport(given.http2))
    return openai.OpenAI(api_key="k", base_url=URL, max_retries=0, http_client=transport)


@functools.cache
def _messages() -> Reader:
    given = Given()
    transport = httpx2.MockTransport(given.http2)
    http = anthropic.DefaultHttpxClient(transport=transport)
    client = anthropic.Anthropic(api_key="k", base_url=URL, http_client=http, max_retries=0)
    return _of_messages(client, given, "text/event-stream")


@functools.cache
def invoked() -> Reader:
    """Answers of Bedrock's InvokeModel, by Anthropic's own client for it."""
    given = Given()
    transport = httpx2.MockTransport(given.http2)
    client = AnthropicBedrock(
        aws_access_key="a",
        aws_secret_key="s",
        aws_region="us-east-1",
        base_url=URL,
        http_client=anthropic.DefaultHttpxClient(transport=transport),
        max_retries=0,
    )
    return _of_messages(client, given, "application/vnd.amazon.eventstream")


def _of_messages(
    client: anthropic.Anthropic | AnthropicBedrock, given: Given, stream_type: str
) -> Reader:
    def whole(body: bytes) -> Told:
        given.set(body, "application/json")
        return ask_messages(client, "m")

    def streamed(body: bytes) -> Told:
        given.set(body, stream_type)
        return stream_messages(client, "m")

    def check(body: bytes) -> None:
        Message.model_validate(json.loads(body))

    return Reader(whole=whole, streamed=streamed, check=check)


@functools.cache
def _gemini() -> Reader:
    given = Given()
    http = httpx.Client(transport=httpx.MockTransport(given.http))
    options = genai_types.HttpOptions(base_url=URL, httpx_client=http)
    client: Any = genai.Client(api_key="k", http_options=options)

    def whole(body: bytes) -> Told:
        given.set(body, "application/json")
        return ask_gemini(client, "m")

    def streamed(body: bytes) -> Told:
        given.set(body, "text/event-stream")
        return stream_gemini(client, "m")

    return Reader(whole=whole, streamed=streamed)


@functools.cache
def _converse() -> Reader:
    return Reader(
        whole=lambda body: from_converse(boto.converse(body)),
        streamed=lambda body: from_converse_events(boto.converse_stream(body)),
    )


READERS: dict[Dialect, Callable[[], Reader]] = {
    "openai_chat": _chat,
    "openai_responses": _responses,
    "anthropic_messages": _messages,
    "gemini_generate": _gemini,
    "bedrock_converse": _converse,
}
