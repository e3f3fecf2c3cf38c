"""A whole answer of a Google platform in canonical words.

>>> body = b'{"candidates":[{"content":{"parts":[{"text":"hi"}]},"finishReason":"STOP"}]}'
>>> decode_response(body).choices[0].stop
'end'
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from detente.canonical.content import Part, Text, ToolCall
from detente.canonical.extras import Json, Obj
from detente.canonical.failure import ProviderFault
from detente.canonical.response import Choice, ContentFilter, Response, StopReason
from detente.dialects._codec import fields
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.rest import rest
from detente.dialects._google.tokens import generate_usage, served_tier
from detente.dialects.gemini_generate import words
from detente.dialects.gemini_generate.part_decoding import Calls, decode_part
from detente.dialects.gemini_generate.probabilities import logprobs_of
from detente.dialects.gemini_generate.sources import cited, recited

D: Final = words.NAME
_CONTENT: Final = words.CONTENT


def decode_response(body: bytes, *, id_prefix: str = "call") -> Response:
    """The answer; raises `ProviderFault`."""
    try:
        return _response(fields.read_object(body), id_prefix)
    except Misfit as misfit:
        raise misfit.provider_fault() from None
    except RecursionError:
        raise Misfit("", "is nested too deeply").provider_fault() from None


def _response(source: Obj, id_prefix: str) -> Response:
    if "error" in source and "candidates" not in source:
        raise ProviderFault(
            "upstream_failed", "the provider answered with an error; try another deployment"
        )
    calls = Calls(id_prefix)
    spelling: Obj = {}
    marks: tuple[str, ...] = ()
    for name in words.ANSWER_ENVELOPE:
        if name in source:
            spelling[name] = source[name]
    id_, model = (
        fields.text_or_none(source, "responseId"),
        fields.text_or_none(source, "modelVersion"),
    )
    if id_ is None:
        marks = ("no_id",)
    elif not id_:
        spelling["responseId"] = id_
    if model is None:
        marks = (*marks, "no_model")
    if "candidates" not in source:
        marks = (*marks, "no_candidates")
    usage = fields.member_or_none(source, "usageMetadata")
    positions = iter(range(len(fields.items(source, "candidates"))))
    return Response(
        id=id_ or id_prefix,
        model=model or "",
        origin=D,
        created_s=seconds(source.get("createTime")),
        choices=fields.each(
            source, "candidates", lambda candidate: _choice(candidate, next(positions), calls)
        ),
        usage=None if usage is None else generate_usage(usage),
        service_tier=None if usage is None else served_tier(usage),
        filters=prompt_filters(source),
        extras=rest(source, words.ANSWER, D, spelling=spelling, marks=marks),
    )


def _index(candidate: Obj) -> int | None:
    index = fields.integer_or_none(candidate, "index")
    if index is not None and index < 0:
        raise Misfit("index", "must be counted from 0")
    return index


def _choice(candidate: Obj, position: int, calls: Calls) -> Choice:
    index = _index(candidate)
    marks: tuple[str, ...] = ()
    if index is None:
        marks = ("no_index",)
    spelling: Obj = {}
    members: Obj | None = None
    for name in candidate.keys() & _KEPT:
        spelling[name] = candidate[name]
    content = fields.member_or_none(candidate, "content")
    parts: tuple[Part, ...] = ()
    if content is None:
        marks = (*marks, "no_content")
    else:
        parts = _parts(content, calls)
        about = rest(content, _CONTENT, D)
        if about is not None:
            members = {"content": about.members} if about.members else None
            if about.spelling:
                spelling["content"] = about.spelling
        for key in ("role", "parts"):
            if key not in content:
                marks = (*marks, f"no_{key}")
        role = content.get("role")
        if role is not None and role != "model":
            spelling["content"] = {**_inner(spelling, "content"), "role": role}
        parts = _sourced(candidate, parts)
    word = fields.text_or_none(candidate, "finishReason")
    calls_made = any(isinstance(part, ToolCall) for part in parts)
    stop, detail = stop_of(word, calls_made=calls_made)
    if word is not None and (stop is None or not word.isupper()):
        spelling["finishReason"] = word
    return Choice(
        index=position if index is None else index,
        parts=parts,
        stop=stop,
        stop_detail=detail,
        filters=candidate_filters(candidate),
        extras=rest(candidate, _SAID, D, spelling=spelling or None, members=members, marks=marks),
    )


_KEPT: Final = frozenset(words.CANDIDATE_ENVELOPE)
_SAID: Final = words.CANDIDATE - words.CANDIDATE_NATIVE


def _parts(content: Obj, calls: Calls) -> tuple[Part, ...]:
    parts = content.get("parts")
    if type(parts) is list and len(parts) == 1 and type(part := parts[0]) is dict:
        return (decode_part(part, calls),)
    return fields.each(content, "parts", lambda part: decode_part(part, calls))


def _inner(source: Obj, key: str) -> Obj:
    value = source.get(key)
    return value if type(value) is dict else {}


def _sourced(candidate: Obj, parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The parts with the citations and probabilities that the candidate tells of them."""
    grounding, recitation = candidate.get("groundingMetadata"), candidate.get("citationMetadata")
    result = candidate.get("logprobsResult")
    if not grounding and not recitation and not result:
        return parts
    texts = [part.text if isinstance(part, Text) else None for part in parts]
    first = next((index for index, text in enumerate(texts) if text is not None), None)
    if first is None:
        return parts
    found = cited(grounding, texts) if type(grounding) is dict else {}
    if type(recitation) is dict:
        found.setdefault(first, []).extend(recited(recitation, texts[first] or ""))
    logprobs = logprobs_of(result)
    out = list(parts)
    for index, part in enumerate(parts):
        citations = found.get(index)
        if isinstance(part, Text) and (citations or (logprobs and index == first)):
            out[index] = msgspec.structs.replace(
                part,
                citations=tuple(citations or ()),
                logprobs=logprobs if index == first else (),
            )
    return tuple(out)


def stop_of(word: str | None, *, calls_made: bool) -> tuple[StopReason | None, str | None]:
    """Why a candidate ended, and the platform's own word where it says more."""
    if not word or word == "FINISH_REASON_UNSPECIFIED":
        return None, None
    stop = words.STOP_REASONS.get(word, "other")
    if stop == "end":
        return ("tool_calls" if calls_made else "end"), None
    says_more = word.isupper() and word not in ("MAX_TOKENS", "CONTINUATION")
    return stop, word if says_more else None


def candidate_filters(candidate: Obj) -> tuple[ContentFilter, ...]:
    """What the platform's filters say of a candidate."""
    ratings = candidate.get("safetyRatings")
    if ratings is None:
        return ()
    return (ContentFilter(dialect=D, stage="output", name="safetyRatings", value=ratings),)


def prompt_filters(source: Obj) -> tuple[ContentFilter, ...]:
    """What the platform's filters say of the prompt."""
    feedback = source.get("promptFeedback")
    if feedback is None:
        return ()
    return (ContentFilter(dialect=D, stage="input", name="promptFeedback", value=feedback),)


def block_reason(filter_: ContentFilter) -> str | None:
    """Why the platform did not pass the prompt on, None where it did."""
    value = filter_.value
    reason = value.get("blockReason") if type(value) is dict and filter_.dialect == D else None
    return reason if type(reason) is str and reason else None


def seconds(time: Json) -> int | None:
    """A time as RFC 3339 has it, in seconds since 1970."""
    if type(time) is not str:
        return None
    try:
        return int(_TIME(f'"{time}"').timestamp())
    except (msgspec.DecodeError, ValueError, OverflowError):
        return None


_TIME: Final[Callable[[str], datetime]] = msgspec.json.Decoder(datetime).decode
