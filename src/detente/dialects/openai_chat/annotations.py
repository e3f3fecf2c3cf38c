"""Annotations of an answer and logarithms of probabilities, both ways.

>>> citations_of([{"type": "url_citation", "url_citation": {"url": "https://x.example"}}])[0].url
'https://x.example'
"""

from typing import Final

from detente.canonical.content import Citation, TokenLogprob
from detente.canonical.extras import Json, Obj
from detente.dialects._codec.rest import rest
from detente.dialects.openai_chat.spelling import spelt
from detente.dialects.openai_chat.words import CHAT

_URL_CITATION: Final = frozenset(("url", "title", "start_index", "end_index"))
_TOP_LOGPROB: Final = frozenset(("token", "logprob", "bytes"))
_LOGPROB: Final = _TOP_LOGPROB | {"top_logprobs"}


def citations_of(annotations: list[Json]) -> tuple[Citation, ...] | None:
    """The URL citations; None where one of the annotations is something else."""
    found: list[Citation] = []
    for value in annotations:
        held = value.get("url_citation") if type(value) is dict else None
        if type(held) is not dict or type(value) is not dict or len(value) != 2:
            return None
        citation = _citation(held) if value.get("type") == "url_citation" else None
        if citation is None:
            return None
        found.append(citation)
    return tuple(found)


def annotation(citation: Citation, *, offset: int, length: int) -> Obj | None:
    """A citation as an annotation, None where chat has none like it. `offset` is where the citing
    text begins in the message, `length` its length, both in characters."""
    if citation.kind != "url" or citation.url is None:
        return None
    start = 0 if citation.start is None else citation.start
    end = length if citation.end is None else citation.end
    held: Obj = {
        "url": citation.url,
        "title": citation.title or "",
        "start_index": start + offset,
        "end_index": end + offset,
    }
    return {"type": "url_citation", "url_citation": spelt(held, citation.extras)}


def logprobs_of(values: Json) -> tuple[TokenLogprob, ...] | None:
    """A list of tokens with their probabilities, None where it is none that can be read."""
    return _tokens(values, top=True)


def tokens_in(logprobs: Json, key: str) -> tuple[TokenLogprob, ...]:
    """The tokens of a chunk's `logprobs` under `key`; none where they cannot be read."""
    listed = logprobs.get(key) if type(logprobs) is dict else None
    return logprobs_of(listed) or ()


def logprob_object(one: TokenLogprob, *, top: bool = True) -> Obj:
    """A token with its probability, as chat writes it."""
    held: Obj = {
        "token": one.token,
        "bytes": None if one.bytes is None else list(one.bytes),
        "logprob": one.logprob,
    }
    if top:
        held["top_logprobs"] = [logprob_object(other, top=False) for other in one.top]
    return spelt(held, one.extras)


def _tokens(values: Json, *, top: bool) -> tuple[TokenLogprob, ...] | None:
    if type(values) is not list:
        return None
    found: list[TokenLogprob] = []
    for value in values:
        one = _logprob(value, top=top)
        if one is None:
            return None
        found.append(one)
    return tuple(found)


def _citation(held: Obj) -> Citation | None:
    url, title = held.get("url"), held.get("title")
    start, end = held.get("start_index"), held.get("end_index")
    if type(url) is not str or not (title is None or type(title) is str):
        return None
    if not (start is None or type(start) is int) or not (end is None or type(end) is int):
        return None
    marks = tuple(["-" + key for key in _URL_CITATION if key not in held])
    extras = rest(held, _URL_CITATION, CHAT, marks=marks)
    return Citation(kind="url", url=url, title=title, start=start, end=end, extras=extras)


def _logprob(value: Json, *, top: bool) -> TokenLogprob | None:
    if type(value) is not dict:
        return None
    token, logprob, raw = value.get("token"), value.get("logprob"), value.get("bytes")
    if type(token) is not str or not (type(logprob) is float or type(logprob) is int):
        return None
    others = _tokens(value.get("top_logprobs", []), top=False) if top else ()
    if others is None or not (raw is None or _are_bytes(raw)):
        return None
    asked = ("bytes", "top_logprobs") if top else ("bytes",)
    marks = tuple(["-" + key for key in asked if key not in value])
    return TokenLogprob(
        token=token,
        logprob=logprob,
        bytes=tuple([b for b in raw if type(b) is int]) if type(raw) is list else None,
        top=others,
        extras=rest(value, _LOGPROB if top else _TOP_LOGPROB, CHAT, marks=marks),
    )


def _are_bytes(raw: Json) -> bool:
    return type(raw) is list and all(type(b) is int and 0 <= b < 256 for b in raw)
