"""Cohere's own embeddings (`/v2/embed`): unit vectors that depend on nothing but model and text.

Floats and base64; no integers, for which a real platform has a scale of its own.

>>> answer(parse(b'{"model": "m", "texts": ["a"], "input_type": "classification",'
...              b' "embedding_types": ["float"]}')).status
200
"""

import base64
import struct
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from detente.simulator import tokens
from detente.simulator.dialects.cohere_wire import Strict, read_as
from detente.simulator.dialects.embeddings import vector
from detente.simulator.exchange import JsonObject, Reply, RequestError, json_reply

DIMENSIONS: Final = 256
"""The fewest that Cohere makes."""

TEXTS_MAX: Final = 96
"""Cohere takes no more at once."""


class Content(Strict, frozen=True):
    """A part of an input."""

    type: Literal["text"]
    text: str


class Input(Strict, frozen=True):
    """An input of parts."""

    content: Annotated[list[Content], Meta(min_length=1)]


class Body(Strict, frozen=True):
    """A request."""

    model: str
    input_type: Literal["search_document", "search_query", "classification", "clustering", "image"]
    texts: Annotated[list[str], Meta(max_length=TEXTS_MAX)] | None = None
    inputs: Annotated[list[Input], Meta(max_length=TEXTS_MAX)] | None = None
    embedding_types: list[Literal["float", "base64"]] | None = None
    output_dimension: Literal[256, 512, 1024, 1536] | None = None
    max_tokens: int | None = None
    truncate: Literal["NONE", "START", "END"] | None = None
    priority: int | None = None


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request, read."""

    body: Body
    texts: list[str]


def parse(body: bytes) -> Request:
    """Reads a request body; raises `RequestError`."""
    read = read_as(body, Body)
    inputs = ["".join(part.text for part in one.content) for one in read.inputs or ()]
    texts = read.texts or inputs
    if not texts or (read.texts and inputs):
        raise RequestError(400, "invalid request: exactly one of texts or inputs must be provided")
    return Request(body=read, texts=texts)


def answer(request: Request) -> Reply:
    """The vectors by kind, in the order of the inputs."""
    read = request.body
    dimensions = read.output_dimension or DIMENSIONS
    vectors = [vector(read.model, text, dimensions) for text in request.texts]
    kinds: JsonObject = {}
    for kind in read.embedding_types or ["float"]:
        kinds[kind] = vectors if kind == "float" else [_packed(one) for one in vectors]
    used = sum(map(tokens.count, request.texts))
    value: JsonObject = {
        "id": "00000000-0000-4000-8000-000000000000",
        "embeddings": kinds,
        "texts": request.texts,
        "response_type": "embeddings_by_type",
        "meta": {"api_version": {"version": "2"}, "billed_units": {"input_tokens": used}},
    }
    return json_reply(value, metered=True)


def _packed(values: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()
