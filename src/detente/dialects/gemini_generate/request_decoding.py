"""A request of a Google client in canonical words. The path names the model and says whether to
stream; a body may repeat the model.

>>> body = b'{"contents":{"parts":{"text":"hi"}}}'
>>> decode_request(body, model="gemini-x").turns[0].parts[0].text
'hi'
"""

from collections.abc import Callable
from typing import Final, TypeVar

import msgspec

from detente.canonical.content import Part, Reasoning, Text, Turn
from detente.canonical.extras import Obj
from detente.canonical.failure import ClientFault
from detente.canonical.request import AnyTool, Request
from detente.dialects._codec import fields
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.rest import rest
from detente.dialects.gemini_generate import words
from detente.dialects.gemini_generate.config_decoding import Config, decode_config
from detente.dialects.gemini_generate.notes import Notes
from detente.dialects.gemini_generate.part_decoding import Calls, decode_part
from detente.dialects.gemini_generate.spelling import camelled
from detente.dialects.gemini_generate.tool_decoding import decode_tool_config, decode_tools

T = TypeVar("T")

D: Final = words.NAME
_MODELS: Final = "models/"
_NO_MODEL: Final = "the path names no model; send `models/{model}:generateContent`"
_NO_CONFIG: Final = Config()


def decode_request(body: bytes, *, model: str | None = None, stream: bool | None = None) -> Request:
    """The request; raises `ClientFault`."""
    try:
        return _request(fields.read_object(body), model, stream=stream is True)
    except Misfit as misfit:
        raise misfit.client_fault() from None
    except RecursionError:
        raise Misfit("", "is nested too deeply").client_fault() from None


def _request(wire: Obj, model: str | None, *, stream: bool) -> Request:
    notes = Notes()
    source, snakes = camelled(wire, words.REQUEST)
    repeated = fields.text_or_none(source, "model")
    if repeated is not None:
        notes.marks.append("model_long" if repeated.startswith(_MODELS) else "model_short")
    model = model or (repeated or "").removeprefix(_MODELS)
    if not model:
        raise ClientFault("request_invalid", _NO_MODEL)
    notes.marks += snakes
    calls = Calls("call")
    instructions = _instructions(source, calls, notes)
    turns = _turns(source, calls, notes)
    config, choice = _NO_CONFIG, None
    tools: tuple[AnyTool, ...] = ()
    if fields.member_or_none(source, "generationConfig"):
        config = _within(source, "generationConfig", notes, decode_config)
    if "tools" in source and source["tools"] != []:
        tools = decode_tools(source, notes)
    if fields.member_or_none(source, "toolConfig"):
        choice = _within(source, "toolConfig", notes, decode_tool_config)
    notes.add_options(source, words.OPTIONS)
    return Request(
        model=model,
        origin=D,
        stream=stream,
        asks_usage=True,
        instructions=instructions,
        turns=turns,
        tools=tools,
        tool_choice=choice,
        output_format=config.output_format,
        max_output_tokens=config.max_output_tokens,
        temperature=config.temperature,
        top_p=config.top_p,
        top_k=config.top_k,
        frequency_penalty=config.frequency_penalty,
        presence_penalty=config.presence_penalty,
        seed=config.seed,
        stop=config.stop,
        choices=config.choices,
        logprobs=config.logprobs,
        top_logprobs=config.top_logprobs,
        reasoning=config.reasoning,
        service_tier=_tier(source, notes),
        metadata=_labels(source),
        modalities=config.modalities,
        audio=config.audio,
        store=fields.flag_or_none(source, "store"),
        options=tuple(notes.options),
        extras=rest(
            source,
            words.REQUEST,
            D,
            members=notes.members or None,
            spelling=notes.spelling or None,
            marks=tuple(notes.marks),
        ),
    )


def _within(source: Obj, key: str, notes: Notes, decode: Callable[[Obj, Notes], T]) -> T:
    try:
        return decode(fields.member(source, key), notes)
    except Misfit as misfit:
        misfit.under(key)
        raise


def _instructions(source: Obj, calls: Calls, notes: Notes) -> tuple[Part, ...]:
    """What is said outside the conversation; a role beside it means nothing."""
    content = fields.member_or_none(source, "systemInstruction")
    if not content:
        return ()
    try:
        parts, lone = _parts(content, calls)
    except Misfit as misfit:
        misfit.under("systemInstruction")
        raise
    about: Obj = {key: value for key, value in content.items() if key != "parts" or not parts}
    if lone:
        notes.marks.append("instructions_lone")
    if about or not parts:
        notes.spelling["systemInstruction"] = about
    return parts


def _turns(source: Obj, calls: Calls, notes: Notes) -> tuple[Turn, ...]:
    contents = source.get("contents")
    if type(contents) is dict:
        source = {"contents": [contents]}
        notes.marks.append("contents_lone")
    elif type(contents) is not list:
        raise Misfit("contents", "must be a list of turns")
    turns = fields.each(source, "contents", lambda content: _turn(content, calls))
    return _rejoined(turns) if calls.foreign_thoughts else turns


def _turn(content: Obj, calls: Calls) -> Turn:
    role = fields.text_or_none(content, "role")
    parts, lone = _parts(content, calls)
    if len(content) == 2 and not lone and parts:
        if role == "user":
            return Turn(role="user", parts=parts)
        if role == "model":
            return Turn(role="assistant", parts=parts)
    spelling: Obj = {}
    marks: tuple[str, ...] = ()
    if role is None:
        marks = ("no_role",)
    elif role == "function":  # as it was before results were the user's
        spelling["role"] = role
    elif role not in ("user", "model"):
        raise fields.Misfit("role", "must be `user` or `model`")
    if "parts" not in content:
        marks = (*marks, "no_parts")
    elif lone:
        marks = (*marks, "parts_lone")
    extras = rest(content, words.CONTENT, D, spelling=spelling or None, marks=marks)
    return Turn(role="assistant" if role == "model" else "user", parts=parts, extras=extras)


def _parts(content: Obj, calls: Calls) -> tuple[tuple[Part, ...], bool]:
    """The parts of a content, and whether a lone one stood outside a list."""
    parts = content.get("parts")
    if type(parts) is dict:
        return (decode_part(parts, calls),), True
    if type(parts) is list and len(parts) == 1 and type(part := parts[0]) is dict:
        try:
            return (decode_part(part, calls),), False
        except Misfit as misfit:
            misfit.under("parts[0]")
            raise
    return fields.each(content, "parts", lambda part: decode_part(part, calls)), False


def _tier(source: Obj, notes: Notes) -> str | None:
    word = fields.text_or_none(source, "serviceTier")
    if word is None:
        return None
    if word not in words.ASKED_TIERS:
        notes.spelling["serviceTier"] = word
    return words.ASKED_TIERS.get(word.lower())


def _labels(source: Obj) -> dict[str, str]:
    labels = fields.member_or_none(source, "labels")
    if not labels:
        return {}
    return {key: fields.text(labels, key) for key in labels}


def _rejoined(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """The turns with the thoughts of other platforms whole again, as they were made.

    A stream cuts a thought into many parts, and the official SDK hands them back as many contents;
    its signature stands on the last part and belongs to the whole.
    """
    out: list[Turn] = []
    for turn in turns:
        if out and turn.role == "assistant" == out[-1].role:
            out[-1] = msgspec.structs.replace(out[-1], parts=out[-1].parts + turn.parts)
        else:
            out.append(turn)
    return tuple(
        msgspec.structs.replace(turn, parts=_whole(turn.parts))
        if turn.role == "assistant"
        else turn
        for turn in out
    )


def _whole(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Neighbouring pieces of a thought, or of a plain text, as one."""
    out: list[Part] = []
    for part in parts:
        before = out[-1] if out else None
        if isinstance(part, Reasoning) and isinstance(before, Reasoning) and before.state is None:
            out[-1] = msgspec.structs.replace(part, text=before.text + part.text, extras=None)
        elif (
            isinstance(part, Text)
            and isinstance(before, Text)
            and before.state is None
            and part.state is None
        ):
            out[-1] = Text(text=before.text + part.text)
        else:
            out.append(part)
    return tuple(out)
