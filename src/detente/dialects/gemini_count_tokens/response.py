"""Google's count of tokens, and how it splits up.

>>> decode_response(b'{"totalTokens": 12}').input_tokens
12
"""

from typing import Final

import msgspec

from detente.canonical.extras import Json, Obj
from detente.canonical.model import Dialect
from detente.canonical.token_count import ModalityTokens, TokenCount
from detente.dialects._codec.fields import Misfit, items, read_object
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import laid_over, marked, rest
from detente.dialects._codec.token_counts import lose_unknown, tokens
from detente.dialects.codec import Encoded

NAME: Final[Dialect] = "gemini_count_tokens"
_TOTAL: Final = "totalTokens"
_CACHED: Final = "cachedContentTokenCount"
_DETAILS: Final = "promptTokensDetails"
_CACHED_DETAILS: Final = "cacheTokensDetails"
_KNOWN: Final = frozenset((_TOTAL, _CACHED, _DETAILS, _CACHED_DETAILS))
_NO_TOTAL: Final = "no_total"
_ENCODE: Final = msgspec.json.Encoder().encode


def decode_response(body: bytes) -> TokenCount:
    """See `CountingCodec.decode_response`; raises `ProviderFault`. Google leaves zeros out."""
    try:
        wire = read_object(body)
        zero = _TOTAL not in wire and wire.keys() <= _KNOWN
        spelling: Obj = {}
        return TokenCount(
            input_tokens=0 if zero else tokens(wire, _TOTAL),
            origin=NAME,
            cache_read_tokens=tokens(wire, _CACHED) if _CACHED in wire else None,
            modalities=_split(wire, _DETAILS, spelling),
            cached_modalities=_split(wire, _CACHED_DETAILS, spelling),
            extras=rest(
                wire,
                _KNOWN,
                NAME,
                spelling=spelling or None,
                marks=(_NO_TOTAL,) if zero else (),
            ),
        )
    except Misfit as misfit:
        raise misfit.provider_fault() from None


def encode_response(count: TokenCount) -> Encoded:
    """See `CountingCodec.encode_response`."""
    losses = Losses()
    wire: Obj = {}
    if not marked(count.extras, NAME, _NO_TOTAL):
        wire[_TOTAL] = count.input_tokens
    if count.cache_read_tokens is not None:
        wire[_CACHED] = count.cache_read_tokens
    for key, split in ((_DETAILS, count.modalities), (_CACHED_DETAILS, count.cached_modalities)):
        if split:
            details: list[Json] = [
                {"modality": one.modality.upper(), "tokenCount": one.tokens} for one in split
            ]
            wire[key] = details
    lose_unknown(count, NAME, losses)
    return Encoded(body=_ENCODE(laid_over(wire, count.extras, NAME)), losses=tuple(losses.found))


def _split(wire: Obj, key: str, spelling: Obj) -> tuple[ModalityTokens, ...]:
    """Tokens by modality; a list that says more than that goes to `spelling`, too, as it stands."""
    found: list[ModalityTokens] = []
    for detail in items(wire, key):
        modality = detail.get("modality") if type(detail) is dict else None
        if type(detail) is not dict or type(modality) is not str:
            raise Misfit(key, "must be a list of counts by modality")
        counted = tokens(detail, "tokenCount") if "tokenCount" in detail else 0
        found.append(ModalityTokens(modality=modality.lower(), tokens=counted))
        if len(detail) != 2 or not modality.isupper():
            spelling[key] = wire[key]
    return tuple(found)
