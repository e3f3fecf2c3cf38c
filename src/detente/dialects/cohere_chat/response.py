"""A whole answer of Cohere's chat, bytes to values and back.

>>> body = b'{"id": "1", "message": {"content": [{"type": "text", "text": "hi"}]}}'
>>> decode_response(body).choices[0].parts[0].text
'hi'
"""

from typing import Final

import msgspec

from detente.canonical.content import Media, Native, Part, Reasoning, Refusal, Text, ToolResult
from detente.canonical.extras import Json, Obj
from detente.canonical.response import Choice, Response, StopReason
from detente.canonical.usage import Usage
from detente.dialects._codec import fields
from detente.dialects._codec.absences import absences, without
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.leftovers import left, over
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import foreign, laid_over, marked, rest
from detente.dialects.codec import Encoded, Reply
from detente.dialects.cohere_chat.logprobs import read_logprobs, told_logprobs
from detente.dialects.cohere_chat.messages_decoding import LISTED, read_parts
from detente.dialects.cohere_chat.messages_encoding import MessageEncoder
from detente.dialects.cohere_chat.usage import read_counts, usage_told
from detente.dialects.cohere_chat.wire import FINISHES, MESSAGE, NAME, RESPONSE, STOPS

_ALWAYS: Final = ("id", "finish_reason", "usage")
_ENCODE: Final = msgspec.json.Encoder().encode


def decode_response(body: bytes, *, id_prefix: str = "call") -> Response:
    """A whole answer; raises `ProviderFault`."""
    try:
        return _response(fields.read_object(body), id_prefix)
    except Misfit as misfit:
        raise misfit.provider_fault() from None


def encode_response(response: Response, reply: Reply) -> Encoded:
    """The whole answer as Cohere's clients expect it."""
    losses = Losses()
    for index in range(1, len(response.choices)):
        losses.lose("choices", f"choices[{index}]", "an answer of Cohere's has one message")
    choice = response.choices[0] if response.choices else Choice(parts=(), stop="content_filter")
    for index, one in enumerate((*response.filters, *choice.filters)):
        losses.lose("content_filter", f"filters[{index}]", f"Cohere has no `{one.name}`")
    for name, _ in foreign((response.extras, choice.extras), NAME):
        losses.lose("unknown_member", name, "only another API knows this member")
    own = response.origin == NAME
    parts = choice.parts if own else answerable(choice.parts, losses)
    message: Obj = {"role": "assistant"}
    listed = not own or marked(choice.extras, NAME, LISTED)
    MessageEncoder(losses).write(message, parts, "choices[0].parts", listed=listed)
    if not own and not message["content"]:
        del message["content"]
    wire: Obj = {
        "id": response.id or reply.request_id,
        "finish_reason": finish_of(choice.stop, losses),
        "message": laid_over(without(message, choice.extras, NAME), choice.extras, NAME),
        "usage": usage_told(response.usage or Usage()),
    }
    if told := _logprobs_told(parts):
        wire["logprobs"] = told
    wire = without(wire, response.extras, NAME)
    if response.extras is not None and response.extras.dialect == NAME:
        over(wire, response.extras.members)
        over(wire, response.extras.spelling)
    return Encoded(body=_ENCODE(wire), losses=tuple(losses.found))


def answerable(parts: tuple[Part, ...], losses: Losses, *, first: int = 0) -> tuple[Part, ...]:
    """Those parts of an answer that Cohere's message has a place for; the others are named.

    `first` is the index of the first of them.
    """
    kept: list[Part] = []
    for index, part in enumerate(parts, first):
        path = f"choices[0].parts[{index}]"
        if isinstance(part, Media):
            feature = "audio_output" if part.kind == "audio" else "native_part"
            losses.lose(feature, path, "Cohere answers in text only", "drop")
            if part.transcript:
                kept.append(Text(text=part.transcript))
        elif isinstance(part, Native | ToolResult):
            losses.lose("native_part", path, "Cohere has no such part", "drop")
        else:
            kept.append(part)
    return tuple(kept)


def finish_of(stop: StopReason | None, losses: Losses) -> str:
    """Cohere's word for why an answer ended."""
    word = FINISHES.get(stop or "end")
    if word is None:
        losses.lose("stop_reason", "choices[0].stop", f"Cohere has no reason `{stop}`")
    return word or "COMPLETE"


def stop_of(word: Json) -> StopReason | None:
    """Why an answer ended, None where that is not said."""
    if word is None:
        return None
    return STOPS.get(word, "other") if type(word) is str else "other"


def _response(wire: Obj, id_prefix: str) -> Response:
    message = fields.member(wire, "message")
    inner: Obj = {}
    if message.get("role") not in (None, "assistant"):
        inner["role"] = message["role"]
    try:
        parts, marks = read_parts(message, inner, id_prefix)
    except Misfit as misfit:
        misfit.under("message")
        raise
    spelling: Obj = {}
    parts = _with_logprobs(parts, wire, spelling)
    stop = stop_of(wire.get("finish_reason"))
    if stop is not None and FINISHES.get(stop) != wire["finish_reason"]:
        spelling["finish_reason"] = wire["finish_reason"]
    usage = read_counts(wire.get("usage"))
    said = wire.get("usage")
    if type(said) is dict:
        if kept := left(said, usage_told(usage or Usage())):
            spelling["usage"] = kept
    elif said is not None:
        spelling["usage"] = said
    held = rest(
        message, MESSAGE, NAME, spelling=inner, marks=(*marks, *absences(message, ("role",)))
    )
    choice = Choice(parts=tuple(parts), stop=stop, extras=held)
    return Response(
        id=fields.text_or_none(wire, "id") or "",
        model="",
        choices=(choice,),
        origin=NAME,
        usage=usage,
        extras=rest(
            wire,
            RESPONSE,
            NAME,
            spelling=spelling,
            marks=absences(wire, _ALWAYS),
        ),
    )


def _with_logprobs(parts: list[Part], wire: Obj, spelling: Obj) -> list[Part]:
    """The probabilities at the one text that they are of; else they stay as they are."""
    told = wire.get("logprobs")
    if not told:
        return parts
    tokens = read_logprobs(told)
    at = [index for index, part in enumerate(parts) if isinstance(part, Text)]
    if len(at) != 1 or told_logprobs(tokens) != told:
        spelling["logprobs"] = told
        return parts
    stated = msgspec.structs.replace(parts[at[0]], logprobs=tokens)
    return [*parts[: at[0]], stated, *parts[at[0] + 1 :]]


def _logprobs_told(parts: tuple[Part, ...]) -> list[Json]:
    told: list[Json] = []
    for part in parts:
        if isinstance(part, Text | Refusal):
            told += told_logprobs(part.logprobs)
        elif isinstance(part, Reasoning):
            continue
    return told
