"""How many tokens a request would be, as a platform counted them, in no dialect.

Not a usage: nothing was consumed. What is counted is a `Request`.

>>> TokenCount(input_tokens=12).input_tokens
12
"""

import msgspec

from detente.canonical.extras import Extras
from detente.canonical.model import Dialect


class ModalityTokens(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The tokens of one kind of input (`text`, `image`, `audio`, `video`, `document`)."""

    modality: str
    tokens: int


class TokenCount(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One answer. `input_tokens` are all; `cache_read_tokens` those of them that a named cache
    holds, None where the platform does not say. `modalities` and `cached_modalities` split both,
    empty where that is not said."""

    input_tokens: int
    origin: Dialect | None = None
    cache_read_tokens: int | None = None
    modalities: tuple[ModalityTokens, ...] = ()
    cached_modalities: tuple[ModalityTokens, ...] = ()
    extras: Extras | None = None
