"""OpenAI embeddings: unit vectors that depend on nothing but model and text.

Both encodings; integers (token ids) are accepted as input. Components are exact in float32,
so that both encodings say the same.

>>> vector("m", "hi", 4) == vector("m", "hi", 4)
True
"""

import base64
import hashlib
import math
import struct
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from detente.simulator import tokens
from detente.simulator.exchange import JsonObject, Reply, RequestError, decode_body, json_reply

DIMENSIONS: Final = 64
"""Few, because nobody searches with simulated vectors; a request may ask for others."""


class Body(msgspec.Struct, frozen=True):
    """What is read of a request."""

    model: str | None = None
    input: str | list[str | int | list[int]] | None = None
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: Annotated[int, Meta(ge=1, le=4096)] = DIMENSIONS


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request, read."""

    model: str
    body: Body


def parse(body: bytes, model: str | None = None) -> Request:
    """Reads a request body; `model` replaces the body's. Raises `RequestError`."""
    read = decode_body(body, Body)
    model = model or read.model
    if model is None:
        raise RequestError(400, "you must provide a model parameter")
    if not read.input:
        raise RequestError(400, "'input' must not be empty.", param="input")
    return Request(model=model, body=read)


def answer(request: Request) -> Reply:
    """The vectors, in the order of the inputs."""
    read, model = request.body, request.model
    texts = _texts(read)
    used = _cost(read, texts)
    data: list[JsonObject] = [
        {
            "object": "embedding",
            "index": index,
            "embedding": _encoded(vector(model, text, read.dimensions), read.encoding_format),
        }
        for index, text in enumerate(texts)
    ]
    usage = {"prompt_tokens": used, "total_tokens": used}
    return json_reply(
        {"object": "list", "data": data, "model": model, "usage": usage}, metered=True
    )


def vector(model: str, text: str, dimensions: int) -> list[float]:
    """A vector of length one, in float32."""
    seed = hashlib.shake_256(f"{model}\0{text}".encode()).digest(2 * dimensions)
    raw = [int.from_bytes(seed[i : i + 2]) / 32768 - 1 for i in range(0, len(seed), 2)]
    norm = math.sqrt(sum(x * x for x in raw)) or 1.0
    return list(struct.unpack(f"<{dimensions}f", _packed([x / norm for x in raw])))


def _texts(read: Body) -> list[str]:
    """One text per vector; a list of token ids is one text."""
    if isinstance(read.input, str):
        return [read.input]
    items = read.input or []
    if items and isinstance(items[0], int):
        return [repr(items)]
    return [item if isinstance(item, str) else repr(item) for item in items]


def _cost(read: Body, texts: list[str]) -> int:
    """Token ids count as they are, text by its tokens."""
    items = [] if isinstance(read.input, str) else read.input or []
    numbers = sum(
        len(item) if isinstance(item, list) else 1 for item in items if not isinstance(item, str)
    )
    return numbers or sum(map(tokens.count, texts))


def _encoded(values: list[float], encoding: str) -> str | list[float]:
    return values if encoding == "float" else base64.b64encode(_packed(values)).decode()


def _packed(values: list[float]) -> bytes:
    return struct.pack(f"<{len(values)}f", *values)
