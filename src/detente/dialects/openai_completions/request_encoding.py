"""The canonical request as a request for a completion, with what it cannot carry as losses.

A conversation becomes one text, with a line for each speaker.
"""

from typing import Final, cast

import msgspec

from detente.canonical.content import Media, Native, Part, Reasoning, Refusal, Text, Turn
from detente.canonical.extras import Extras, Json, Obj
from detente.canonical.request import Request
from detente.dialects._codec.absences import without
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import foreign, laid_over, marked
from detente.dialects.codec import Encoded, Target
from detente.dialects.openai_completions.request_decoding import LISTED, LONE_STOP
from detente.dialects.openai_completions.wire import NAME, SAMPLING

_API: Final = "a completion"
_SPEAKERS: Final = {
    "system": "System",
    "developer": "System",
    "user": "User",
    "assistant": "Assistant",
    "tool": "Tool",
}
_MEDIA: Final = {
    "image": "image",
    "audio": "audio_input",
    "video": "video_input",
    "document": "document",
}
_PLACELESS: Final = (
    ("tool_choice", "tool_choice"),
    ("parallel_tool_calls", "parallel_tool_calls"),
    ("reasoning", "reasoning_control"),
    ("top_k", "top_k"),
    ("verbosity", "verbosity"),
    ("service_tier", "service_tier"),
    ("cache_key", "cache_key"),
    ("cache", "cache_mark"),
    ("audio", "audio_output"),
    ("store", "store"),
)
"""Members without a place here, and the features that they are."""
_ENCODE: Final = msgspec.json.Encoder().encode


def encode_request(request: Request, target: Target) -> Encoded:
    """The body for that model (see `Codec.encode_request`)."""
    losses = Losses()
    prompt = _prompt(request, losses)
    wire: Obj = {"model": target.model, "prompt": prompt}
    if marked(request.extras, NAME, LISTED) and type(prompt) is str:
        wire["prompt"] = [prompt]
    if request.stream:
        wire["stream"] = True
        if request.asks_usage:
            wire["stream_options"] = {"include_usage": True}
    for name, member in SAMPLING.items():
        value = cast(int | float | str | None, getattr(request, member))
        if value is not None:
            wire[name] = value
    if request.stop:
        lone = marked(request.extras, NAME, LONE_STOP)
        wire["stop"] = request.stop[0] if lone else list[Json](request.stop)
    if request.logprobs:
        wire["logprobs"] = request.top_logprobs or 0
    _options(wire, request, losses)
    if request.origin != NAME:
        _name_placeless(request, losses)
    _name_rest(request.extras, "", losses)
    laid_over(without(wire, request.extras, NAME), request.extras, NAME)
    return Encoded(body=_ENCODE(wire), losses=tuple(losses.found))


def _options(wire: Obj, request: Request, losses: Losses) -> None:
    for option in request.options:
        if option.dialect == NAME:
            wire[option.name] = option.value
        else:
            why = "only another API has this setting"
            losses.lose("native_option", option.name, why, option.severity)


def _prompt(request: Request, losses: Losses) -> Json:
    """What the user said, where that is all; else a transcript up to where the answer begins."""
    turns = request.turns
    if request.origin == NAME and turns and isinstance(turns[0].parts[0], Native):
        return turns[0].parts[0].value.get("prompt")
    if request.instructions:
        turns = (Turn(role="system", parts=request.instructions), *turns)
    texts: list[tuple[str, str]] = []
    for index, turn in enumerate(turns):
        path = "instructions" if request.instructions and index == 0 else None
        at = path or f"turns[{index - (1 if request.instructions else 0)}]"
        texts.append((_SPEAKERS[turn.role], _said(turn, at, losses)))
    if len(texts) <= 1 and (not texts or texts[0][0] == "User"):
        return texts[0][1] if texts else ""
    why = "a completion takes one text, so the conversation is written out as one"
    losses.lose("history", "turns", why, "drop")
    told = "\n\n".join(f"{speaker}: {text}" for speaker, text in texts)
    return told if texts[-1][0] == "Assistant" else f"{told}\n\nAssistant:"


def _said(turn: Turn, path: str, losses: Losses) -> str:
    _name_rest(turn.extras, path, losses)
    if turn.name is not None:
        losses.lose("message_name", f"{path}.name", f"{_API} has no names of speakers")
    at = "" if path == "instructions" else ".parts"
    texts = [
        text
        for index, part in enumerate(turn.parts)
        if (text := _text(part, f"{path}{at}[{index}]", losses)) is not None
    ]
    return "\n".join(texts)


def _text(part: Part, path: str, losses: Losses) -> str | None:
    """The text of a part, None where it has none; what cannot be said is named."""
    if isinstance(part, Text | Refusal):
        if isinstance(part, Text):
            _name_text(part, path, losses)
        _name_rest(part.extras, path, losses)
        return part.text
    if isinstance(part, Media):
        losses.lose(_MEDIA[part.kind], path, f"{_API} takes text only")
        return part.transcript
    if isinstance(part, Reasoning):
        if part.text or part.summary:
            losses.lose("reasoning_text", path, f"{_API} has no place for thoughts")
        if part.state is not None:
            losses.lose("reasoning_state", path, f"{_API} takes no reasoning state")
    elif isinstance(part, Native):
        losses.lose("native_part", path, f"only another API has `{part.name}`")
    else:
        losses.lose("tools", path, f"{_API} knows no tools")
    return None


def _name_text(part: Text, path: str, losses: Losses) -> None:
    if part.cache is not None:
        losses.lose("cache_mark", f"{path}.cache", f"{_API} has no cache marks")
    if part.citations:
        losses.lose("citations", f"{path}.citations", f"{_API} has no citations")
    if part.state is not None:
        losses.lose("reasoning_state", path, f"{_API} takes no reasoning state")


def _name_placeless(request: Request, losses: Losses) -> None:
    for name, feature in _PLACELESS:
        if getattr(request, name) is not None:
            losses.lose(feature, name, f"{_API} has no such member")
    for index in range(len(request.tools)):
        losses.lose("tools", f"tools[{index}]", f"{_API} knows no tools")
    wanted = request.output_format
    if wanted is not None and wanted.kind != "text":
        losses.lose(wanted.kind, "output_format", f"{_API} is text in any form")
    if request.metadata:
        losses.lose("metadata", "metadata", f"{_API} keeps none")
    if any(one != "text" for one in request.modalities):
        losses.lose("modalities", "modalities", f"{_API} is text")


def _name_rest(extras: Extras | None, path: str, losses: Losses) -> None:
    for key, _ in foreign((extras,), NAME):
        where = f"{path}.{key}" if path else key
        losses.lose("unknown_member", where, "only another API knows this member")
