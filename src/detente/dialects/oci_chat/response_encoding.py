"""A whole answer as Oracle Cloud's chat says it, in the format that the client asked in."""

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from detente.canonical.content import Media, Native, Part, Refusal, Text, ToolResult
from detente.canonical.extras import Extras, Json, Obj
from detente.canonical.response import Choice, Response, StopReason
from detente.dialects._codec.absences import without
from detente.dialects._codec.leftovers import over
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import foreign, marked
from detente.dialects.codec import Encoded, Reply
from detente.dialects.oci_chat.cohere_response import (
    response_of_coheres,
    write_cohere_response,
)
from detente.dialects.oci_chat.logprobs import told_logprobs
from detente.dialects.oci_chat.turns_encoding import MessageEncoder
from detente.dialects.oci_chat.usage import usage_told
from detente.dialects.oci_chat.wire import (
    COHERE,
    FINISHES,
    GENERIC,
    NAME,
)

_ALWAYS: Final = ("modelId", "modelVersion", "apiFormat", "timeCreated", "choices")
VERSION: Final = "1.0.0"
"""What Oracle says of models that have no versions."""
_SECONDS_MAX: Final = 253_402_300_799
"""The end of the year 9999, the last that a date can say."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ENCODE: Final = msgspec.json.Encoder().encode


def encode_response(response: Response, reply: Reply) -> Encoded:
    """The whole answer as Oracle's clients expect it, in the format that they asked in."""
    if asks_coheres(response.extras, reply):
        wire, encoded = write_cohere_response(response, reply)
        return Encoded(body=_ENCODE(wire), losses=encoded.losses)
    losses = Losses()
    wire = _generic(response_of_coheres(response), reply, losses)
    return Encoded(body=_ENCODE(wire), losses=tuple(losses.found))


def asks_coheres(extras: Extras | None, reply: Reply) -> bool:
    """Whether the client asked in the format of Cohere's; where that is not known, whether the
    answer is in it."""
    asked = reply.request
    if asked is None or asked.origin != NAME:
        return marked(extras, NAME, COHERE)
    return marked(asked.extras, NAME, COHERE)


def answerable(
    parts: tuple[Part, ...], losses: Losses, *, choice: int, first: int = 0
) -> tuple[Part, ...]:
    """Those parts of an answer that a message has a place for; the others are named. `first` is the
    index of the first of them."""
    kept: list[Part] = []
    for index, part in enumerate(parts, first):
        path = f"choices[{choice}].parts[{index}]"
        if isinstance(part, Media) and part.kind in ("audio", "video"):
            losses.lose("audio_output", path, "Oracle's chat answers in text only", "drop")
            if part.transcript:
                kept.append(Text(text=part.transcript))
        elif isinstance(part, ToolResult) or (isinstance(part, Native) and part.dialect != NAME):
            losses.lose("native_part", path, "Oracle's chat has no such part", "drop")
        else:
            kept.append(part)
    return tuple(kept)


def finish_of(stop: StopReason | None, losses: Losses, *, choice: int = 0) -> str:
    """The word for why an answer ended."""
    word = FINISHES.get(stop or "end")
    if word is None:
        losses.lose("stop_reason", f"choices[{choice}].stop", f"Oracle has no reason `{stop}`")
    return word or "stop"


def moment_of(seconds: int) -> str:
    """A time in seconds since 1970 as Oracle writes it (RFC 3339)."""
    moment = _EPOCH + timedelta(seconds=min(max(seconds, 0), _SECONDS_MAX))
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"


def _generic(response: Response, reply: Reply, losses: Losses) -> Obj:
    for index, one in enumerate(response.filters):
        losses.lose("content_filter", f"filters[{index}]", f"Oracle has no `{one.name}`")
    for name, _ in foreign((response.extras,), NAME):
        losses.lose("unknown_member", name, "only another API knows this member")
    blocked = Choice(parts=(), stop="content_filter")
    own = response.origin == NAME
    choices = response.choices or (() if own else (blocked,))
    asked = reply.request.model if reply.request is not None else ""
    told: list[Json] = [_choice(one, response.origin == NAME, losses) for one in choices]
    chat: Obj = {
        "apiFormat": GENERIC,
        "timeCreated": moment_of(reply.now_s if response.created_s is None else response.created_s),
        "choices": told,
    }
    if response.usage is not None:
        chat["usage"] = usage_told(response.usage)
    if response.service_tier is not None:
        chat["serviceTier"] = response.service_tier.upper()
    wire: Obj = {"modelId": response.model or asked, "modelVersion": VERSION, "chatResponse": chat}
    held = response.extras
    if held is not None and held.dialect == NAME:
        without(wire, held, NAME)
        without(chat, held, NAME)
        over(wire, held.members)
        over(wire, held.spelling)
    return wire


def _choice(choice: Choice, own: bool, losses: Losses) -> Obj:
    at = choice.index
    for index, one in enumerate(choice.filters):
        path = f"choices[{at}].filters[{index}]"
        losses.lose("content_filter", path, f"Oracle has no `{one.name}`")
    for name, _ in foreign((choice.extras,), NAME):
        losses.lose("unknown_member", name, "only another API knows this member")
    parts = choice.parts if own else answerable(choice.parts, losses, choice=at)
    message: Obj = {"role": "ASSISTANT"}
    MessageEncoder(losses).write(message, parts, f"choices[{at}].parts")
    if own and "content" not in message:
        message["content"] = []
    wire: Obj = {
        "index": at,
        "message": message,
        "finishReason": finish_of(choice.stop, losses, choice=at),
    }
    tokens = [
        token for part in parts if isinstance(part, Text | Refusal) for token in part.logprobs
    ]
    if tokens:
        wire["logprobs"] = told_logprobs(tuple(tokens))
    held = choice.extras
    if held is not None and held.dialect == NAME:
        without(message, held, NAME)
        without(wire, held, NAME)
        over(wire, held.members)
        over(wire, held.spelling)
    return wire
