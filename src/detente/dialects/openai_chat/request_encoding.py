"""The canonical request as a chat request, with what chat cannot carry as losses.

Ranges and capabilities are not judged here: a request was fitted to its model before.
"""

from typing import Final

import msgspec

from detente.canonical.content import Turn
from detente.canonical.extras import Json, Obj
from detente.canonical.request import AudioOutput, OutputFormat, Request, Tool
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import foreign
from detente.dialects._codec.turns import joined_answers, results_apart
from detente.dialects.codec import Encoded, Target
from detente.dialects.openai_chat.controls import write_control
from detente.dialects.openai_chat.refused_members import leave_out
from detente.dialects.openai_chat.spelling import has, spelt
from detente.dialects.openai_chat.tools import (
    choice_object,
    function_object,
    is_older,
    older_choice_object,
    tool_object,
)
from detente.dialects.openai_chat.turns_encoding import TurnEncoder
from detente.dialects.openai_chat.words import CHAT, SERVICE_TIERS

_ENCODE: Final = msgspec.json.Encoder().encode
_MODALITIES: Final = frozenset(("text", "audio"))
_DEFAULT_NAME: Final = "answer"
"""The name of a schema, which chat asks for and others do not have."""
_NOT_HERE: Final = "only another API knows this member"


def encode_request(request: Request, target: Target) -> Encoded:
    """The body for that model (see `Codec.encode_request`)."""
    losses = Losses()
    own = request.origin == CHAT
    body: Obj = {"model": target.model, "messages": _messages(request, target, losses, own=own)}
    if request.stream:
        body["stream"] = True
    if request.asks_usage and (request.stream or own):
        body["stream_options"] = {"include_usage": True}
    if request.tools:
        _write_tools(body, request, losses)
    _write_choice(body, request, losses)
    _write_sampling(body, request, target, losses, own=own)
    _write_output(body, request, losses, own=own)
    _write_account(body, request, losses, own=own)
    _write_rest(body, request, losses)
    if target.refused and not own:
        leave_out(body, target.refused, losses)
    return Encoded(body=_ENCODE(spelt(body, request.extras)), losses=tuple(losses.found))


def _messages(request: Request, target: Target, losses: Losses, *, own: bool) -> list[Json]:
    """All messages; Google's signatures go to the models that only its hosts serve."""
    turns: tuple[Turn, ...] = request.turns
    if not own:
        turns = results_apart(joined_answers(turns))
    states = "gemini" in target.model
    encoder = TurnEncoder(
        losses,
        own=own,
        states=states,
        mixed=target.mixed,
        thoughts=target.thoughts,
        refused=target.refused,
    )
    messages: list[Json] = []
    if request.instructions:
        messages.append(encoder.instructions(request.instructions))
    messages += encoder.messages(turns)
    return messages


def _write_tools(body: Obj, request: Request, losses: Losses) -> None:
    tools: list[Json] = []
    functions: list[Json] = []
    for index, tool in enumerate(request.tools):
        path = f"tools[{index}]"
        if not isinstance(tool, Tool):
            if tool.dialect == CHAT:
                tools.append(tool.value)
            else:
                why = f"chat does not run `{tool.name}` itself"
                losses.lose("hosted_tool", path, why)
        elif is_older(tool):
            functions.append(spelt(function_object(tool), tool.extras))
        else:
            tools.append(_tool(path, tool, losses))
    if tools:
        body["tools"] = tools
    if functions:
        body["functions"] = functions


def _tool(path: str, tool: Tool, losses: Losses) -> Obj:
    written = tool_object(tool)
    if tool.cache is not None:
        if has(tool.cache.extras, "cache_control"):
            point: Obj = {"type": "ephemeral"}
            if tool.cache.lifetime is not None:
                point["ttl"] = tool.cache.lifetime
            written["cache_control"] = spelt(point, tool.cache.extras)
        else:
            losses.lose("cache_mark", f"{path}.cache", "chat has no cache marks on tools")
    _name_unknown(path, tool, losses)
    return written


def _name_unknown(path: str, tool: Tool, losses: Losses) -> None:
    if tool.extras is not None and tool.extras.dialect != CHAT:
        for name, _ in foreign((tool.extras,), CHAT):
            losses.lose("unknown_member", f"{path}.{name}", _NOT_HERE)


def _write_choice(body: Obj, request: Request, losses: Losses) -> None:
    choice = request.tool_choice
    if choice is not None:
        if has(choice.extras, "function_call"):
            body["function_call"] = older_choice_object(choice)
        else:
            custom = frozenset(
                tool.name
                for tool in request.tools
                if isinstance(tool, Tool) and tool.kind == "custom"
            )
            body["tool_choice"] = choice_object(choice, custom)
        for name, _ in foreign((choice.extras,), CHAT):
            losses.lose("unknown_member", f"tool_choice.{name}", _NOT_HERE)
    if request.parallel_tool_calls is not None:
        body["parallel_tool_calls"] = request.parallel_tool_calls


def _write_sampling(
    body: Obj, request: Request, target: Target, losses: Losses, *, own: bool
) -> None:
    if request.max_output_tokens is not None:
        older = has(request.extras, "max_tokens")
        body["max_tokens" if older else "max_completion_tokens"] = request.max_output_tokens
    for name, value in (
        ("temperature", request.temperature),
        ("top_p", request.top_p),
        ("frequency_penalty", request.frequency_penalty),
        ("presence_penalty", request.presence_penalty),
        ("random_seed" if has(request.extras, "random_seed") else "seed", request.seed),
        ("n", request.choices),
        ("logprobs", request.logprobs),
        ("top_logprobs", request.top_logprobs),
    ):
        if value is not None:
            body[name] = value
    if request.top_k is not None:
        if own or "top_k" in (target.capabilities.sampling or ()):
            body["top_k"] = request.top_k
        else:
            losses.lose("top_k", "top_k", "chat has no such bound")
    if request.stop:
        stop = request.stop
        body["stop"] = stop[0] if has(request.extras, "stop") else list(stop)


def _write_output(body: Obj, request: Request, losses: Losses, *, own: bool) -> None:
    if request.output_format is not None:
        body["response_format"] = _output_format(request.output_format, losses)
    if request.reasoning is not None:
        write_control(body, request.reasoning, losses)
        for name, _ in foreign((request.reasoning.extras,), CHAT):
            losses.lose("unknown_member", f"reasoning.{name}", _NOT_HERE)
    if request.verbosity is not None:
        body["verbosity"] = request.verbosity
    if request.modalities:
        spoken = [one for one in request.modalities if own or one in _MODALITIES]
        if len(spoken) != len(request.modalities):
            losses.lose("modalities", "modalities", "chat answers in text and audio only")
        if spoken:
            body["modalities"] = list[Json](spoken)
    if request.audio is not None:
        body["audio"] = _audio(request.audio, losses, streams=request.stream)
    elif "audio" in request.modalities and not own:
        body["audio"] = _audio(AudioOutput(), losses, streams=request.stream)


def _audio(audio: AudioOutput, losses: Losses, *, streams: bool) -> Obj:
    """How to speak; chat asks for a voice and a form, and streams raw samples only."""
    held: Obj = {}
    own = audio.extras is not None and audio.extras.dialect == CHAT
    if audio.voice is not None or not own:
        held["voice"] = "alloy" if audio.voice is None else audio.voice
    if audio.format is not None or not own:
        form = "pcm16" if streams else "wav"
        held["format"] = form if audio.format is None else audio.format
    for name, _ in foreign((audio.extras,), CHAT):
        losses.lose("unknown_member", f"audio.{name}", _NOT_HERE)
    return spelt(held, audio.extras)


def _output_format(form: OutputFormat, losses: Losses) -> Obj:
    for name, _ in foreign((form.extras,), CHAT):
        losses.lose("unknown_member", f"output_format.{name}", _NOT_HERE)
    if form.kind != "json_schema":
        return spelt({"type": form.kind}, form.extras)
    held: Obj = {}
    if form.name is not None or not has(form.extras, "unnamed"):
        held["name"] = _DEFAULT_NAME if form.name is None else form.name
    if form.description is not None:
        held["description"] = form.description
    if form.schema is not None:
        held["schema"] = form.schema
    if form.strict is not None:
        held["strict"] = form.strict
    return spelt({"type": "json_schema", "json_schema": held}, form.extras)


def _write_account(body: Obj, request: Request, losses: Losses, *, own: bool) -> None:
    """Who asks, and what the platform does with it. OpenAI answers metadata without `store` with
    an error, so it is left behind there."""
    if request.service_tier is not None:
        if own or request.service_tier in SERVICE_TIERS:
            body["service_tier"] = request.service_tier
        else:
            losses.lose("service_tier", "service_tier", "chat has no tier of that name")
    if request.metadata:
        if own or request.store:
            body["metadata"] = dict[str, Json](request.metadata)
        else:
            losses.lose("metadata", "metadata", "chat takes metadata with `store` only")
    if request.user is not None:
        newer = has(request.extras, "safety_identifier")
        body["safety_identifier" if newer else "user"] = request.user
    if request.cache_key is not None:
        body["prompt_cache_key"] = request.cache_key
    if request.cache is not None:
        losses.lose("cache_mark", "cache", "chat caches whole prompts by itself")
    if request.store is not None:
        body["store"] = request.store


def _write_rest(body: Obj, request: Request, losses: Losses) -> None:
    for option in request.options:
        if option.dialect != CHAT:
            why = "only another API has this setting"
            losses.lose("native_option", option.name, why, option.severity)
        elif option.name == "stream_options" and isinstance(option.value, dict):
            held = body.get("stream_options")
            body["stream_options"] = {**(held if isinstance(held, dict) else {}), **option.value}
        else:
            body[option.name] = option.value
    for name, _ in foreign((request.extras,), CHAT):
        losses.lose("unknown_member", name, _NOT_HERE)
