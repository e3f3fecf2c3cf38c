"""A whole completion, bytes to values and back.

>>> body = b'{"id": "cmpl-1", "choices": [{"text": "hi", "index": 0, "finish_reason": "stop"}]}'
>>> decode_response(body).choices[0].parts[0].text
'hi'
"""

from typing import Final

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
)
from detente.canonical.extras import Json, Obj
from detente.canonical.response import Choice, Response, StopReason
from detente.canonical.usage import Usage
from detente.dialects._codec import fields
from detente.dialects._codec.absences import absences, without
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.leftovers import left, over
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import foreign, rest
from detente.dialects._openai.token_counts import CompletionUsage
from detente.dialects._openai.tokens import completion_usage
from detente.dialects.codec import Encoded, Reply
from detente.dialects.openai_completions.logprobs import logprobs_told, read_logprobs
from detente.dialects.openai_completions.wire import CHOICE, FINISHES, NAME, RESPONSE, STOPS

_ALWAYS: Final = ("id", "object", "created", "model", "usage")
_OF_A_CHOICE: Final = ("index", "text", "finish_reason", "logprobs")
_OBJECT: Final = "text_completion"
_PREFIX: Final = "cmpl-"
_NOT_HERE: Final = "only another API knows this member"
_ENCODE: Final = msgspec.json.Encoder().encode


def decode_response(body: bytes, *, id_prefix: str = "call") -> Response:  # noqa: ARG001 -- completions call nothing
    """A whole answer; raises `ProviderFault`."""
    try:
        return _response(fields.read_object(body))
    except Misfit as misfit:
        raise misfit.provider_fault() from None


def encode_response(response: Response, reply: Reply) -> Encoded:
    """The whole answer as clients of completions expect it."""
    losses = Losses()
    for index, one in enumerate(response.filters):
        losses.lose("content_filter", f"filters[{index}]", f"a completion has no `{one.name}`")
    for name, _ in foreign((response.extras,), NAME):
        losses.lose("unknown_member", name, _NOT_HERE)
    own = response.origin == NAME
    choices: list[Json] = [
        _choice_told(one, at, losses, own=own) for at, one in enumerate(response.choices)
    ]
    if not choices:
        choices = [_choice_told(Choice(parts=(), stop="content_filter"), 0, losses, own=False)]
    wire = envelope(response.id, response.created_s, response.model, reply, own=own)
    wire["choices"] = choices
    wire["usage"] = usage_told(response.usage or Usage())
    wire = without(wire, response.extras, NAME)
    if response.extras is not None and response.extras.dialect == NAME:
        over(wire, response.extras.members)
        over(wire, response.extras.spelling)
    return Encoded(body=_ENCODE(wire), losses=tuple(losses.found))


def envelope(id_: str, created_s: int | None, model: str, reply: Reply, *, own: bool) -> Obj:
    """How every object of an answer begins."""
    if not own and not id_.startswith(_PREFIX):
        id_ = _PREFIX + (id_ or reply.request_id)
    asked = reply.request.model if reply.request is not None else ""
    return {
        "id": id_,
        "object": _OBJECT,
        "created": reply.now_s if created_s is None else created_s,
        "model": model or asked,
    }


def usage_of(wire: Json) -> Usage | None:
    """The counts of a `usage` member, None where there is none that can be read."""
    if type(wire) is not dict:
        return None
    try:
        return completion_usage(msgspec.convert(wire, CompletionUsage))
    except msgspec.ValidationError:
        return None


def usage_told(usage: Usage) -> Obj:
    """The counts as OpenAI tells them; those of reasoning only where there is some."""
    told: Obj = {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.tokens,
    }
    if usage.cache_read_tokens:
        told["prompt_tokens_details"] = {"cached_tokens": usage.cache_read_tokens}
    if usage.reasoning_output_tokens:
        told["completion_tokens_details"] = {"reasoning_tokens": usage.reasoning_output_tokens}
    return told


def stop_of(word: Json) -> StopReason | None:
    """Why a choice ended, None where that is not said."""
    if word is None:
        return None
    return STOPS.get(word, "other") if type(word) is str else "other"


def finish_of(stop: StopReason | None, path: str, losses: Losses) -> str:
    """The word for why a choice ended."""
    word = FINISHES.get(stop or "end")
    if word is None:
        losses.lose("stop_reason", path, f"a completion has no reason `{stop}`")
    return word or "stop"


def answer_text(part: Part, path: str, losses: Losses) -> tuple[str, tuple[TokenLogprob, ...]]:
    """What a completion shows of a part; what it does not is named."""
    if isinstance(part, Text | Refusal):
        if isinstance(part, Text) and part.citations:
            losses.lose("citations", f"{path}.citations", "a completion has no citations")
        if isinstance(part, Text) and part.state is not None:
            losses.lose("reasoning_state", path, "a completion carries no reasoning state")
        return part.text, part.logprobs
    if isinstance(part, Reasoning):
        losses.lose("reasoning_text", path, "a completion has no place for thoughts")
    elif isinstance(part, ToolCall):
        losses.lose("tools", path, "a completion knows no tools", "drop")
    elif isinstance(part, Media):
        feature = "audio_output" if part.kind == "audio" else "native_part"
        losses.lose(feature, path, "a completion is text", "drop")
        return part.transcript or "", ()
    else:
        losses.lose("native_part", path, "a completion is text", "drop")
    return "", ()


def _choice_told(choice: Choice, at: int, losses: Losses, *, own: bool) -> Obj:
    path = f"choices[{at}]"
    text = ""
    tokens: tuple[TokenLogprob, ...] = ()
    for index, part in enumerate(choice.parts):
        shown, logprobs = answer_text(part, f"{path}.parts[{index}]", losses)
        text += shown
        tokens += logprobs
    for index, one in enumerate(choice.filters):
        losses.lose("content_filter", f"{path}.filters[{index}]", f"no place for `{one.name}`")
    beside = (
        choice.extras,
        *(part.extras for part in choice.parts if not isinstance(part, Native)),
    )
    for name, _ in foreign(beside, NAME):
        losses.lose("unknown_member", f"{path}.{name}", _NOT_HERE)
    finish: Json = finish_of(choice.stop, f"{path}.stop", losses)
    if own and choice.stop is None:
        finish = None
    wire: Obj = {
        "text": text,
        "index": choice.index,
        "logprobs": logprobs_told(tokens, 0) if tokens else None,
        "finish_reason": finish,
    }
    wire = without(wire, choice.extras, NAME)
    if choice.extras is not None and choice.extras.dialect == NAME:
        over(wire, choice.extras.members)
        over(wire, choice.extras.spelling)
    return wire


def _response(wire: Obj) -> Response:
    spelling: Obj = {}
    if wire.get("object", _OBJECT) != _OBJECT:
        spelling["object"] = wire["object"]
    if "choices" not in wire:
        raise Misfit("choices", "must be a list")
    usage = usage_of(wire.get("usage"))
    said = wire.get("usage")
    if type(said) is dict:
        if kept := left(said, usage_told(usage or Usage())):
            spelling["usage"] = kept
    elif said is not None:
        spelling["usage"] = said
    for key in ("system_fingerprint", "created"):
        if key in wire and (key != "created" or type(wire[key]) is not int):
            spelling[key] = wire[key]
    created = wire.get("created")
    return Response(
        id=fields.text_or_none(wire, "id") or "",
        model=fields.text_or_none(wire, "model") or "",
        choices=_choices(wire),
        origin=NAME,
        created_s=created if type(created) is int else None,
        usage=usage,
        extras=rest(wire, RESPONSE, NAME, spelling=spelling, marks=absences(wire, _ALWAYS)),
    )


def _choices(wire: Obj) -> tuple[Choice, ...]:
    found: list[Choice] = []
    for at, item in enumerate(fields.items(wire, "choices")):
        if type(item) is not dict:
            raise Misfit(f"choices[{at}]", "must be an object")
        try:
            found.append(_choice(item, at))
        except Misfit as misfit:
            misfit.under(f"choices[{at}]")
            raise
    return tuple(found)


def _choice(item: Obj, at: int) -> Choice:
    text = fields.text_or_none(item, "text")
    word = item.get("finish_reason")
    stop = stop_of(word)
    sequence = item.get("stop_reason")
    spelling: Obj = {}
    if "stop_reason" in item:
        spelling["stop_reason"] = sequence
    if type(sequence) is str and stop == "end":
        stop = "stop_sequence"
    if stop is not None and FINISHES.get(stop) != word:
        spelling["finish_reason"] = word
    said = item.get("logprobs")
    tokens = read_logprobs(said)
    if said is not None:
        told = logprobs_told(tokens, 0) if tokens else None
        if told is None:
            spelling["logprobs"] = said
        elif type(said) is dict and (kept := left(said, told)):
            spelling["logprobs"] = kept
    index = item.get("index")
    if type(index) is not int or index < 0:
        spelling |= {"index": index} if "index" in item else {}
        index = at
    return Choice(
        index=index,
        parts=(Text(text=text, logprobs=tokens),) if text else (),
        stop=stop,
        stop_sequence=sequence if type(sequence) is str else None,
        extras=rest(item, CHOICE, NAME, spelling=spelling, marks=absences(item, _OF_A_CHOICE)),
    )
