"""Tokens' probabilities of the format `GENERIC`: lists side by side, of tokens, of logarithms, and
of the likeliest others, whose logarithms are text.

>>> read_logprobs({"tokens": ["a"], "tokenLogprobs": [-0.5]})[0].logprob
-0.5
"""

import math
from typing import Final

from detente.canonical.content import TokenLogprob
from detente.canonical.extras import Json, Obj

_MEMBERS: Final = ("tokens", "tokenLogprobs", "topLogprobs", "textOffset")


def read_logprobs(told: Json) -> tuple[TokenLogprob, ...]:
    """The probabilities; none where the lists do not fit together."""
    if type(told) is not dict:
        return ()
    tokens, numbers, tops = (_list(told, key) for key in _MEMBERS[:3])
    if len(tokens) != len(numbers) or (tops and len(tops) != len(tokens)):
        return ()
    found: list[TokenLogprob] = []
    for index, token in enumerate(tokens):
        number = _number(numbers[index])
        if type(token) is not str or number is None:
            return ()
        found.append(
            TokenLogprob(
                token=token,
                logprob=number,
                top=_likeliest(tops[index]) if tops else (),
            )
        )
    return tuple(found)


def told_logprobs(tokens: tuple[TokenLogprob, ...]) -> Obj:
    """The lists; offsets count characters."""
    offset = 0
    offsets: list[Json] = []
    for token in tokens:
        offsets.append(offset)
        offset += len(token.token)
    told: Obj = {
        "tokens": [token.token for token in tokens],
        "tokenLogprobs": [token.logprob for token in tokens],
        "textOffset": offsets,
    }
    if any(token.top for token in tokens):
        told["topLogprobs"] = [
            {one.token: str(one.logprob) for one in token.top} for token in tokens
        ]
    return told


def _likeliest(told: Json) -> tuple[TokenLogprob, ...]:
    if type(told) is not dict:
        return ()
    read = [(token, _number(value)) for token, value in told.items()]
    return tuple([TokenLogprob(token=token, logprob=one) for token, one in read if one is not None])


def _number(value: Json) -> float | None:
    """A logarithm, be it text; None where it is none."""
    if type(value) is str:
        try:
            value = float(value)
        except ValueError:
            return None
    if (type(value) is float or type(value) is int) and abs(value) < math.inf:
        return value
    return None


def _list(told: Obj, key: str) -> list[Json]:
    value = told.get(key)
    return value if type(value) is list else []
