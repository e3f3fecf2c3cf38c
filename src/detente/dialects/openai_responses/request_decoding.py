"""A Responses request, read.

>>> decode_request(b'{"model": "gpt-5", "input": "hi"}').turns[0].role
'user'
"""

from typing import Final, cast

from detente.canonical.content import Part, Text, Turn
from detente.canonical.extras import Json, Obj
from detente.canonical.request import (
    AnyTool,
    Option,
    OutputFormat,
    ReasoningControl,
    Request,
    ToolChoice,
)
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
from detente.dialects.openai_responses.items import turns_of
from detente.dialects.openai_responses.settings import format_of, reasoning_of, rest_under
from detente.dialects.openai_responses.tools import choice_of, tool_of
from detente.dialects.openai_responses.words import (
    DIALECT,
    LOGPROBS_INCLUDED,
    OPTIONS,
    REQUEST,
    STATE_INCLUDED,
    TEXT_SETTINGS,
)

_EMPTY: Final[tuple[Json, ...]] = (None, [], {})


def decode_request(body: bytes, *, model: str | None = None, stream: bool | None = None) -> Request:
    """A request in no dialect; `model` and `stream` win over the body's. Raises `ClientFault`."""
    try:
        return _request_of(read_object(body), model, stream)
    except Misfit as misfit:
        raise misfit.client_fault() from None


class _Reading:
    """What is found beside the values: options, and the rest of the body."""

    __slots__ = ("marks", "members", "options", "spelling")

    def __init__(self) -> None:
        self.options: list[Option] = []
        self.members: Obj = {}
        self.spelling: Obj = {}
        self.marks: list[str] = []


def _request_of(wire: Obj, model: str | None, stream: bool | None) -> Request:
    found = _Reading()
    turns = _turns_of(wire, found)
    tools: tuple[AnyTool, ...] = each(wire, "tools", tool_of) if "tools" in wire else ()
    form, verbosity = _text_of(wire, found) if "text" in wire else (None, None)
    include = _included(wire, found) if "include" in wire else ()
    _find_options(wire, found)
    streamed = flag_or_none(wire, "stream")
    if streamed is False:
        found.spelling["stream"] = False
    choice = _choice_of(wire, found)
    reasoning = _reasoning_of(wire, found)
    user = _user_of(wire, found)
    metadata = _metadata_of(wire, found)
    logprobs = True if LOGPROBS_INCLUDED in include else None
    return Request(
        model=text(wire, "model") if model is None else model,
        turns=turns,
        origin=DIALECT,
        instructions=_instructions_of(wire),
        stream=(streamed or False) if stream is None else stream,
        asks_usage=True,
        tools=tools,
        tool_choice=choice,
        parallel_tool_calls=flag_or_none(wire, "parallel_tool_calls"),
        output_format=form,
        max_output_tokens=integer_or_none(wire, "max_output_tokens"),
        temperature=number_or_none(wire, "temperature"),
        top_p=number_or_none(wire, "top_p"),
        logprobs=logprobs,
        top_logprobs=integer_or_none(wire, "top_logprobs"),
        reasoning=reasoning,
        verbosity=verbosity,
        service_tier=text_or_none(wire, "service_tier"),
        metadata=metadata,
        user=user,
        cache_key=text_or_none(wire, "prompt_cache_key"),
        store=flag_or_none(wire, "store"),
        options=tuple(found.options),
        extras=rest(
            wire,
            REQUEST,
            DIALECT,
            spelling=found.spelling or None,
            members=found.members or None,
            marks=tuple(found.marks),
        ),
    )


def _turns_of(wire: Obj, found: _Reading) -> tuple[Turn, ...]:
    value = wire.get("input")
    if type(value) is list:
        return tuple(turns_of(value))
    if type(value) is str:
        found.marks.append("lone")
        return (Turn(role="user", parts=(Text(text=value),)),)
    if value is not None:
        raise Misfit("input", "must be a string or a list")
    found.marks.append("no_input")
    return ()


def _instructions_of(wire: Obj) -> tuple[Part, ...]:
    value = text_or_none(wire, "instructions")
    return () if value is None else (Text(text=value),)


def _text_of(wire: Obj, found: _Reading) -> tuple[OutputFormat | None, str | None]:
    settings = member_or_none(wire, "text")
    if not settings:
        return None, None
    form: OutputFormat | None = None
    inner = member_or_none(settings, "format")
    if inner:
        try:
            form = format_of(inner, found.options)
        except Misfit as misfit:
            misfit.under("text.format")
            raise
    rest_under("text", rest(settings, TEXT_SETTINGS, DIALECT), found.members, found.spelling)
    return form, text_or_none(settings, "verbosity")


def _included(wire: Obj, found: _Reading) -> tuple[str, ...]:
    """`include`: what of it no other API has is an option; the list itself is spelling."""
    include = texts(wire, "include")
    if include:
        found.spelling["include"] = wire["include"]
    others = [name for name in include if name not in (LOGPROBS_INCLUDED, STATE_INCLUDED)]
    if others:
        found.options.append(
            Option(dialect=DIALECT, name="include", value=cast(list[Json], others))
        )
    return include


def _find_options(wire: Obj, found: _Reading) -> None:
    for name, value in wire.items():
        if name not in OPTIONS or value in _EMPTY:
            continue
        if name == "background" and value is False:
            found.spelling[name] = False
            continue
        found.options.append(
            Option(dialect=DIALECT, name=name, value=value, severity=OPTIONS[name])
        )


def _choice_of(wire: Obj, found: _Reading) -> ToolChoice | None:
    value = wire.get("tool_choice")
    if value is None:
        return None
    try:
        choice = choice_of(value)
    except Misfit as misfit:
        misfit.under("tool_choice")
        raise
    if choice is None:
        found.options.append(
            Option(dialect=DIALECT, name="tool_choice", value=value, severity="refuse")
        )
    return choice


def _reasoning_of(wire: Obj, found: _Reading) -> ReasoningControl | None:
    settings = member_or_none(wire, "reasoning")
    if not settings:
        return None
    try:
        return reasoning_of(settings, found.options)
    except Misfit as misfit:
        misfit.under("reasoning")
        raise


def _user_of(wire: Obj, found: _Reading) -> str | None:
    """`safety_identifier`, or `user`, whose place it takes."""
    identifier = text_or_none(wire, "safety_identifier")
    user = text_or_none(wire, "user")
    if user is None:
        return identifier
    found.spelling["user"] = user
    if identifier is not None:
        return identifier
    found.marks.append("user")
    return user


def _metadata_of(wire: Obj, found: _Reading) -> dict[str, str]:
    pairs = member_or_none(wire, "metadata")
    if not pairs:
        return {}
    kept = {key: value for key, value in pairs.items() if type(value) is str}
    if len(kept) != len(pairs):
        found.spelling["metadata"] = pairs
    return kept
