"""What Google would count: turns alone (`contents`), or a whole request for content.

Of both, the Gemini API takes either `contents` or `generateContentRequest`, and Vertex AI the
members of a request beside `contents` (https://ai.google.dev/api/tokens, read 2026-11-21).

>>> decode_request(b'{"contents": [{"parts": [{"text": "hi"}]}]}', model="m").turns[0].role
'user'
"""

from typing import Final

import msgspec

from detente.canonical.extras import Extras
from detente.canonical.failure import ClientFault
from detente.canonical.request import Request
from detente.dialects._codec.rest import marked
from detente.dialects._framing.heads import decode_head
from detente.dialects._framing.json_members import member_spans, rewritten
from detente.dialects.codec import Encoded, Target
from detente.dialects.gemini_count_tokens.wire import Counted
from detente.dialects.gemini_generate import CODEC as GENERATE

NESTED: Final = "generateContentRequest"
NESTED_SNAKE: Final = "generate_content_request"
CONTENTS: Final = frozenset(("contents",))

_COUNTED: Final = msgspec.json.Decoder(Counted)
_ENCODE: Final = msgspec.json.Encoder().encode


def decode_request(body: bytes, *, model: str | None = None) -> Request:
    """See `CountingCodec.decode_request`; raises `ClientFault`."""
    wire = decode_head(_COUNTED, body)
    nested = bytes(wire.camel or wire.snake)
    if not nested:
        return GENERATE.decode_request(body, model=model, stream=False)
    if wire.contents:
        raise ClientFault(
            "request_invalid", f"`contents` and `{NESTED}` are both in the body; send one of them"
        )
    request = GENERATE.decode_request(nested, model=model, stream=False)
    extras = request.extras or Extras(dialect=GENERATE.name)
    mark = NESTED if wire.camel else NESTED_SNAKE
    return msgspec.structs.replace(
        request, extras=msgspec.structs.replace(extras, marks=(*extras.marks, mark))
    )


def encode_request(request: Request, target: Target) -> Encoded:
    """See `CountingCodec.encode_request`: the body for the Gemini API, unless it came flat."""
    encoded = GENERATE.encode_request(request, target)
    name = NESTED_SNAKE if marked(request.extras, GENERATE.name, NESTED_SNAKE) else NESTED
    came_nested = marked(request.extras, GENERATE.name, name)
    spans = member_spans(encoded.body)
    if not came_nested and (request.origin == GENERATE.name or spans.keys() <= CONTENTS):
        return encoded
    inner = encoded.body
    if not came_nested:  # it is required there
        inner = rewritten(inner, spans, drop=(), add={"model": _ENCODE(_resource(target.model))})
    return Encoded(body=b'{"%b":%b}' % (name.encode(), inner), losses=encoded.losses)


def _resource(model: str) -> str:
    """A model as Google names resources."""
    return model if "/" in model else f"models/{model}"
