"""A chat completion as the canonical answer, and the errors of chat's platforms.

>>> decode_response(b'{"id": "a", "model": "m", "choices": []}').id
'a'
"""

from typing import Final

import msgspec

from detente.canonical.content import Part, Refusal, Text, ToolCall
from detente.canonical.extras import Json, Obj
from detente.canonical.response import Choice, ContentFilter, Response, StopReason
from detente.dialects._codec import fields
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.rest import rest
from detente.dialects.codec import ErrorText
from detente.dialects.openai_chat.annotations import logprobs_of
from detente.dialects.openai_chat.counts import rest_of, usage_of
from detente.dialects.openai_chat.messages_decoding import Said, said_by
from detente.dialects.openai_chat.spelling import absent
from detente.dialects.openai_chat.words import CHAT, CHOICE, FINISHES, RESPONSE, STOPS

_ENVELOPE: Final = ("system_fingerprint", "metadata")
_PLAIN_MEMBERS: Final = 3
"""Index, message and reason: a choice of no more has no rest."""


def decode_response(body: bytes, *, id_prefix: str = "call") -> Response:
    """A whole answer; raises `ProviderFault`."""
    try:
        return _response(fields.read_object(body), id_prefix)
    except Misfit as misfit:
        raise misfit.provider_fault() from None


def read_error(body: bytes) -> ErrorText | None:
    """The error in an answer: OpenAI's object, a bare text, or Mistral's own forms."""
    try:
        source = fields.read_object(body)
    except Misfit:
        return None
    held = source.get("error")
    if type(held) is dict:
        return _told(held)
    if type(held) is str and held:
        return ErrorText(message=held)
    if type(source.get("message")) is str:
        return _told(source)
    detail = source.get("detail")
    if type(detail) is list and detail and type(detail[0]) is dict:
        said = detail[0].get("msg")
        return ErrorText(message=said) if type(said) is str else None
    return ErrorText(message=detail) if type(detail) is str else None


def error_code(held: Obj) -> str | None:
    """The platform's word for an error: its code, else its type."""
    for key in ("code", "type"):
        value = held.get(key)
        if type(value) is str and value:
            return value
        if type(value) is int:
            return str(value)
    return None


def stop_of(word: str, *, called: bool, refused: bool) -> StopReason:
    """The canonical reason. OpenAI says `stop` after a forced call and after a refusal, too; other
    dialects have words of their own for these, and their clients go by them."""
    stop = STOPS.get(word, "other")
    if stop == "end":
        return "tool_calls" if called else "refusal" if refused else "end"
    return stop


def _told(held: Obj) -> ErrorText | None:
    message = held.get("message")
    if type(message) is not str:
        return None
    return ErrorText(message=message, code=error_code(held))


def _response(source: Obj, id_prefix: str) -> Response:
    listed = source.get("choices")
    if type(listed) is not list:
        if "error" in source:
            raise Misfit("error", "stands where an answer was expected")
        raise Misfit("choices", "must be a list")
    choices: list[Choice] = []
    for index, value in enumerate(listed):
        if type(value) is not dict:
            raise Misfit(f"choices[{index}]", "must be an object")
        try:
            choices.append(_choice(value, index, id_prefix))
        except Misfit as misfit:
            misfit.under(f"choices[{index}]")
            raise
    usage = None
    members: Obj | None = None
    spelling: Obj = {k: source[k] for k in _ENVELOPE if k in source}
    wire = source.get("usage")
    if wire is not None:
        usage = usage_of(wire)
        if type(wire) is dict:
            unknown, spelling["usage"] = rest_of(wire, usage)
            members = {"usage": unknown} if unknown else None
        else:
            spelling["usage"] = wire
    name, model = source.get("id"), source.get("model")
    marks = _envelope(source, spelling)
    created = source.get("created")
    filters = (*prompt_filters(source), *moderation_filters(source.get("moderation")))
    tier = source.get("service_tier")
    return Response(
        id=name if type(name) is str else "",
        model=model if type(model) is str else "",
        choices=tuple(choices),
        origin=CHAT,
        created_s=created if type(created) is int else None,
        usage=usage,
        service_tier=tier if type(tier) is str else None,
        filters=filters,
        extras=rest(source, RESPONSE, CHAT, members=members, spelling=spelling, marks=marks),
    )


def _envelope(source: Obj, spelling: Obj) -> tuple[str, ...]:
    """How the envelope was written, where not as OpenAI does."""
    for key in ("id", "model"):
        if key in source and type(source[key]) is not str:
            spelling[key] = source[key]
    if source.get("object", "chat.completion") != "chat.completion":
        spelling["object"] = source["object"]
    if "created" in source and type(source["created"]) is not int:
        spelling["created"] = source["created"]
    for key in ("service_tier", "moderation", "prompt_filter_results"):
        if key in source and not _is_understood(key, source[key]):
            spelling[key] = source[key]
    return absent(source, "id", "object", "created", "model")


def _is_understood(key: str, value: Json) -> bool:
    match key:
        case "service_tier":
            return type(value) is str
        case "moderation":
            return type(value) is dict
        case _:
            return type(value) is list


def _choice(source: Obj, position: int, id_prefix: str) -> Choice:
    message = source.get("message")
    members: Obj = {}
    spelling: Obj = {}
    marks: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    if type(message) is dict:
        said = _message(message, f"{id_prefix}_{position}")
        parts, marks = said.parts, _message_rest(message, said, members, spelling)
    elif message is not None:
        raise Misfit("message", "must be an object")
    else:
        marks = absent(source, "message")
    if source.get("logprobs") is not None:
        parts = _with_logprobs(parts, source["logprobs"], members, spelling)
    stop, sequence = _stop(source, parts, members, spelling)
    index = source.get("index")
    if type(index) is not int or index < 0:
        if index is not None:
            spelling["index"] = index
        index, marks = position, (*marks, *absent(source, "index"))
    extras = None
    if len(source) > _PLAIN_MEMBERS or members or spelling or marks or None in source.values():
        extras = rest(source, CHOICE, CHAT, members=members, spelling=spelling, marks=marks)
    return Choice(
        index=index,
        parts=parts,
        stop=stop,
        stop_sequence=sequence,
        filters=choice_filters(source),
        extras=extras,
    )


def _message(message: Obj, id_prefix: str) -> Said:
    try:
        return said_by(message, id_prefix)
    except Misfit as misfit:
        misfit.under("message")
        raise


def _message_rest(message: Obj, said: Said, members: Obj, spelling: Obj) -> tuple[str, ...]:
    """The rest of a message stands within its choice's; returns the marks."""
    marks: tuple[str, ...] = ()
    if said.extras is not None:
        if said.extras.members:
            members["message"] = said.extras.members
        if said.extras.spelling:
            spelling["message"] = said.extras.spelling
        marks = said.extras.marks
    role = message.get("role")
    if role != "assistant":
        marks = (*marks, "role")
        if "role" in message:
            spelling["message"] = {**_obj(spelling.get("message")), "role": role}
    return marks


def _stop(
    source: Obj, parts: tuple[Part, ...], members: Obj, spelling: Obj
) -> tuple[StopReason | None, str | None]:
    """Why it ended; vLLM's `stop_reason` names the sequence, or a token's number."""
    word = source.get("finish_reason")
    sequence = source.get("stop_reason")
    if type(sequence) is not str:
        if sequence is not None:
            members["stop_reason"] = sequence
        sequence = None
    if type(word) is not str or not word:
        if word is not None:
            spelling["finish_reason"] = word
        return None, sequence
    called = any(isinstance(part, ToolCall) for part in parts)
    refused = any(isinstance(part, Refusal) for part in parts)
    stop = stop_of(word, called=called, refused=refused)
    if sequence is not None and stop == "end":
        stop = "stop_sequence"
    if FINISHES[stop] != word:
        spelling["finish_reason"] = word
    return stop, sequence


def choice_filters(source: Obj) -> tuple[ContentFilter, ...]:
    """What Azure's filter said of one choice."""
    value = source.get("content_filter_results")
    if value is None or value == {}:
        return ()
    return (
        ContentFilter(dialect=CHAT, stage="output", name="content_filter_results", value=value),
    )


def prompt_filters(source: Obj) -> tuple[ContentFilter, ...]:
    """What Azure's filter said of the prompt."""
    value = source.get("prompt_filter_results")
    if type(value) is not list or not value:
        return ()
    return (ContentFilter(dialect=CHAT, stage="input", name="prompt_filter_results", value=value),)


def moderation_filters(value: Json) -> tuple[ContentFilter, ...]:
    """What OpenAI's moderation said, of prompt and answer together: only the answer brings it."""
    if type(value) is not dict or not value:
        return ()
    return (ContentFilter(dialect=CHAT, stage="output", name="moderation", value=value),)


def _with_logprobs(
    parts: tuple[Part, ...], value: Json, members: Obj, spelling: Obj
) -> tuple[Part, ...]:
    """The parts with their tokens' probabilities; those of calls have no place and ride along."""
    if type(value) is not dict or not (value.keys() <= {"content", "refusal"}):
        members["logprobs"] = value
        return parts
    nulls: Obj = {key: None for key, tokens in value.items() if tokens is None}
    for key, kind in (("content", Text), ("refusal", Refusal)):
        listed = value.get(key)
        if listed is None:
            continue
        tokens = logprobs_of(listed)
        at = [index for index, part in enumerate(parts) if isinstance(part, kind)]
        if tokens is None or len(at) != 1 or not tokens:
            members["logprobs"] = {**_obj(members.get("logprobs")), key: listed}
            continue
        stated = msgspec.structs.replace(parts[at[0]], logprobs=tokens)
        parts = (*parts[: at[0]], stated, *parts[at[0] + 1 :])
    if "logprobs" in members:
        members["logprobs"] = {**_obj(members["logprobs"]), **nulls}
    elif nulls or not value:
        spelling["logprobs"] = nulls
    return parts


def _obj(value: Json) -> Obj:
    return value if type(value) is dict else {}
