"""A canonical answer as Google's clients expect it.

>>> from detente.canonical.content import Text
>>> answer = Response(id="r", model="m", choices=(Choice(parts=(Text(text="hi"),), stop="end"),))
>>> encode_response(answer, Reply()).body[:60]
b'{"candidates":[{"content":{"parts":[{"text":"hi"}],"role":"m'
"""

from typing import Final

import msgspec

from detente.canonical.content import Citation, Text, TokenLogprob, ToolCall
from detente.canonical.extras import Extras, Json, Obj
from detente.canonical.response import Choice, ContentFilter, Response, StopReason
from detente.canonical.usage import Usage
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import foreign, laid_over, marked
from detente.dialects._google.tokens import usage_metadata
from detente.dialects.codec import Encoded, Reply
from detente.dialects.gemini_generate import words
from detente.dialects.gemini_generate.part_encoding import PartWriter
from detente.dialects.gemini_generate.probabilities import logprobs_result
from detente.dialects.gemini_generate.sources import grounding_of

D: Final = words.NAME
_ENCODE: Final = msgspec.json.Encoder().encode
_TOO_DEEP: Final = "the answer is nested more deeply than can be written"
_NOT_HERE: Final = "this API has no such member"


def encode_response(response: Response, reply: Reply) -> Encoded:  # noqa: ARG001 - see `Codec`
    """The body, and what it does not say."""
    losses = Losses()
    try:
        body = _ENCODE(_response(response, losses))
    except RecursionError:
        losses.lose("native_part", "choices", _TOO_DEEP)
        body = b'{"candidates":[]}'
    return Encoded(body=body, losses=tuple(losses.found))


def _response(response: Response, losses: Losses) -> Obj:
    own = response.origin == D
    writer = PartWriter(losses, own=own, upstream=False)
    body: Obj = {}
    if response.choices or not marked(response.extras, D, "no_candidates"):
        body["candidates"] = [
            _candidate(choice, f"choices[{index}]", writer, losses, own=own)
            for index, choice in enumerate(response.choices)
        ]
    for filter_ in response.filters:
        add_filter(filter_, body, "filters", losses)
    for name, _ in foreign((response.extras,), D):
        losses.lose("unknown_member", name, _NOT_HERE)
    kept = kept_of(response.extras)
    if response.usage is not None and "usageMetadata" not in kept:
        name_usage(response.usage, losses)
        body["usageMetadata"] = usage_metadata(response.usage, response.service_tier)
    if not marked(response.extras, D, "no_model"):
        body["modelVersion"] = response.model
    if not marked(response.extras, D, "no_id"):
        body["responseId"] = response.id
    return laid_over(body, response.extras, D)


def _candidate(choice: Choice, path: str, writer: PartWriter, losses: Losses, *, own: bool) -> Obj:
    parts: list[Json] = []
    for index, part in enumerate(choice.parts):
        parts += writer.parts(part, f"{path}.parts[{index}]")
    if not own:
        _sign_first_call(choice, parts)
    target: Obj = {"content": {"parts": parts, "role": "model"}}
    if choice.stop is not None:
        add_stop(choice.stop, choice.stop_detail, target)
        name_stop(choice.stop, f"{path}.stop", losses)
    target["index"] = choice.index
    kept = kept_of(choice.extras)
    if "groundingMetadata" not in kept and "citationMetadata" not in kept:
        _add_sources(choice, path, target, losses)
    if "logprobsResult" not in kept:
        _add_logprobs(choice, target)
    for name, _ in foreign((choice.extras,), D):
        losses.lose("unknown_member", f"{path}.{name}", _NOT_HERE)
    for filter_ in choice.filters:
        add_filter(filter_, target, f"{path}.filters", losses)
    if choice.extras is not None and choice.extras.dialect == D:
        _leave_out(target, parts, choice.extras)
        laid_over(target, choice.extras, D)
    return target


def _leave_out(target: Obj, parts: list[Json], extras: Extras) -> None:
    """What the candidate did not have when it came."""
    content = target["content"]
    assert type(content) is dict
    for mark in extras.marks:
        if mark == "no_role":
            del content["role"]
        elif mark == "no_parts" and not parts:
            del content["parts"]
        elif mark == "no_content" and not parts:
            del target["content"]
        elif mark == "no_index":
            del target["index"]


def _sign_first_call(choice: Choice, parts: list[Json]) -> None:
    """The first call of another platform's model has the sentinel, with which a client may hand it
    to a Gemini model later on."""
    if any(isinstance(part, ToolCall) and part.state is not None for part in choice.parts):
        return
    for part in parts:
        if type(part) is dict and "functionCall" in part:
            part["thoughtSignature"] = words.SENTINEL_BASE64
            return


def _add_sources(choice: Choice, path: str, target: Obj, losses: Losses) -> None:
    texts: list[tuple[int, str, tuple[Citation, ...]]] = []
    for index, part in enumerate(choice.parts):
        if isinstance(part, Text) and part.citations:
            texts.append((index, part.text, part.citations))
            for at, citation in enumerate(part.citations):
                name_citation(citation, f"{path}.parts[{index}].citations[{at}]", losses)
    if texts:
        target["groundingMetadata"] = grounding_of(texts)


def _add_logprobs(choice: Choice, target: Obj) -> None:
    logprobs: tuple[TokenLogprob, ...] = ()
    for part in choice.parts:
        if isinstance(part, Text):
            logprobs += part.logprobs
    if logprobs:
        target["logprobsResult"] = logprobs_result(logprobs)


def kept_of(extras: Extras | None) -> Obj:
    """What an answer of this dialect said in its own words."""
    return extras.spelling if extras is not None and extras.dialect == D else {}


def add_stop(stop: StopReason, detail: str | None, target: Obj) -> None:
    """Why a candidate ended: the platform's own word where it was one, else another's as words."""
    word = words.STOP_WORDS[stop]
    if detail is not None:
        if words.STOP_REASONS.get(detail, "other") == stop and detail.isupper():
            word = detail
        else:
            target["finishMessage"] = detail
    target["finishReason"] = word


def name_stop(stop: StopReason, path: str, losses: Losses) -> None:
    """A reason that has no equal here is named."""
    why = words.STOPS_UNLIKE.get(stop)
    if why is not None:
        losses.lose("stop_reason", path, why)


def name_usage(usage: Usage, losses: Losses) -> None:
    """Cache writes are part of the prompt here, and cannot be told from it."""
    if usage.cache_write_tokens:
        why = "this API counts what is written to a cache as any other prompt"
        losses.lose("usage_class", "usage.cache_write_tokens", why)


def name_citation(citation: Citation, path: str, losses: Losses) -> None:
    """Where in its source a citation stands has no place here."""
    if citation.source_start is not None or citation.source_index is not None:
        why = "this API does not tell where in a source"
        losses.lose("citations", f"{path}.source_start", why)


def add_filter(filter_: ContentFilter, target: Obj, path: str, losses: Losses) -> None:
    """A filter's words, which other platforms' are not."""
    if filter_.dialect == D:
        target[filter_.name] = filter_.value
    else:
        why = "this API has categories of its own"
        losses.lose("content_filter", f"{path}.{filter_.name}", why)
