"""Answers in the format `COHEREV2`, read and written by the codec of Cohere's own API.

Only the usage is Oracle's own.
"""

from typing import Final

import msgspec

from detente.canonical.extras import Extras, Obj
from detente.canonical.response import Response
from detente.dialects._codec import fields
from detente.dialects._codec.leftovers import left, over
from detente.dialects._codec.rest import laid_over, marked
from detente.dialects.codec import Encoded, Reply
from detente.dialects.cohere_chat import CODEC as CODEC_OF_COHERE
from detente.dialects.oci_chat.cohere_request import COHERES
from detente.dialects.oci_chat.cohere_spelling import (
    enveloped,
    from_oracle,
    retagged,
    to_oracle,
    unveiled,
)
from detente.dialects.oci_chat.usage import read_counts, usage_told
from detente.dialects.oci_chat.wire import COHERE, NAME

_RESPONSE: Final = "chatResponse"
_USAGE: Final = "usage"
_ENCODE: Final = msgspec.json.Encoder().encode


def read_cohere_response(chat: Obj, model: str, around: Obj, id_prefix: str) -> Response:
    """A whole answer; `around` is the spelling of what holds it. Raises `ProviderFault`."""
    own: Obj = {key: value for key, value in chat.items() if key not in ("apiFormat", _USAGE)}
    body = _ENCODE(from_oracle(own))
    response = CODEC_OF_COHERE.decode_response(body, id_prefix=id_prefix)
    usage = read_counts(chat.get(_USAGE))
    said = chat.get(_USAGE)
    kept: Obj = dict(around)
    if _USAGE in chat:
        told = left(said, usage_told(usage)) if type(said) is dict and usage is not None else said
        kept[_USAGE] = told
    held = response.extras or Extras(dialect=COHERES)
    inner = retagged(msgspec.structs.replace(response, extras=None), COHERES, NAME)
    extras = enveloped(msgspec.structs.replace(held, dialect=NAME), kept, NAME, COHERE, _RESPONSE)
    return msgspec.structs.replace(inner, model=model, usage=usage, extras=extras)


def write_cohere_response(response: Response, reply: Reply) -> tuple[Obj, Encoded]:
    """The whole body, and what Cohere's codec made and lost."""
    held = response.extras
    own = marked(held, NAME, COHERE)
    encoded = CODEC_OF_COHERE.encode_response(response_of_coheres(response), reply)
    said = fields.read_object(encoded.body)
    said.pop(_USAGE, None)
    chat: Obj = {"apiFormat": COHERE, **to_oracle(said, answer=True)}
    kept = held.spelling.get(_USAGE) if own and held is not None else None
    if response.usage is not None:
        told = usage_told(response.usage)
        chat[_USAGE] = over(told, kept) if type(kept) is dict else told
    elif own and held is not None and _USAGE in held.spelling:
        chat[_USAGE] = kept
    wire: Obj = {"modelId": response.model, _RESPONSE: chat}
    if own and held is not None:
        around = {k: v for k, v in held.spelling.items() if k not in (_USAGE, _RESPONSE)}
        laid_over(wire, Extras(dialect=NAME, spelling=around), NAME)
    return wire, encoded


def response_of_coheres(response: Response) -> Response:
    """An answer in this format as Cohere's codec knows it; any other as it is."""
    held = response.extras
    if held is None or not marked(held, NAME, COHERE):
        return response
    inner = retagged(msgspec.structs.replace(response, extras=None), NAME, COHERES)
    return msgspec.structs.replace(inner, extras=unveiled(held, COHERES, COHERE, _RESPONSE))
