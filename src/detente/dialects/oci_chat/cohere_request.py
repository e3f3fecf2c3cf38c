"""Requests in the format `COHEREV2`, read and written by the codec of Cohere's own API.

What is spelt in this format is marked with it, so that the two formats of one dialect are never
laid over each other.
"""

from typing import Final

import msgspec

from detente.canonical.extras import Extras, Obj
from detente.canonical.request import Request
from detente.dialects._codec import fields
from detente.dialects._codec.rest import marked
from detente.dialects.codec import Encoded, Target
from detente.dialects.cohere_chat import CODEC as CODEC_OF_COHERE
from detente.dialects.oci_chat.cohere_spelling import (
    enveloped,
    from_oracle,
    retagged,
    to_oracle,
    unveiled,
)
from detente.dialects.oci_chat.wire import COHERE, NAME

COHERES: Final = "cohere_chat"
CHAT: Final = "chatRequest"
_CHAT_ONLY: Final = ("apiFormat", "streamOptions")
_ENCODE: Final = msgspec.json.Encoder().encode


def read_cohere_request(chat: Obj, model: str, stream: bool | None, around: Obj) -> Request:
    """A request for a model of Cohere's; `around` is the spelling of the body that holds it.
    Raises `ClientFault`, or `Misfit` for what only Oracle has."""
    options = fields.member_or_none(chat, "streamOptions")
    own: Obj = {key: value for key, value in chat.items() if key not in _CHAT_ONLY}
    request = CODEC_OF_COHERE.decode_request(_ENCODE(from_oracle(own)), model=model, stream=stream)
    request = as_ours(request, around)
    held = request.extras
    if options is not None and held is not None and options != {"isIncludeUsage": request.stream}:
        inner = held.spelling.get(CHAT)
        told: Obj = {**(inner if type(inner) is dict else {}), "streamOptions": options}
        held = msgspec.structs.replace(held, spelling={**held.spelling, CHAT: told})
    asks = options is not None and options.get("isIncludeUsage") is True
    return msgspec.structs.replace(request, extras=held, asks_usage=asks)


def write_cohere_request(request: Request, target: Target) -> tuple[Obj, Encoded]:
    """`chatRequest` for a model of Cohere's, and what its own codec made and lost."""
    encoded = CODEC_OF_COHERE.encode_request(as_coheres(request), target)
    own = fields.read_object(encoded.body)
    own.pop("model", None)
    if own.get("stream") is False and not marked(request.extras, NAME, COHERE):
        del own["stream"]
    told: Obj = {"apiFormat": COHERE, **to_oracle(own)}
    if request.stream and request.asks_usage:
        told.setdefault("streamOptions", {"isIncludeUsage": True})
    return told, encoded


def as_ours(request: Request, around: Obj) -> Request:
    """A request of Cohere's codec as one of this dialect."""
    inner = retagged(msgspec.structs.replace(request, extras=None), COHERES, NAME)
    held = request.extras
    told = None if held is None else msgspec.structs.replace(held, dialect=NAME)
    return msgspec.structs.replace(inner, extras=enveloped(told, around, NAME, COHERE, CHAT))


def as_coheres(request: Request) -> Request:
    """A request in this format as Cohere's codec knows it; any other as it is."""
    held: Extras | None = request.extras
    if not marked(held, NAME, COHERE) or held is None:
        return request
    inner = retagged(msgspec.structs.replace(request, extras=None), NAME, COHERES)
    return msgspec.structs.replace(inner, extras=unveiled(held, COHERES, COHERE, CHAT))
