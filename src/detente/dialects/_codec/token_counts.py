"""An answer that is one count of tokens under one name, as three of four dialects have it.

>>> decode_count(b'{"input_tokens":9}', "input_tokens", "anthropic_count_tokens").input_tokens
9
>>> encode_count(TokenCount(input_tokens=9), "inputTokens", "bedrock_count_tokens").body
b'{"inputTokens":9}'
"""

from typing import Final

import msgspec

from detente.canonical.extras import Obj
from detente.canonical.model import Dialect
from detente.canonical.token_count import TokenCount
from detente.dialects._codec.counts import TOKENS_MAX
from detente.dialects._codec.fields import Misfit, read_object
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import foreign, laid_over, rest
from detente.dialects.codec import Encoded

_ENCODE: Final = msgspec.json.Encoder().encode
_NOTHING: Final[Obj] = {}


def decode_count(
    body: bytes, key: str, dialect: Dialect, known: frozenset[str] = frozenset()
) -> TokenCount:
    """The count under `key`; `known` are members beside it. Raises `ProviderFault`."""
    try:
        wire = read_object(body)
        counted = tokens(wire, key)
    except Misfit as misfit:
        raise misfit.provider_fault() from None
    return TokenCount(
        input_tokens=counted, origin=dialect, extras=rest(wire, known | {key}, dialect)
    )


def encode_count(count: TokenCount, key: str, dialect: Dialect, fixed: Obj = _NOTHING) -> Encoded:
    """The count under `key`, behind the members `fixed`; how it is split up is named as lost."""
    losses = Losses()
    wire: Obj = {**fixed, key: count.input_tokens}
    if count.cache_read_tokens:
        losses.lose("usage_class", "cache_read_tokens", "this API counts all tokens as one")
    if any(one.modality != "text" for one in (*count.modalities, *count.cached_modalities)):
        losses.lose("usage_class", "modalities", "this API counts all tokens as one")
    lose_unknown(count, dialect, losses)
    return Encoded(body=_ENCODE(laid_over(wire, count.extras, dialect)), losses=tuple(losses.found))


def tokens(wire: Obj, key: str) -> int:
    """A count that must be there; raises `Misfit`."""
    value = wire.get(key)
    if type(value) is int and 0 <= value <= TOKENS_MAX:
        return value
    raise Misfit(key, "must be a number of tokens")


def lose_unknown(count: TokenCount, dialect: Dialect, losses: Losses) -> None:
    """Name the members of another dialect's answer that nobody here knows."""
    for name, _ in foreign((count.extras,), dialect):
        losses.lose("unknown_member", name, "this API has no such member")
