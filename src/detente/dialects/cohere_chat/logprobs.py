"""Tokens' probabilities: Cohere tells them by pieces of text, which can hold several tokens.

A piece counts as one token here, of the product of their probabilities.

>>> read_logprobs([{"text": "hi", "token_ids": [1, 2], "logprobs": [-0.5, -0.25]}])[0].logprob
-0.75
"""

import math
from typing import Final

from detente.canonical.content import TokenLogprob
from detente.canonical.extras import Json, Obj
from detente.dialects._codec.rest import laid_over, rest
from detente.dialects.cohere_chat.wire import NAME

_KNOWN: Final = frozenset(("text", "token_ids", "logprobs"))


def read_logprobs(told: Json) -> tuple[TokenLogprob, ...]:
    """The probabilities of a list of pieces."""
    if type(told) is not list:
        return ()
    return tuple([read_piece(item) for item in told if type(item) is dict])


def read_piece(item: Obj) -> TokenLogprob:
    """One piece."""
    text = item.get("text")
    told = item.get("logprobs")
    numbers = told if type(told) is list else []
    total = sum(one for one in numbers if type(one) is float or type(one) is int)
    spelling: Obj = {key: item[key] for key in _KNOWN if key in item}
    return TokenLogprob(
        token=text if type(text) is str else "",
        logprob=float(total) if abs(total) < math.inf else 0.0,
        extras=rest(item, _KNOWN, NAME, spelling=spelling),
    )


def told_logprobs(tokens: tuple[TokenLogprob, ...]) -> list[Json]:
    """The pieces on the wire; others' tokens have no numbers that Cohere would know."""
    return [piece_told(token) for token in tokens]


def piece_told(token: TokenLogprob) -> Obj:
    """One piece."""
    if token.extras is not None and token.extras.dialect == NAME:
        return laid_over({}, token.extras, NAME)
    return {"text": token.token, "token_ids": [], "logprobs": [token.logprob]}
