"""A canonical request as Google's platforms take it; what they have no place for is named.

Instructions stand outside the conversation; neighbours of one side are one content, results of
functions first in it. A request of this dialect keeps its contents as they were cut.

>>> from detente.canonical.content import Text
>>> says = Request(model="m", turns=(Turn(role="user", parts=(Text(text="hi"),)),), seed=7)
>>> encode_request(says, Target(model="m")).body
b'{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"seed":7}}'
"""

import re
from typing import Final

import msgspec

from detente.canonical.content import Opaque, Part, ToolCall, Turn
from detente.canonical.extras import Extras, Json, Obj
from detente.canonical.request import Request
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import foreign, laid_over, marked
from detente.dialects._codec.turns import SYSTEM_ROLES
from detente.dialects.codec import Encoded, Target
from detente.dialects.gemini_generate import words
from detente.dialects.gemini_generate.config_encoding import config_of
from detente.dialects.gemini_generate.part_encoding import PartWriter
from detente.dialects.gemini_generate.spelling import respelt
from detente.dialects.gemini_generate.tool_encoding import has_tools, tool_config_of, tools_of

D: Final = words.NAME
_ENCODE: Final = msgspec.json.Encoder().encode
_LABEL_KEY: Final = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_LABEL_VALUE: Final = re.compile(r"[a-z0-9_-]{0,63}")
"""https://cloud.google.com/resource-manager/docs/labels-overview (read 2026-11-21)."""
_NO_PLACE: Final = (
    ("verbosity", "this API has no wish for length"),
    ("user", "this API has no name of an end user"),
    ("cache_key", "this API has no key for its cache"),
)
_TOO_DEEP: Final = "the request is nested more deeply than can be written"


def encode_request(request: Request, target: Target) -> Encoded:
    """The body, and what it does not say."""
    losses = Losses()
    try:
        body = _ENCODE(_request(request, target, losses))
    except RecursionError:
        losses.lose("history", "turns", _TOO_DEEP)
        body = b'{"contents":[]}'
    return Encoded(body=body, losses=tuple(losses.found))


def _request(request: Request, target: Target, losses: Losses) -> Obj:
    own = request.origin == D
    writer = PartWriter(losses, own=own, upstream=True, names=_names(request, own=own))
    body: Obj = {}
    if own:
        _add_own_turns(request, writer, body)
    else:
        _add_turns(request, writer, losses, body)
    if has_tools(request):
        body["tools"] = tools_of(request, losses)
    calling = tool_config_of(request, losses)
    if calling:
        body["toolConfig"] = calling
    config = config_of(request, losses)
    if config:
        body["generationConfig"] = config
    _add_settings(request, losses, body)
    _add_options(request, losses, body)
    _name_rest(request, losses)
    return body if request.extras is None else _spelt(body, request.extras, target)


def _add_own_turns(request: Request, writer: PartWriter, body: Obj) -> None:
    """The contents as they were cut."""
    if request.instructions:
        parts = _parts(writer, request.instructions, "instructions")
        lone = marked(request.extras, D, "instructions_lone")
        body["systemInstruction"] = {"parts": parts[0] if lone and parts else parts}
    contents: list[Json] = []
    for index, turn in enumerate(request.turns):
        parts = _parts(writer, turn.parts, f"turns[{index}]")
        _sign_foreign_call(turn, parts)
        role = "model" if turn.role == "assistant" else "user"
        content: Obj = {"role": role, "parts": parts}
        if turn.extras is not None:
            if marked(turn.extras, D, "parts_lone") and parts:
                content["parts"] = parts[0]
            for mark, key in (("no_role", "role"), ("no_parts", "parts")):
                if marked(turn.extras, D, mark):
                    del content[key]
            laid_over(content, turn.extras, D)
        contents.append(content)
    lone = marked(request.extras, D, "contents_lone") and len(contents) == 1
    body["contents"] = contents[0] if lone else contents


def _sign_foreign_call(turn: Turn, parts: list[Json]) -> None:
    """Where the first call of a turn had the state of another model, the sentinel stands for it."""
    for index, part in enumerate(turn.parts):
        if isinstance(part, ToolCall):
            if _is_foreign(part.state) and len(parts) == len(turn.parts):
                _sign(parts[index])
            return


def _add_turns(request: Request, writer: PartWriter, losses: Losses, body: Obj) -> None:
    """The contents of a conversation that was cut for another API."""
    system = _parts(writer, request.instructions, "instructions")
    contents: list[Json] = []
    before: list[Json] | None = None
    role_before = ""
    leading = True
    for index, turn in enumerate(request.turns):
        path = f"turns[{index}]"
        _name_turn(turn, path, losses)
        if turn.role in SYSTEM_ROLES:
            if leading:
                system += _parts(writer, turn.parts, path)
                continue
            why = "this API has instructions before a conversation only; they stand in the turn"
            losses.lose("system_position", path, why)
        leading = False
        role = "model" if turn.role == "assistant" else "user"
        parts = _parts(writer, turn.parts, path)
        if not parts:
            continue
        if before is not None and role == role_before:
            before += parts
        else:
            contents.append({"role": role, "parts": parts})
            before, role_before = parts, role
    if not contents and system:
        why = "this API wants a conversation; the instructions are its only turn"
        losses.lose("system_position", "instructions", why)
        contents.append({"role": "user", "parts": system})
        system = []
    for content in contents:
        _arrange(content)
    if system:
        body["systemInstruction"] = {"parts": system}
    body["contents"] = contents


def _name_turn(turn: Turn, path: str, losses: Losses) -> None:
    if turn.role == "developer":
        losses.lose("developer_role", path, "this API knows the system only")
    if turn.name is not None:
        losses.lose("message_name", f"{path}.name", "this API does not tell speakers apart")
    if turn.cache is not None:
        why = "this API caches by itself or by a named cache, not at marks"
        losses.lose("cache_mark", f"{path}.cache", why)
    for name, _ in foreign((turn.extras,), D):
        losses.lose("unknown_member", f"{path}.{name}", "this API has no such member")


def _arrange(content: Json) -> None:
    """Results first, as the platforms want them; the first call has a signature."""
    assert type(content) is dict
    parts = content["parts"]
    assert type(parts) is list
    if content["role"] == "user":
        results = [part for part in parts if type(part) is dict and "functionResponse" in part]
        if results and len(results) < len(parts):
            others = [part for part in parts if part not in results]
            content["parts"] = [*results, *others]
        return
    for part in parts:
        if type(part) is dict and "functionCall" in part:
            if "thoughtSignature" not in part:
                _sign(part)
            return


def _sign(part: Json) -> None:
    if type(part) is dict:
        part["thoughtSignature"] = words.SENTINEL


def _is_foreign(state: Opaque | None) -> bool:
    return state is not None and state.origin != D


def _parts(writer: PartWriter, parts: tuple[Part, ...], path: str) -> list[Json]:
    out: list[Json] = []
    for index, part in enumerate(parts):
        out += writer.parts(part, f"{path}.parts[{index}]")
    return out


def _names(request: Request, *, own: bool) -> dict[str, str]:
    """The names of calls by their ids: other APIs' results do not repeat them."""
    if own:
        return {}
    return {
        part.id: part.name
        for turn in request.turns
        if turn.role == "assistant"
        for part in turn.parts
        if isinstance(part, ToolCall)
    }


def _add_settings(request: Request, losses: Losses, body: Obj) -> None:
    """What stands beside the conversation."""
    own = request.origin == D
    if request.metadata:
        labels: Obj = {}
        for key, value in request.metadata.items():
            if own or (_LABEL_KEY.fullmatch(key) and _LABEL_VALUE.fullmatch(value)):
                labels[key] = value
            else:
                why = "this API's labels are short words in lower case"
                losses.lose("metadata", f"metadata.{key}", why)
        if labels:
            body["labels"] = labels
    tier = request.service_tier
    if tier in words.TIER_WORDS:
        body["serviceTier"] = words.TIER_WORDS[tier]
    elif tier not in (None, "auto"):
        losses.lose("service_tier", "service_tier", "this API has no such tier")
    if request.store is not None and own:
        body["store"] = request.store
    elif request.store:
        losses.lose("store", "store", "this API keeps no answers for later")


def _add_options(request: Request, losses: Losses, body: Obj) -> None:
    for option in request.options:
        if option.dialect != D:
            why = "only another API has it"
            losses.lose("native_option", option.name, why, option.severity)
            continue
        *path, name = option.name.split(".")
        target = body
        for key in path:
            inner = target.get(key)
            if type(inner) is not dict:
                inner = {}
                target[key] = inner
            target = inner
        target[name] = option.value


def _name_rest(request: Request, losses: Losses) -> None:
    """What no request of this API can say."""
    for name, why in _NO_PLACE:
        if getattr(request, name) is not None:
            losses.lose(name, name, why)
    if request.cache is not None:
        losses.lose("cache_mark", "cache", "this API caches by itself or by a named cache")
    if request.parallel_tool_calls is False:
        why = "this API's models may always call several functions at once"
        losses.lose("parallel_tool_calls", "parallel_tool_calls", why)
    for name, _ in foreign((request.extras,), D):
        losses.lose("unknown_member", name, "this API has no such member")


def _spelt(body: Obj, extras: Extras, target: Target) -> Obj:
    """`body` with the rest of this dialect, as it was written."""
    if extras.dialect != D:
        return body
    if "model_long" in extras.marks:
        body["model"] = f"models/{target.model}"
    elif "model_short" in extras.marks:
        body["model"] = target.model
    laid_over(body, extras, D)
    for key, inner_key in (
        ("generationConfig", "thinkingConfig"),
        ("toolConfig", "functionCallingConfig"),
    ):
        outer = body.get(key)
        if type(outer) is dict:
            inner = outer.get(inner_key)
            if type(inner) is dict:
                outer[inner_key] = respelt(inner, extras)
            body[key] = respelt(outer, extras)
    return respelt(body, extras)
