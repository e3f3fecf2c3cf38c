"""The head of a request for Google's embeddings, and the edit of it.

The path names the model; each request of a batch repeats it, and Google refuses another.
"""

from typing import Final

import msgspec

from detente.dialects._framing.heads import decode_head
from detente.dialects._framing.json_members import member_spans, rewritten
from detente.dialects.gemini_embeddings.wire import EmbedRequest
from detente.dialects.spec import RequestHead

_REQUEST: Final = msgspec.json.Decoder(EmbedRequest)
_ITEMS: Final = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])
_ENCODE: Final = msgspec.json.Encoder().encode
_BATCH: Final = "requests"
_MODEL: Final = "model"


def read_request(body: bytes) -> RequestHead:
    """The head of a request; raises `ClientFault` (see `Spec.read_request`)."""
    wire = decode_head(_REQUEST, body)
    return RequestHead(model=(wire.model or "").removeprefix("models/"))


def edit_request(
    body: bytes,
    head: RequestHead,  # noqa: ARG001 - every dialect's edit takes it
    *,
    model: str,
    ask_usage: bool = True,  # noqa: ARG001 - usage comes unasked
) -> bytes:
    """`body` with that model in every request of a batch that names one; else `body` itself."""
    spans = member_spans(body)
    if _BATCH not in spans:
        return body
    start, end = spans[_BATCH]
    try:
        items = _ITEMS.decode(body[start:end])
    except msgspec.DecodeError:  # of a shape that the platform refuses in its own words
        return body
    named = msgspec.Raw(_ENCODE(model if "/" in model else f"models/{model}"))
    others = [item for item in items if item.get(_MODEL, named) != named]
    if not others:
        return body
    for item in others:
        item[_MODEL] = named
    return rewritten(body, spans, drop=frozenset((_BATCH,)), add={_BATCH: _ENCODE(items)})
