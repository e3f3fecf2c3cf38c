"""A whole answer of Ollama's chat, bytes to values and back.

>>> decode_response(b'{"model": "m", "message": {"content": "hi"}, "done": true}').choices[0].stop
'end'
"""

from datetime import UTC, datetime, timedelta
from typing import Final, assert_never

import msgspec

from detente.canonical.content import (
    Media,
    Native,
    Part,
    Reasoning,
    Refusal,
    Text,
    TokenLogprob,
    ToolCall,
    ToolResult,
)
from detente.canonical.extras import Json, Obj
from detente.canonical.response import Choice, Response, StopReason
from detente.canonical.usage import Usage
from detente.dialects._codec import fields
from detente.dialects._codec.absences import absences, without
from detente.dialects._codec.arguments import arguments_object
from detente.dialects._codec.counts import count
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import foreign, laid_over, rest
from detente.dialects.codec import Encoded, Reply
from detente.dialects.ollama_chat.calls import read_call
from detente.dialects.ollama_chat.logprobs import read_logprobs, told_logprobs
from detente.dialects.ollama_chat.media import image_of
from detente.dialects.ollama_chat.wire import (
    DONE_REASONS,
    DURATIONS,
    MESSAGE,
    NAME,
    RESPONSE,
    STOPS,
)

_ALWAYS: Final = ("model", "created_at", "done", "done_reason", "prompt_eval_count", "eval_count")
_SECONDS_MAX: Final = 253_402_300_799
"""The end of the year 9999, the last that a date can say."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ENCODE: Final = msgspec.json.Encoder().encode


def decode_response(body: bytes, *, id_prefix: str = "call") -> Response:
    """A whole answer; raises `ProviderFault`."""
    try:
        return _response(fields.read_object(body), id_prefix)
    except Misfit as misfit:
        raise misfit.provider_fault() from None


def encode_response(response: Response, reply: Reply) -> Encoded:
    """The whole answer as Ollama's clients expect it."""
    losses = Losses()
    for index in range(1, len(response.choices)):
        losses.lose("choices", f"choices[{index}]", "an answer of Ollama's has one message")
    for index, one in enumerate(response.filters):
        losses.lose("content_filter", f"filters[{index}]", f"Ollama has no `{one.name}`")
    name_unknown(response, losses)
    choice = response.choices[0] if response.choices else Choice(parts=(), stop="content_filter")
    wire = envelope(response.model, response.created_s, reply)
    message: Obj = {"role": "assistant", "content": ""}
    logprobs: list[Json] = []
    for index, part in enumerate(choice.parts):
        write_part(message, logprobs, part, f"choices[0].parts[{index}]", losses)
    for index, one in enumerate(choice.filters):
        losses.lose("content_filter", f"choices[0].filters[{index}]", f"Ollama has no `{one.name}`")
    wire["message"] = laid_over(without(message, choice.extras, NAME), choice.extras, NAME)
    if logprobs:
        wire["logprobs"] = logprobs
    finish(wire, choice.stop, response.usage, losses)
    own = response.extras is not None and response.extras.dialect == NAME
    if not own:
        wire |= dict.fromkeys(DURATIONS, 0)
    laid_over(without(wire, response.extras, NAME), response.extras, NAME)
    return Encoded(body=_ENCODE(wire), losses=tuple(losses.found))


def name_unknown(response: Response, losses: Losses) -> None:
    """Name what an answer says in members that only another platform knows."""
    choices = response.choices[:1]
    parts = tuple(part for choice in choices for part in choice.parts)
    held = tuple(part.extras for part in parts if not isinstance(part, Native))
    beside = (response.extras, *(choice.extras for choice in choices), *held)
    for name, _ in foreign(beside, NAME):
        losses.lose("unknown_member", name, "only another API knows this member")


def usage_of(wire: Obj) -> Usage | None:
    """The counts of a last line, None where there are none."""
    if wire.get("prompt_eval_count") is None and wire.get("eval_count") is None:
        return None
    return Usage(
        uncached_input_tokens=count(wire, "prompt_eval_count"),
        visible_output_tokens=count(wire, "eval_count"),
    )


def seconds_of(told: Json) -> int | None:
    """A time as Go writes it, in seconds since 1970; None where it is none."""
    if type(told) is not str:
        return None
    try:
        moment = datetime.fromisoformat(told)
    except ValueError:
        return None
    return int((moment - _EPOCH).total_seconds()) if moment.tzinfo is not None else None


def stop_of(word: Json, *, called: bool) -> StopReason:
    """Why an answer ended; after calls Ollama says `stop`."""
    stop = STOPS.get(word, "other") if type(word) is str else "end"
    return "tool_calls" if called and stop == "end" else stop


def envelope(model: str, created_s: int | None, reply: Reply) -> Obj:
    """How every object of an answer begins."""
    asked = reply.request.model if reply.request is not None else ""
    seconds = min(max(reply.now_s if created_s is None else created_s, 0), _SECONDS_MAX)
    moment = _EPOCH + timedelta(seconds=seconds)
    return {"model": model or asked, "created_at": f"{moment:%Y-%m-%dT%H:%M:%S}.000000Z"}


def finish(wire: Obj, stop: StopReason | None, usage: Usage | None, losses: Losses) -> None:
    """What an answer, or its last line, says at its end."""
    wire["done"] = True
    wire["done_reason"] = DONE_REASONS.get(stop or "end", "stop")
    if stop is not None and stop not in DONE_REASONS:
        losses.lose("stop_reason", "choices[0].stop", f"Ollama has no reason `{stop}`")
    if usage is not None:
        wire["prompt_eval_count"] = usage.input_tokens
        wire["eval_count"] = usage.output_tokens


def write_part(message: Obj, logprobs: list[Json], part: Part, path: str, losses: Losses) -> None:
    """One part into a message; its tokens' probabilities stand beside the message."""
    match part:
        case Text() | Refusal():
            _append(message, "content", part.text, "")
            logprobs += told_logprobs(part.logprobs)
            if isinstance(part, Text):
                _name_text(part, path, losses)
        case Reasoning():
            _append(message, "thinking", part.text or "\n\n".join(part.summary), "\n\n")
            if part.state is not None:
                losses.lose("reasoning_state", path, "Ollama carries no reasoning state")
        case ToolCall():
            calls = message.setdefault("tool_calls", [])
            if type(calls) is list:
                calls.append(call_told(part, path, losses))
        case Media() | Native() | ToolResult():
            _name_placeless(part, path, losses)
            if isinstance(part, Media) and part.transcript:
                _append(message, "content", part.transcript, "\n")
        case _:
            assert_never(part)


def call_told(part: ToolCall, path: str, losses: Losses) -> Obj:
    """A call, whose arguments are an object here."""
    arguments = arguments_object(part.arguments) if part.kind == "function" else None
    if arguments is None:
        why = "arguments are an object here, so the text stands in one"
        losses.lose("tools", f"{path}.arguments", why, "drop")
        arguments = dict[str, Json](_=part.arguments)
    if part.state is not None:
        losses.lose("reasoning_state", path, "Ollama carries no reasoning state")
    function: Obj = {"name": part.name, "arguments": arguments}
    call: Obj = {"function": function}
    return laid_over(call, part.extras, NAME)


def _append(message: Obj, key: str, text: str, between: str) -> None:
    before = message.get(key)
    if type(before) is str and before:
        message[key] = before + between + text
    elif text or key == "content":
        message[key] = text


def _name_text(part: Text, path: str, losses: Losses) -> None:
    if part.citations:
        losses.lose("citations", f"{path}.citations", "Ollama has no citations")
    if part.state is not None:
        losses.lose("reasoning_state", path, "Ollama carries no reasoning state")


def _name_placeless(part: Media | Native | ToolResult, path: str, losses: Losses) -> None:
    if isinstance(part, Media):
        feature = "audio_output" if part.kind == "audio" else "native_part"
        losses.lose(feature, path, "Ollama answers in text only", "drop")
    else:
        losses.lose("native_part", path, "Ollama has no such part", "drop")


def _response(wire: Obj, id_prefix: str) -> Response:
    message = fields.member(wire, "message")
    spelling: Obj = {name: wire[name] for name in DURATIONS if name in wire}
    parts = _parts(message, id_prefix, read_logprobs(wire.get("logprobs")))
    called = any(isinstance(part, ToolCall) for part in parts)
    stop = stop_of(wire.get("done_reason"), called=called)
    created = wire.get("created_at")
    if type(created) is str:
        spelling["created_at"] = created
    word = wire.get("done_reason")
    if word is not None and DONE_REASONS.get(stop) != word:
        spelling["done_reason"] = word
    if wire.get("done") is not True and "done" in wire:
        spelling["done"] = wire["done"]
    inner: Obj = {}
    if message.get("role", "assistant") != "assistant":
        inner["role"] = message["role"]
    if message.get("thinking") == "":
        inner["thinking"] = ""
    held = rest(
        message, MESSAGE, NAME, spelling=inner, marks=absences(message, ("role", "content"))
    )
    usage = usage_of(wire)
    for name in ("prompt_eval_count", "eval_count"):
        if name in wire and type(wire[name]) is not int:
            spelling[name] = wire[name]
    return Response(
        id="",
        model=fields.text_or_none(wire, "model") or "",
        choices=(Choice(parts=parts, stop=stop, extras=held),),
        origin=NAME,
        created_s=seconds_of(created),
        usage=usage,
        extras=rest(wire, RESPONSE, NAME, spelling=spelling, marks=absences(wire, _ALWAYS)),
    )


def _parts(message: Obj, id_prefix: str, logprobs: tuple[TokenLogprob, ...]) -> tuple[Part, ...]:
    parts: list[Part] = []
    try:
        if thinking := fields.text_or_none(message, "thinking"):
            parts.append(Reasoning(text=thinking))
        content = fields.text_or_none(message, "content")
        if content or logprobs:
            parts.append(Text(text=content or "", logprobs=logprobs))
        parts += [image_of(data) for data in fields.texts(message, "images")]
        for index, item in enumerate(fields.items(message, "tool_calls")):
            if type(item) is not dict:
                raise Misfit(f"tool_calls[{index}]", "must be an object")
            parts.append(read_call(item, f"{id_prefix}_{index}"))
    except Misfit as misfit:
        misfit.under("message")
        raise
    return tuple(parts)
