"""What Bedrock would count: a Converse request, or a publisher's own body as InvokeModel takes it.

Anthropic's requests go to Claude as its own body, which loses nothing; all others as Converse's.
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html (read
2026-11-21).

>>> body = b'{"input":{"converse":{"messages":[{"role":"user","content":[{"text":"hi"}]}]}}}'
>>> decode_request(body, model="anthropic.claude-x").turns[0].role
'user'
"""

from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from typing import Final

import msgspec

from detente.canonical.extras import Extras
from detente.canonical.failure import ClientFault
from detente.canonical.request import Request
from detente.dialects._codec.counted import cut
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import marked
from detente.dialects._envelope.invoke import VERSION, opened
from detente.dialects._framing.heads import decode_head
from detente.dialects._framing.json_members import Span, member_spans, rewritten
from detente.dialects.anthropic_messages import CODEC as MESSAGES
from detente.dialects.anthropic_messages import SPEC as MESSAGES_SPEC
from detente.dialects.anthropic_messages.reasoning_encoding import max_tokens_of
from detente.dialects.bedrock_converse import CODEC as CONVERSE
from detente.dialects.bedrock_converse.families import family_of
from detente.dialects.bedrock_converse.words import REQUEST
from detente.dialects.bedrock_count_tokens.wire import CountRequest
from detente.dialects.codec import Encoded, Target
from detente.dialects.openai_chat import CODEC as CHAT

TAKEN: Final = frozenset(("additionalModelRequestFields", "messages", "system", "toolConfig"))
INVOKED: Final = "invoked"
"""The mark of a request that came as a body of InvokeModel."""

_REQUEST: Final = msgspec.json.Decoder(CountRequest)
_ENCODE: Final = msgspec.json.Encoder().encode
_PATHS: Final = frozenset(("model", "stream"))
_ONE: Final = "`input` in the body must have `converse` or `invokeModel`; send one of them"
_NO_BASE64: Final = "`input.invokeModel.body` in the body is not base64; correct it"
_EMBEDS: Final = "the tokens of embeddings are not counted; send a request of messages"
_NO_MEMBER: Final = "CountTokens has no such member"


def decode_request(body: bytes, *, model: str | None = None) -> Request:
    """See `CountingCodec.decode_request`; raises `ClientFault`."""
    wire = decode_head(_REQUEST, body).input
    converse = bytes(wire.converse)
    if bool(converse) is (wire.invokeModel is not None):
        raise ClientFault("request_invalid", _ONE)
    if wire.invokeModel is None:
        return CONVERSE.decode_request(converse, model=model, stream=False)
    try:
        native = a2b_base64(wire.invokeModel.body, strict_mode=True)
    except (Base64Error, ValueError):
        raise ClientFault("request_invalid", _NO_BASE64) from None
    return _invoked(native, model or "")


def encode_request(request: Request, target: Target) -> Encoded:
    """See `CountingCodec.encode_request`."""
    own = request.origin == MESSAGES.name
    if own and (family_of(target.model) == "claude" or _came_invoked(request)):
        return _native(request, target)
    encoded = CONVERSE.encode_request(request, target)
    spans = member_spans(encoded.body)
    losses = Losses()
    losses.found.extend(encoded.losses)
    _name_left(encoded.body, spans, losses)
    body = cut(encoded.body, known=REQUEST, taken=TAKEN)
    return Encoded(body=b'{"input":{"converse":%b}}' % body, losses=tuple(losses.found))


def _invoked(native: bytes, model: str) -> Request:
    """The request in a body of InvokeModel."""
    dialect = opened(native, model=model, stream=False).dialect
    if dialect == "openai_chat":
        return CHAT.decode_request(native, model=model, stream=False)
    if dialect != MESSAGES.name:
        raise ClientFault("request_invalid", _EMBEDS)
    request = MESSAGES.decode_request(native, model=model, stream=False)
    extras = request.extras or Extras(dialect=MESSAGES.name)
    return msgspec.structs.replace(
        request, extras=msgspec.structs.replace(extras, marks=(*extras.marks, INVOKED))
    )


def _came_invoked(request: Request) -> bool:
    return marked(request.extras, MESSAGES.name, INVOKED)


def _native(request: Request, target: Target) -> Encoded:
    """Anthropic's own body, with what InvokeModel requires in it."""
    version = target.api_version or MESSAGES_SPEC.version
    encoded = MESSAGES.encode_request(request, msgspec.structs.replace(target, api_version=version))
    spans = member_spans(encoded.body)
    add: dict[str, bytes] = {}
    if "anthropic_version" not in spans:
        add["anthropic_version"] = _ENCODE(VERSION)
    if "max_tokens" not in spans and not _came_invoked(request):
        add["max_tokens"] = b"%d" % max_tokens_of(request, target)
    body = rewritten(encoded.body, spans, drop=_PATHS, add=add)
    text = b2a_base64(body, newline=False)
    return Encoded(body=b'{"input":{"invokeModel":{"body":"%b"}}}' % text, losses=encoded.losses)


def _name_left(body: bytes, spans: dict[str, Span], losses: Losses) -> None:
    """What Converse's members say that counting has no place for, and that counts."""
    if "outputConfig" not in spans:
        return
    start, end = spans["outputConfig"]
    inner = member_spans(body[start:end])
    if "textFormat" in inner:
        losses.lose("json_schema", "output_format", _NO_MEMBER, "drop")
    if "effort" in inner:
        losses.lose("reasoning_control", "reasoning.effort", _NO_MEMBER)
