"""A whole answer of Oracle Cloud's chat, as canonical values.

>>> body = b'{"modelId": "m", "chatResponse": {"apiFormat": "GENERIC", "choices": []}}'
>>> decode_response(body).model
'm'
"""

from datetime import UTC, datetime
from typing import Final

import msgspec

from detente.canonical.content import Part, Text
from detente.canonical.extras import Extras, Json, Obj
from detente.canonical.response import Choice, Response, StopReason
from detente.canonical.usage import Usage
from detente.dialects._codec import fields
from detente.dialects._codec.absences import absences
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.leftovers import left
from detente.dialects._codec.rest import rest
from detente.dialects.oci_chat.cohere_response import read_cohere_response
from detente.dialects.oci_chat.logprobs import read_logprobs, told_logprobs
from detente.dialects.oci_chat.parts_decoding import read_parts
from detente.dialects.oci_chat.response_encoding import VERSION, moment_of
from detente.dialects.oci_chat.usage import read_counts, usage_told
from detente.dialects.oci_chat.wire import (
    CHOICE,
    COHERE,
    FINISHES,
    GENERIC,
    MESSAGE,
    NAME,
    RESPONSE,
    RESULT,
    STOPS,
)

_AROUND: Final = ("modelId", "modelVersion")
_ALWAYS: Final = ("apiFormat", "timeCreated", "choices")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def decode_response(body: bytes, *, id_prefix: str = "call") -> Response:
    """A whole answer; raises `ProviderFault`."""
    try:
        wire = fields.read_object(body)
        chat = fields.member(wire, "chatResponse")
        model = fields.text_or_none(wire, "modelId") or ""
        form = chat.get("apiFormat", GENERIC)
        if form == COHERE:
            around: Obj = {key: value for key, value in wire.items() if key != "chatResponse"}
            return read_cohere_response(chat, model, around, id_prefix)
        if form != GENERIC:
            raise Misfit("chatResponse.apiFormat", f"must be `{GENERIC}` or `{COHERE}`")
        return _response(wire, chat, model, id_prefix)
    except Misfit as misfit:
        raise misfit.provider_fault() from None


def stop_of(word: Json) -> StopReason | None:
    """Why an answer ended, None where that is not said."""
    if word is None:
        return None
    return STOPS.get(word, "other") if type(word) is str else "other"


def _response(wire: Obj, chat: Obj, model: str, id_prefix: str) -> Response:
    choices: list[Choice] = []
    for index, item in enumerate(fields.items(chat, "choices")):
        if type(item) is not dict:
            raise Misfit(f"chatResponse.choices[{index}]", "must be an object")
        try:
            choices.append(_read_choice(item, index, id_prefix))
        except Misfit as misfit:
            misfit.under(f"chatResponse.choices[{index}]")
            raise
    inner: Obj = {}
    created = chat.get("timeCreated")
    seconds = seconds_of(created)
    if created is not None and (seconds is None or moment_of(seconds) != created):
        inner["timeCreated"] = created
    usage = _usage(chat, inner)
    tier = _tier(chat, inner)
    if "choices" in chat and type(chat["choices"]) is not list:
        inner["choices"] = chat["choices"]
    held = rest(chat, RESPONSE, NAME, spelling=inner, marks=absences(chat, _ALWAYS))
    return Response(
        id="",
        model=model,
        choices=tuple(choices),
        origin=NAME,
        created_s=seconds,
        usage=usage,
        service_tier=tier,
        extras=_around(wire, held, model),
    )


def _usage(chat: Obj, inner: Obj) -> Usage | None:
    """The counts; what they do not say goes into the spelling `inner`."""
    usage = read_counts(chat.get("usage"))
    if "usage" in chat:
        said = chat["usage"]
        told = left(said, usage_told(usage)) if type(said) is dict and usage is not None else said
        if told != {} or usage is None:
            inner["usage"] = told
    return usage


def _tier(chat: Obj, inner: Obj) -> str | None:
    """The tier in lower case, where it is written in capitals."""
    tier = chat.get("serviceTier")
    if type(tier) is str and tier and tier.lower().upper() == tier:
        return tier.lower()
    if tier is not None:
        inner["serviceTier"] = tier
    return None


def _around(wire: Obj, chat: Extras | None, model: str) -> Extras | None:
    """The rest of the body, with that of `chatResponse` in it."""
    members: Obj = {}
    spelling: Obj = {}
    if wire.get("modelVersion", VERSION) != VERSION:
        spelling["modelVersion"] = wire["modelVersion"]
    if "modelId" in wire and not model:
        spelling["modelId"] = wire["modelId"]
    marks = absences(wire, _AROUND)
    if chat is not None:
        marks += chat.marks
        if chat.members:
            members["chatResponse"] = chat.members
        if chat.spelling:
            spelling["chatResponse"] = chat.spelling
    return rest(wire, RESULT, NAME, members=members, spelling=spelling, marks=marks)


def _read_choice(item: Obj, index: int, id_prefix: str) -> Choice:
    message = fields.member_or_none(item, "message") or {}
    spelling: Obj = {}
    inner: Obj = {}
    if message.get("role", "ASSISTANT") != "ASSISTANT":
        inner["role"] = message["role"]
    for key in ("name", "toolCallId"):
        if message.get(key) is not None:
            inner[key] = message[key]
    prefix = id_prefix if index == 0 else f"{id_prefix}_{index}"
    try:
        parts, marks = read_parts(message, inner, prefix)
    except Misfit as misfit:
        misfit.under("message")
        raise
    held = rest(message, MESSAGE, NAME, spelling=inner)
    members: Obj = {"message": held.members} if held is not None and held.members else {}
    if held is not None and held.spelling:
        spelling["message"] = held.spelling
    if "message" in item and message == {}:
        spelling["message"] = item["message"]
    told = item.get("index")
    at = told if type(told) is int and told >= 0 else index
    if "index" in item and (type(told) is not int or told != at):
        spelling["index"] = told
    stop = stop_of(item.get("finishReason"))
    if stop is not None and FINISHES.get(stop) != item["finishReason"]:
        spelling["finishReason"] = item["finishReason"]
    parts = _with_logprobs(parts, item, spelling)
    return Choice(
        index=at,
        parts=tuple(parts),
        stop=stop,
        extras=rest(
            item,
            CHOICE,
            NAME,
            members=members,
            spelling=spelling,
            marks=(
                *marks,
                *absences(message, ("role",)),
                *absences(item, ("index", "message", "finishReason")),
            ),
        ),
    )


def _with_logprobs(parts: list[Part], item: Obj, spelling: Obj) -> list[Part]:
    """The probabilities at the one text that they are of; else they stay as they are."""
    told = item.get("logprobs")
    if type(told) is not dict or not told:
        return parts
    tokens = read_logprobs(told)
    at = [index for index, part in enumerate(parts) if isinstance(part, Text)]
    if not tokens or len(at) != 1:
        spelling["logprobs"] = told
        return parts
    if told_logprobs(tokens) != told:
        spelling["logprobs"] = left(told, told_logprobs(tokens))
        if not spelling["logprobs"]:
            del spelling["logprobs"]
    stated = msgspec.structs.replace(parts[at[0]], logprobs=tokens)
    return [*parts[: at[0]], stated, *parts[at[0] + 1 :]]


def seconds_of(told: Json) -> int | None:
    """A time as Oracle writes it, in seconds since 1970; None where it is none."""
    if type(told) is not str:
        return None
    try:
        moment = datetime.fromisoformat(told)
    except ValueError:
        return None
    return int((moment - _EPOCH).total_seconds()) if moment.tzinfo is not None else None
