"""A request body as a canonical request.

What only this API has becomes an `Option`; members of nested objects are named with a dot
(`output_config.task_budget`). A member whose value is of an unknown kind is an `Option`, too, so
that what the platform learns tomorrow passes today.

>>> decode_request(b'{"model": "m", "max_tokens": 9, "messages": []}').max_output_tokens
9
"""

from typing import Final

from detente.canonical.content import Native, Part, Role, Text, Turn
from detente.canonical.extras import Extras, Obj
from detente.canonical.failure import ClientFault
from detente.canonical.request import Request
from detente.dialects._codec.fields import (
    Misfit,
    each,
    flag_or_none,
    integer_or_none,
    member_or_none,
    number_or_none,
    read_object,
    text,
    text_or_none,
    texts,
)
from detente.dialects._codec.rest import rest
from detente.dialects.anthropic_messages.parts_decoding import (
    decode_block,
    decode_cache,
    decode_content,
)
from detente.dialects.anthropic_messages.reading import Reading
from detente.dialects.anthropic_messages.settings_decoding import (
    decode_effort,
    decode_output_format,
    decode_reasoning,
    decode_tool,
    decode_tool_choice,
)
from detente.dialects.anthropic_messages.words import (
    ASKED_TIERS,
    MESSAGE,
    MESSAGE_SETTINGS,
    NAME,
    OPTIONS,
    REQUEST,
    SETTINGS,
)

_ROLES: Final[dict[str, Role]] = {"user": "user", "assistant": "assistant", "system": "system"}
_LISTED: Final = Extras(dialect=NAME, marks=("listed",))


def decode_request(body: bytes, *, model: str | None = None, stream: bool | None = None) -> Request:
    """See `Codec.decode_request`; raises `ClientFault`."""
    try:
        return _request(read_object(body), model, stream)
    except Misfit as misfit:
        raise misfit.client_fault() from None
    except RecursionError:
        raise ClientFault(
            "request_invalid", "the body is nested too deeply; send a flatter one"
        ) from None


def _request(wire: Obj, model: str | None, stream: bool | None) -> Request:
    reading = Reading()
    if "messages" not in wire:
        raise Misfit("messages", "must be a list")
    choice, parallel = decode_tool_choice(wire, reading)
    config = member_or_none(wire, "output_config") or {}
    _read_options(wire, reading)
    effort = decode_effort(config, reading) if config else None
    limit = integer_or_none(wire, "max_tokens")
    if limit is None:  # required by the platform, not by us
        reading.marks.append("no_max_tokens")
    streams = flag_or_none(wire, "stream")
    return Request(
        model=model or text(wire, "model"),
        turns=each(wire, "messages", _turn),
        origin=NAME,
        instructions=_instructions(wire, reading),
        stream=streams is True if stream is None else stream,
        asks_usage=True,
        tools=each(wire, "tools", decode_tool) if "tools" in wire else (),
        tool_choice=choice,
        parallel_tool_calls=parallel,
        output_format=decode_output_format(wire, config, reading),
        max_output_tokens=limit,
        temperature=number_or_none(wire, "temperature"),
        top_p=number_or_none(wire, "top_p"),
        top_k=integer_or_none(wire, "top_k"),
        stop=texts(wire, "stop_sequences"),
        reasoning=decode_reasoning(wire, effort, reading),
        service_tier=_service_tier(wire, reading),
        user=_user(wire, reading),
        cache=decode_cache(wire),
        options=tuple(reading.options),
        extras=rest(
            wire,
            REQUEST,
            NAME,
            spelling=reading.spelling or None,
            members=reading.members or None,
            marks=tuple(reading.marks),
        ),
    )


def _read_options(wire: Obj, reading: Reading) -> None:
    """What only this API has; and what is only spelling: the version of a platform's envelope, and
    that there shall be no stream."""
    for name, value in wire.items():
        if name in OPTIONS:
            if value is not None:
                reading.option(name, value, OPTIONS[name])
        elif name == "anthropic_version" or (name == "stream" and value is False):
            reading.spelling[name] = value


def _instructions(wire: Obj, reading: Reading) -> tuple[Part, ...]:
    if "system" not in wire:
        return ()
    parts, listed = decode_content(wire, "system", decode_block)
    if listed:
        reading.marks.append("system_listed")
    return parts


def _turn(wire: Obj) -> Turn:
    role = _ROLES.get(text(wire, "role"))
    if role is None:
        raise Misfit("role", "must be `user`, `assistant` or `system`")
    value = wire.get("content")
    if type(value) is str and len(wire) == 2:
        return Turn(role=role, parts=(Text(text=value),))
    parts, listed = decode_content(wire, "content", decode_block)
    if len(wire) == 2 and parts:
        return Turn(role=role, parts=parts, extras=_LISTED if listed else None)
    settings: Obj = {name: wire[name] for name in MESSAGE_SETTINGS if wire.get(name) is not None}
    if settings:
        parts = (*parts, Native(dialect=NAME, name=SETTINGS, value=settings))
    marks = ("listed",) if listed else () if "content" in wire else ("no_content",)
    return Turn(role=role, parts=parts, extras=rest(wire, MESSAGE, NAME, marks=marks))


def _service_tier(wire: Obj, reading: Reading) -> str | None:
    told = text_or_none(wire, "service_tier")
    if told is not None and told not in ASKED_TIERS:
        reading.spelling["service_tier"] = told
    return None if told is None else ASKED_TIERS.get(told, told)


def _user(wire: Obj, reading: Reading) -> str | None:
    metadata = member_or_none(wire, "metadata")
    if metadata is None:
        return None
    for name, value in metadata.items():
        if name != "user_id":
            reading.put(reading.members, "metadata", name, value)
        elif value is None:
            reading.put(reading.spelling, "metadata", name, None)
    try:
        return text_or_none(metadata, "user_id")
    except Misfit as misfit:
        misfit.under("metadata")
        raise
