"""A request for a completion, as canonical values: its prompt is what the user says.

Several prompts in one request, and prompts in tokens, are no conversation: they stay as they are.

>>> decode_request(b'{"model": "m", "prompt": "hi"}').turns[0].parts[0].text
'hi'
"""

from typing import Final

from detente.canonical.content import Native, Part, Text, Turn
from detente.canonical.extras import Json, Obj
from detente.canonical.request import Option, Request
from detente.dialects._codec import fields
from detente.dialects._codec.absences import absences
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.rest import rest
from detente.dialects.openai_completions.wire import NAME, OPTIONS, REQUEST

LISTED: Final = "listed"
"""The mark of a lone prompt in a list."""

LONE_STOP: Final = "lone_stop"
"""The mark of a lone sequence to stop at, outside a list."""


def decode_request(body: bytes, *, model: str | None = None, stream: bool | None = None) -> Request:
    """A request; raises `ClientFault`."""
    try:
        return _request(fields.read_object(body), model, stream)
    except Misfit as misfit:
        raise misfit.client_fault() from None


def _request(wire: Obj, model: str | None, stream: bool | None) -> Request:
    spelling: Obj = {}
    members: Obj = {}
    part, marks = _prompt(wire)
    told = fields.flag_or_none(wire, "stream")
    if told is False:
        spelling["stream"] = False
    stop, lone = _stop(wire)
    wanted = wire.get("logprobs")
    logprobs = _logprobs(wanted)
    if wanted is not None and logprobs is None:
        members["logprobs"] = wanted
    asks = _asks_usage(wire, members, spelling)
    return Request(
        model=fields.text(wire, "model") if model is None else model,
        turns=() if part is None else (Turn(role="user", parts=(part,)),),
        origin=NAME,
        stream=told is True if stream is None else stream,
        asks_usage=asks,
        max_output_tokens=fields.integer_or_none(wire, "max_tokens"),
        temperature=fields.number_or_none(wire, "temperature"),
        top_p=fields.number_or_none(wire, "top_p"),
        frequency_penalty=fields.number_or_none(wire, "frequency_penalty"),
        presence_penalty=fields.number_or_none(wire, "presence_penalty"),
        seed=fields.integer_or_none(wire, "seed"),
        stop=stop,
        choices=fields.integer_or_none(wire, "n"),
        logprobs=None if logprobs is None else True,
        top_logprobs=logprobs,
        user=fields.text_or_none(wire, "user"),
        options=tuple(
            Option(dialect=NAME, name=name, value=wire[name], severity=severity)
            for name, severity in OPTIONS.items()
            if wire.get(name) not in (None, {}, False)
        ),
        extras=rest(
            wire,
            REQUEST,
            NAME,
            members=members,
            spelling=_false_options(wire, spelling),
            marks=(*marks, *lone, *absences(wire, ("prompt",))),
        ),
    )


def _false_options(wire: Obj, spelling: Obj) -> Obj:
    """`echo: false` says nothing."""
    spelling |= {name: False for name in OPTIONS if wire.get(name) is False}
    return spelling


def _prompt(wire: Obj) -> tuple[Part | None, tuple[str, ...]]:
    value = wire.get("prompt")
    if value is None:
        return None, ()
    if type(value) is str:
        return Text(text=value), ()
    if type(value) is not list:
        raise Misfit("prompt", "must be a string or a list")
    lone = value[0] if len(value) == 1 else None
    if type(lone) is str:
        return Text(text=lone), (LISTED,)
    return Native(dialect=NAME, name="prompt", value={"prompt": value}), ()


def _stop(wire: Obj) -> tuple[tuple[str, ...], tuple[str, ...]]:
    value = wire.get("stop")
    if type(value) is str:
        return (value,), (LONE_STOP,)
    return fields.texts(wire, "stop"), ()


def _logprobs(value: Json) -> int | None:
    return value if type(value) is int and value >= 0 else None


def _asks_usage(wire: Obj, members: Obj, spelling: Obj) -> bool:
    options = fields.member_or_none(wire, "stream_options")
    if not options:
        return False
    asks = fields.flag_or_none(options, "include_usage")
    beyond: Obj = {key: value for key, value in options.items() if key != "include_usage"}
    if beyond:
        members["stream_options"] = beyond
    if asks is not True and "include_usage" in options:
        spelling["stream_options"] = {"include_usage": asks}
    return asks is True
