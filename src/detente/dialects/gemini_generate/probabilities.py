"""`logprobsResult`: how probable the tokens were, and which others might have been.

>>> logprobs_of({"chosenCandidates": [{"token": "a", "logProbability": -0.5}]})[0].logprob
-0.5
"""

from typing import Final

from detente.canonical.content import TokenLogprob
from detente.canonical.extras import Json, Obj

_LOGPROB_MAX: Final = 10**6
"""Beyond any logarithm of a probability."""


def logprobs_of(result: Json) -> tuple[TokenLogprob, ...]:
    """The tokens in their order; what cannot be read is left out."""
    if type(result) is not dict:
        return ()
    chosen, others = result.get("chosenCandidates"), result.get("topCandidates")
    if type(chosen) is not list:
        return ()
    found: list[TokenLogprob] = []
    for index, one in enumerate(chosen):
        top: Json = others[index] if type(others) is list and index < len(others) else None
        listed = top.get("candidates") if type(top) is dict else None
        likely = [_token(other, ()) for other in listed] if type(listed) is list else []
        token = _token(one, tuple(token for token in likely if token is not None))
        if token is not None:
            found.append(token)
    return tuple(found)


def logprobs_result(logprobs: tuple[TokenLogprob, ...]) -> Obj:
    """The same as the platforms write it."""
    result: Obj = {"chosenCandidates": [_candidate(one) for one in logprobs]}
    if any(one.top for one in logprobs):
        result["topCandidates"] = [
            {"candidates": [_candidate(other) for other in one.top]} for one in logprobs
        ]
    return result


def _token(one: Json, top: tuple[TokenLogprob, ...]) -> TokenLogprob | None:
    if type(one) is not dict:
        return None
    token, value = one.get("token"), one.get("logProbability", 0.0)
    if type(token) is not str:
        return None
    if type(value) is int and abs(value) < _LOGPROB_MAX:
        value = float(value)
    return TokenLogprob(token=token, logprob=value, top=top) if type(value) is float else None


def _candidate(one: TokenLogprob) -> Obj:
    return {"token": one.token, "logProbability": one.logprob}
