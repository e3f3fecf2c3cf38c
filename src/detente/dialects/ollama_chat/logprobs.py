"""Tokens' probabilities, as Ollama tells them beside the message.

>>> read_logprobs([{"token": "a", "logprob": -0.5}])[0].logprob
-0.5
"""

from typing import cast

from detente.canonical.content import TokenLogprob
from detente.canonical.extras import Json, Obj
from detente.dialects._codec.rest import laid_over, rest
from detente.dialects.ollama_chat.wire import NAME

_TOKEN = frozenset(("token", "logprob", "bytes", "top_logprobs"))


def read_logprobs(told: Json) -> tuple[TokenLogprob, ...]:
    """The probabilities; what is none is left out."""
    if type(told) is not list:
        return ()
    found = [_read(item) for item in told if type(item) is dict]
    return tuple([one for one in found if one is not None])


def told_logprobs(tokens: tuple[TokenLogprob, ...]) -> list[Json]:
    """The probabilities on the wire."""
    return [_told(token) for token in tokens]


def _read(item: Obj) -> TokenLogprob | None:
    token = item.get("token")
    logprob = item.get("logprob")
    if type(token) is not str or (type(logprob) is not float and type(logprob) is not int):
        return None
    data = item.get("bytes")
    numbers = type(data) is list and all(type(one) is int for one in data)
    return TokenLogprob(
        token=token,
        logprob=logprob,
        bytes=tuple(cast(list[int], data)) if numbers else None,
        top=read_logprobs(item.get("top_logprobs")),
        extras=rest(item, _TOKEN, NAME),
    )


def _told(token: TokenLogprob) -> Obj:
    wire: Obj = {"token": token.token, "logprob": token.logprob}
    if token.bytes is not None:
        wire["bytes"] = list(token.bytes)
    if token.top:
        wire["top_logprobs"] = told_logprobs(token.top)
    return laid_over(wire, token.extras, NAME)
