"""The head of a counting request, whose path names the model, and the edit of what is counted.

Vertex AI's clients say a request's members beside `contents`, which the Gemini API knows only
within `generateContentRequest` (https://ai.google.dev/api/tokens, read 2026-11-21).
"""

from typing import Final

import msgspec

from detente.dialects._framing.heads import decode_head, is_set
from detente.dialects._framing.json_members import member_spans, rewritten
from detente.dialects.gemini_count_tokens.wire import CountRequest
from detente.dialects.spec import RequestHead

NESTED: Final = "generateContentRequest"
NESTED_SNAKE: Final = "generate_content_request"
FLAT: Final = frozenset(("contents", "model"))
"""What stands beside each other on both of Google's platforms."""

_REQUEST: Final = msgspec.json.Decoder(CountRequest)
_ENCODE: Final = msgspec.json.Encoder().encode
_MOVED: Final = frozenset(("model",))


def read_request(body: bytes) -> RequestHead:
    """The head of a request; raises `ClientFault` (see `Spec.read_request`)."""
    wire = decode_head(_REQUEST, body)
    return RequestHead(
        model=(wire.model or "").removeprefix("models/"),
        features=("tools",) if is_set(wire.tools) else (),
    )


def edit_request(
    body: bytes,
    head: RequestHead,  # noqa: ARG001 - every dialect's edit takes it
    *,
    model: str,
    ask_usage: bool = True,  # noqa: ARG001 - nothing is used
) -> bytes:
    """`body` as the Gemini API takes it (see `nested`)."""
    return nested(body, model=model)


def nested(body: bytes, *, model: str) -> bytes:
    """`body` itself, unless members stand beside `contents`: then they and it are a request for
    content, in which the model's name is required."""
    spans = member_spans(body)
    if NESTED in spans or NESTED_SNAKE in spans or spans.keys() <= FLAT:
        return body
    resource = model if "/" in model else f"models/{model}"
    inner = rewritten(body, spans, drop=_MOVED, add={"model": _ENCODE(resource)})
    return b'{"%b":%b}' % (NESTED.encode(), inner)
