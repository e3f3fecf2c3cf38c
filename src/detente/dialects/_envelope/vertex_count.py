"""Vertex AI's form of Google's countTokens: a request's members stand beside `contents`, which the
Gemini API wants within `generateContentRequest`. Only requests differ, and only upstream.

https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/count-tokens and
https://ai.google.dev/api/tokens (read 2026-11-22).

>>> wrapped(b'{"generateContentRequest": {"model": "models/m", "contents": []}}')
b'{"contents":[]}'
"""

from typing import Final

import msgspec

from detente.canonical.request import Request
from detente.dialects._framing.json_members import decode_members
from detente.dialects.codec import Encoded, Target
from detente.dialects.counting_codec import CountingCodec

NESTED: Final = ("generateContentRequest", "generate_content_request")
TAKEN: Final = frozenset(
    (
        "contents",
        "systemInstruction",
        "system_instruction",
        "tools",
        "generationConfig",
        "generation_config",
        "instances",
    )
)
"""What Vertex AI counts; a setting of the answer's has no tokens."""


def wrapped(body: bytes) -> bytes:
    """The body of Vertex AI's countTokens; raises `ClientFault` where `body` is no JSON object."""
    found = decode_members(body)
    for name in NESTED:
        inner = found.pop(name, None)
        if inner is not None:
            found.update(decode_members(bytes(inner)))
    return msgspec.json.encode({key: value for key, value in found.items() if key in TAKEN})


def upstream_codec(codec: CountingCodec) -> CountingCodec:
    """What `codec` is in front of Vertex AI."""

    def encode_request(request: Request, target: Target) -> Encoded:
        encoded = codec.encode_request(request, target)
        return Encoded(body=wrapped(encoded.body), losses=encoded.losses)

    return msgspec.structs.replace(codec, encode_request=encode_request)
