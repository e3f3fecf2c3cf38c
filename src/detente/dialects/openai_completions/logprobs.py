"""Tokens' probabilities, as completions tell them: a list for each thing that is told of a token.

>>> found = read_logprobs({"tokens": ["a"], "token_logprobs": [-0.5]})
>>> found[0].token, logprobs_told(found, 0)["text_offset"]
('a', [0])
"""

from detente.canonical.content import TokenLogprob
from detente.canonical.extras import Json, Obj


def read_logprobs(told: Json) -> tuple[TokenLogprob, ...]:
    """The probabilities, none where they cannot be read."""
    if type(told) is not dict:
        return ()
    tokens, values = told.get("tokens"), told.get("token_logprobs")
    tops = told.get("top_logprobs")
    if type(tokens) is not list or type(values) is not list or len(tokens) != len(values):
        return ()
    if type(tops) is not list or len(tops) != len(tokens):
        tops = [None] * len(tokens)
    found: list[TokenLogprob] = []
    for token, value, top in zip(tokens, values, tops, strict=True):
        number = _number(value)
        if type(token) is not str or number is None:
            return ()
        found.append(TokenLogprob(token=token, logprob=number, top=_read_top(top)))
    return tuple(found)


def logprobs_told(tokens: tuple[TokenLogprob, ...], offset: int) -> Obj:
    """The probabilities on the wire; `offset` is where their text begins, in characters."""
    offsets: list[Json] = []
    for token in tokens:
        offsets.append(offset)
        offset += len(token.token)
    return {
        "tokens": [token.token for token in tokens],
        "token_logprobs": [token.logprob for token in tokens],
        "top_logprobs": [{one.token: one.logprob for one in token.top} for token in tokens],
        "text_offset": offsets,
    }


def _read_top(told: Json) -> tuple[TokenLogprob, ...]:
    if type(told) is not dict:
        return ()
    return tuple(
        [
            TokenLogprob(token=token, logprob=number)
            for token, value in told.items()
            if (number := _number(value)) is not None
        ]
    )


def _number(value: Json) -> float | None:
    return value if type(value) is float or type(value) is int else None
