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
from detente.dialects.codec import Encoded, Target
from detente.dialects.gemini_count_tokens.head import NESTED, NESTED_SNAKE, nested
from detente.dialects.gemini_count_tokens.wire import Counted
from detente.dialects.gemini_generate import CODEC as GENERATE

_COUNTED: Final = msgspec.json.Decoder(Counted)


def decode_request(body: bytes, *, model: str | None = None) -> Request:
    """See `CountingCodec.decode_request`; raises `ClientFault`."""
    wire = decode_head(_COUNTED, body)
    inside = bytes(wire.camel or wire.snake)
    if not inside:
        return GENERATE.decode_request(body, model=model, stream=False)
    if wire.contents:
        raise ClientFault(
            "request_invalid", f"`contents` and `{NESTED}` are both in the body; send one of them"
        )
    request = GENERATE.decode_request(inside, model=model, stream=False)
    extras = request.extras or Extras(dialect=GENERATE.name)
    mark = NESTED if wire.camel else NESTED_SNAKE
    return msgspec.structs.replace(
        request, extras=msgspec.structs.replace(extras, marks=(*extras.marks, mark))
    )


def encode_request(request: Request, target: Target) -> Encoded:
    """See `CountingCodec.encode_request`: the body for the Gemini API, nested where it must be."""
    encoded = GENERATE.encode_request(request, target)
    if marked(request.extras, GENERATE.name, NESTED):
        return Encoded(body=b'{"%b":%b}' % (NESTED.encode(), encoded.body), losses=encoded.losses)
    if marked(request.extras, GENERATE.name, NESTED_SNAKE):
        body = b'{"%b":%b}' % (NESTED_SNAKE.encode(), encoded.body)
        return Encoded(body=body, losses=encoded.losses)
    return Encoded(body=nested(encoded.body, model=target.model), losses=encoded.losses)
