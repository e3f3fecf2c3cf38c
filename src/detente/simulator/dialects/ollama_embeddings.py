"""Ollama's embeddings in both forms: unit vectors that depend on nothing but model and text.

`/api/embed` takes one text or several; `/api/embeddings`, which is deprecated, one prompt.

>>> answer(parse(b'{"model": "m", "input": "hi"}')).status
200
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from detente.simulator import tokens
from detente.simulator.dialects.embeddings import DIMENSIONS, vector
from detente.simulator.dialects.ollama import LOAD_NS, TOKEN_NS
from detente.simulator.dialects.ollama_request import read_as
from detente.simulator.exchange import JsonObject, Reply, RequestError, json_reply

CONTEXT_TOKENS_MAX: Final = 2048
"""A longer text is cut, or refused."""


class Body(msgspec.Struct, frozen=True):
    """A request of either form."""

    model: str = ""
    input: str | list[str] | None = None
    prompt: str | None = None
    truncate: bool | None = None
    dimensions: Annotated[int, Meta(ge=1, le=4096)] | None = None


def parse(body: bytes) -> Body:
    """Reads a request body; raises `RequestError`."""
    read = read_as(body, Body)
    if not read.model:
        raise RequestError(400, "model is required")
    if read.input is None and read.prompt is None:
        raise RequestError(400, "invalid input type")
    return read


def answer(read: Body) -> Reply:
    """The vectors, in the order of the inputs."""
    texts = [read.input] if isinstance(read.input, str) else read.input or []
    if read.truncate is False and any(map(_too_long, texts)):
        raise RequestError(400, "the input length exceeds the context length")
    used = sum(map(tokens.count, texts))
    value: JsonObject = {
        "model": read.model,
        "embeddings": [vector(read.model, text, read.dimensions or DIMENSIONS) for text in texts],
        "total_duration": LOAD_NS + TOKEN_NS * used,
        "load_duration": LOAD_NS,
        "prompt_eval_count": used,
    }
    return json_reply(value, metered=True)


def answer_older(read: Body) -> Reply:
    """The one vector of the deprecated form."""
    found = vector(read.model, read.prompt or "", DIMENSIONS)
    return json_reply({"embedding": found}, metered=True)


def _too_long(text: str) -> bool:
    return tokens.count(text) > CONTEXT_TOKENS_MAX
