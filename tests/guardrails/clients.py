"""What the official client of every dialect makes of an answer, with no network between.

>>> clients()["ollama_chat"].error(403, b'{"error": "no"}')
(403, 'no')
"""

import functools
import importlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import anthropic
import cohere
import httpx
import httpx2
import ollama
import openai
from cohere.core.api_error import ApiError
from google import genai
from google.genai import errors as google_errors
from google.genai import types as google_types
from tests.dialects.bedrock_converse import boto
from tests.dialects.oci_chat import bodies
from tests.pairs.cohere_talk import from_cohere, from_cohere_events
from tests.pairs.completions_talk import from_completions
from tests.pairs.ollama_talk import from_ollama
from tests.pairs.reading import READERS, URL
from tests.pairs.told import Told

from detente.canonical.model import Dialect

Error = tuple[int, str]
ServiceError: Any = importlib.import_module("oci.exceptions").ServiceError
MESSAGES: Any = [{"role": "user", "content": "hi"}]
OCI_STOPS = {"content_filter": "content_filter", "stop": "end", "tool_calls": "tool_calls"}


@dataclass(frozen=True, kw_only=True)
class Client:
    """What a client is told by a whole answer, by a stream, and by an error (status, sentence)."""

    whole: Callable[[bytes], Told]
    streamed: Callable[[bytes], Told]
    error: Callable[[int, bytes], Error]


def _openai(status: int, body: bytes, kind: str = "application/json") -> Any:
    answer = httpx2.Response(status, headers={"content-type": kind}, content=body)
    transport = httpx2.Client(transport=httpx2.MockTransport(lambda _: answer))
    return openai.OpenAI(api_key="k", base_url=URL, max_retries=0, http_client=transport)


def _openai_error(ask: Callable[[Any], object]) -> Callable[[int, bytes], Error]:
    def read(status: int, body: bytes) -> Error:
        try:
            ask(_openai(status, body))
        except openai.APIStatusError as error:
            told: Any = error.body
            return error.status_code, told["message"]
        raise AssertionError("no error was raised")

    return read


def _messages_error(status: int, body: bytes) -> Error:
    headers = {"content-type": "application/json"}
    answer = httpx2.Response(status, headers=headers, content=body)
    http = anthropic.DefaultHttpxClient(transport=httpx2.MockTransport(lambda _: answer))
    client = anthropic.Anthropic(api_key="k", base_url=URL, http_client=http, max_retries=0)
    try:
        client.messages.create(model="m", max_tokens=9, messages=MESSAGES)
    except anthropic.APIStatusError as error:
        told: Any = error.body
        return error.status_code, told["error"]["message"]
    raise AssertionError("no error was raised")


def _gemini_error(status: int, body: bytes) -> Error:
    headers = {"content-type": "application/json"}
    transport = httpx.MockTransport(lambda _: httpx.Response(status, headers=headers, content=body))
    options = google_types.HttpOptions(base_url=URL, httpx_client=httpx.Client(transport=transport))
    client: Any = genai.Client(api_key="k", http_options=options)
    try:
        client.models.generate_content(model="m", contents="hi")
    except google_errors.ClientError as error:
        return error.code, error.message or ""
    raise AssertionError("no error was raised")


def _converse_error(status: int, body: bytes) -> Error:
    try:
        boto.converse(body, status=status)
    except boto.EXCEPTIONS.ClientError as error:
        told = error.response
        return told["ResponseMetadata"]["HTTPStatusCode"], told["Error"]["Message"]
    raise AssertionError("no error was raised")


def _cohere(status: int, body: bytes, kind: str = "application/json") -> Any:
    answer = httpx.Response(status, headers={"content-type": kind}, content=body)
    http = httpx.Client(transport=httpx.MockTransport(lambda _: answer))
    return cohere.ClientV2(api_key="k", base_url=URL, httpx_client=http, max_retries=0)


def _cohere_streamed(body: bytes) -> Told:
    events = _cohere(200, body, "text/event-stream").chat_stream(model="m", messages=MESSAGES)
    return from_cohere_events(list(events))[0]


def _cohere_error(status: int, body: bytes) -> Error:
    try:
        _cohere(status, body).chat(model="m", messages=MESSAGES)
    except ApiError as error:
        told: Any = error.body
        return error.status_code or 0, told["message"]
    raise AssertionError("no error was raised")


def _ollama(status: int, body: bytes) -> Any:
    answer = httpx.Response(status, content=body)
    return ollama.Client(host=URL, transport=httpx.MockTransport(lambda _: answer))


def _ollama_streamed(body: bytes) -> Told:
    return from_ollama(list(_ollama(200, body).chat(model="m", messages=MESSAGES, stream=True)))


def _ollama_error(status: int, body: bytes) -> Error:
    try:
        _ollama(status, body).chat(model="m", messages=MESSAGES)
    except ollama.ResponseError as error:
        return error.status_code, error.error
    raise AssertionError("no error was raised")


def _oci_whole(body: bytes) -> Told:
    (choice,) = bodies.read(body).chat_response.choices
    text = "".join(part.text for part in choice.message.content or ())
    assert not choice.message.tool_calls
    return Told(text=text, stop=OCI_STOPS[choice.finish_reason])  # pyright: ignore[reportArgumentType] -- words of ours


def _oci_streamed(body: bytes) -> Told:
    """The client leaves the events to the program: they are read as it would."""
    text, stop = "", None
    for _, event in bodies.cut(body):
        chunk: Any = event
        for part in chunk.get("message", {}).get("content") or ():
            text += part.get("text", "")
        stop = chunk.get("finishReason") or stop
    return Told(text=text, stop=None if stop is None else OCI_STOPS[stop])  # pyright: ignore[reportArgumentType] -- words of ours


def _oci_error(status: int, body: bytes) -> Error:
    told = json.loads(body)
    error = ServiceError(status, told["code"], {}, told["message"])
    return error.status, error.message


def _completions(body: bytes) -> Told:
    create: Any = _openai(200, body).completions.create
    return from_completions([create(model="m", prompt="hi")])


def _completions_streamed(body: bytes) -> Told:
    create: Any = _openai(200, body, "text/event-stream").completions.create
    return from_completions(list(create(model="m", prompt="hi", stream=True)))


def _of_five(dialect: Dialect, error: Callable[[int, bytes], Error]) -> Client:
    reader = READERS[dialect]

    def streamed(body: bytes) -> Told:
        reader().check_stream(body)
        return reader().streamed(body)

    return Client(whole=lambda body: reader().whole(body), streamed=streamed, error=error)


@functools.cache
def clients() -> dict[Dialect, Client]:
    """By dialect."""
    chat = _openai_error(lambda c: c.chat.completions.create(model="m", messages=MESSAGES))
    return {
        "openai_chat": _of_five("openai_chat", chat),
        "openai_responses": _of_five(
            "openai_responses",
            _openai_error(lambda c: c.responses.create(model="m", input="hi")),
        ),
        "anthropic_messages": _of_five("anthropic_messages", _messages_error),
        "gemini_generate": _of_five("gemini_generate", _gemini_error),
        "bedrock_converse": _of_five("bedrock_converse", _converse_error),
        "openai_completions": Client(
            whole=_completions,
            streamed=_completions_streamed,
            error=_openai_error(lambda c: c.completions.create(model="m", prompt="hi")),
        ),
        "cohere_chat": Client(
            whole=lambda body: from_cohere(_cohere(200, body).chat(model="m", messages=MESSAGES)),
            streamed=_cohere_streamed,
            error=_cohere_error,
        ),
        "ollama_chat": Client(
            whole=lambda body: from_ollama([_ollama(200, body).chat(model="m", messages=MESSAGES)]),
            streamed=_ollama_streamed,
            error=_ollama_error,
        ),
        "oci_chat": Client(whole=_oci_whole, streamed=_oci_streamed, error=_oci_error),
    }
