"""The law of every codec of embeddings, over recorded exchanges: a round trip loses nothing.

Requests and answers are decoded and encoded again in the same dialect; the JSON is equal then.
"""

import base64
import json
from collections.abc import Callable, Iterable
from typing import Any

from detente.dialects.codec import Target
from detente.dialects.embedding_codec import EmbeddingCodec, EmbeddingReply
from tests.dialects.roundtrip import Share, difference

Exchange = dict[str, Any]


def text_of(message: dict[str, Any]) -> bytes:
    """The body of a recorded request or response."""
    if message.get("text") is not None:
        return str(message["text"]).encode()
    return base64.b64decode(message.get("base64") or "")


def trips(
    codec: EmbeddingCodec,
    exchanges: Iterable[Exchange],
    model_of: Callable[[Exchange], str | None] = lambda _: None,
) -> tuple[int, Share]:
    """How many exchanges came back as they were, all of them or this fails; and what was unknown.

    An error answer has to be readable as one.
    """
    share = Share()
    passed = 0
    for exchange in exchanges:
        found = request_difference(codec, text_of(exchange["request"]), share, model_of(exchange))
        assert found is None, (exchange["id"], "request", found)
        found = _answer_difference(codec, exchange["response"], share)
        assert found is None, (exchange["id"], "response", found)
        passed += 1
    return passed, share


def request_difference(
    codec: EmbeddingCodec, body: bytes, share: Share, model: str | None
) -> str | None:
    """What decoding and encoding a request changes, None where nothing."""
    request = codec.decode_request(body, model=model)
    share.add(body, request)
    encoded = codec.encode_request(request, Target(model=request.model))
    if encoded.losses:
        return f"lost {encoded.losses[0]}"
    return difference(json.loads(body), json.loads(encoded.body))


def _answer_difference(codec: EmbeddingCodec, answer: dict[str, Any], share: Share) -> str | None:
    body = text_of(answer)
    if answer["status"] != 200:
        error = codec.read_error(body)
        return None if error is not None and error.message in body.decode() else "no error read"
    return response_difference(codec, body, share)


def response_difference(codec: EmbeddingCodec, body: bytes, share: Share) -> str | None:
    """What decoding and encoding an answer changes, None where nothing."""
    response = codec.decode_response(body)
    share.add(body, response)
    encoded = codec.encode_response(response, EmbeddingReply())
    if encoded.losses:
        return f"lost {encoded.losses[0]}"
    return difference(json.loads(body), json.loads(encoded.body))
