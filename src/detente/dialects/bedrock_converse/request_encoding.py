"""A canonical request as one of Converse. Model and streaming are the path's.

>>> from detente.canonical.content import Text, Turn
>>> asked = Request(model="m", turns=(Turn(role="user", parts=(Text(text="hi"),)),), seed=7)
>>> encoded = encode_request(asked, Target(model="amazon.nova-lite-v1:0"))
>>> encoded.body, [str(loss) for loss in encoded.losses]
(b'{"messages":[{"role":"user","content":[{"text":"hi"}]}]}', ['seed'])
"""

import re
from typing import Final

import msgspec

from detente.canonical.extras import Json, Obj
from detente.canonical.request import OutputFormat, Request
from detente.dialects._codec.arguments import arguments_text
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import foreign, laid_over, marked
from detente.dialects.bedrock_converse.families import CACHING, Family, family_of
from detente.dialects.bedrock_converse.loops import end_thinking
from detente.dialects.bedrock_converse.messages_encoding import write_messages
from detente.dialects.bedrock_converse.parts_encoding import Blocks
from detente.dialects.bedrock_converse.reasoning_control import write_control
from detente.dialects.bedrock_converse.tools_encoding import write_tools
from detente.dialects.bedrock_converse.words import DIALECT
from detente.dialects.codec import Encoded, Target

FIELDS: Final = "additionalModelRequestFields"
METADATA_MAX: Final = 16
"""Entries that `requestMetadata` takes."""

_ENCODE: Final = msgspec.json.Encoder().encode
_TIERS: Final = {
    "default": "default",
    "priority": "priority",
    "flex": "flex",
    "reserved": "reserved",
    "standard": "default",
    "standard_only": "default",
    "fast": "priority",
}
_METADATA: Final = re.compile(r"[a-zA-Z0-9\s:_@$#=/+,\-.]{0,256}")
_UNKNOWN: Final = "the member is unknown to Converse"
_MEMBERLESS: Final = (
    ("frequency_penalty", "frequency_penalty"),
    ("presence_penalty", "presence_penalty"),
    ("seed", "seed"),
    ("verbosity", "verbosity"),
    ("user", "user"),
    ("cache_key", "cache_key"),
)
"""Members for which Converse has no word, and their features."""


def encode_request(request: Request, target: Target) -> Encoded:
    """The body for `target`, and what it does not say."""
    losses = Losses()
    try:
        body = _ENCODE(_request(request, target, losses))
    except RecursionError:
        why = "the request is nested more deeply than can be written"
        losses.lose("history", "turns", why)
        body = b'{"messages":[]}'
    return Encoded(body=body, losses=tuple(losses.found))


def _request(request: Request, target: Target, losses: Losses) -> Obj:
    own = request.origin == DIALECT
    family = family_of(target.model)
    blocks = Blocks(
        losses,
        own=own,
        upstream=True,
        caching=own or family in CACHING,
        signed_only=target.mixed and family == "claude",
    )
    body: Obj = {}
    write_messages(request.instructions, request.turns, body, blocks, own=own)
    _mark_prompt(request, body, blocks)
    _write_inference(request, body)
    _write_top_k(request, family, body, losses)
    if request.reasoning is not None:
        write_control(request.reasoning, family, target, body, losses)
        end_thinking(request, body, losses, mixed=target.mixed)
    if request.tools or request.tool_choice is not None or not own:
        write_tools(request, family, body, blocks)
    _write_output_format(request.output_format, body, losses)
    _write_envelope(request, body, losses)
    _lose_members(request, losses)
    _write_options(request, body, losses)
    return laid_over(body, request.extras, DIALECT)


def _mark_prompt(request: Request, body: Obj, blocks: Blocks) -> None:
    """A cache point behind the whole prompt."""
    messages = body.get("messages")
    last = messages[-1] if type(messages) is list and messages else None
    content = last.get("content") if type(last) is dict else None
    if request.cache is None or type(content) is not list or not content:
        return
    point = blocks.cache_point(request.cache, "cache")
    behind = content[-1]
    if point is not None and not (type(behind) is dict and "cachePoint" in behind):
        content.append(point)


def _write_inference(request: Request, body: Obj) -> None:
    config: Obj = {}
    if request.max_output_tokens is not None:
        config["maxTokens"] = request.max_output_tokens
    if request.temperature is not None:
        config["temperature"] = request.temperature
    if request.top_p is not None:
        config["topP"] = request.top_p
    stop: list[Json] = [word for word in request.stop if word or request.origin == DIALECT]
    if stop:
        config["stopSequences"] = stop
    if config:
        body["inferenceConfig"] = config


def _write_top_k(request: Request, family: Family, body: Obj, losses: Losses) -> None:
    if request.top_k is None:
        return
    if marked(request.extras, DIALECT, "top_k"):
        _nested(body, FIELDS)["top_k"] = request.top_k
    elif marked(request.extras, DIALECT, "topK") or family == "nova":
        _nested(body, FIELDS)["inferenceConfig"] = {"topK": request.top_k}
    elif family == "claude":
        _nested(body, FIELDS)["top_k"] = request.top_k
    else:
        losses.lose("top_k", "top_k", "Converse itself has no `top_k`, and of this model none")


def _write_output_format(form: OutputFormat | None, body: Obj, losses: Losses) -> None:
    if form is None or form.kind == "text":
        return
    if form.kind == "json_object":
        losses.lose("json_object", "output_format", "Converse wants a schema for JSON")
        return
    if form.strict is False:
        why = "Converse always keeps to the schema"
        losses.lose("json_schema", "output_format.strict", why, "drop")
    for name, _ in foreign((form.extras,), DIALECT):
        losses.lose("unknown_member", f"output_format.{name}", _UNKNOWN)
    schema: Obj = {"schema": arguments_text(form.schema or {})}
    if form.name is not None:
        schema["name"] = form.name
    if form.description is not None:
        schema["description"] = form.description
    wire: Obj = {"type": "json_schema", "structure": {"jsonSchema": schema}}
    _nested(body, "outputConfig")["textFormat"] = laid_over(wire, form.extras, DIALECT)


def _write_envelope(request: Request, body: Obj, losses: Losses) -> None:
    own = request.origin == DIALECT
    tier = request.service_tier
    if tier is not None and tier != "auto":
        word = tier if own else _TIERS.get(tier)
        if word is None:
            losses.lose("service_tier", "service_tier", "Bedrock has no tier of that name")
        else:
            body["serviceTier"] = {"type": word}
    kept: Obj = {}
    for key, value in request.metadata.items():
        if own or (
            len(kept) < METADATA_MAX and _METADATA.fullmatch(value) and _METADATA.fullmatch(key)
        ):
            kept[key] = value
        else:
            why = "Converse takes 16 entries of 256 letters, digits and plain signs"
            losses.lose("metadata", "metadata", why)
    if kept:
        body["requestMetadata"] = kept


def _lose_members(request: Request, losses: Losses) -> None:
    """The members that Converse has no place for."""
    for name, feature in _MEMBERLESS:
        if getattr(request, name) is not None:
            losses.lose(feature, name, f"Converse has no `{name}`")
    for wanted, feature, path, why in (
        ((request.choices or 0) > 1, "choices", "choices", "Converse gives one answer"),
        (request.logprobs, "logprobs", "logprobs", "Converse gives no log probabilities"),
        (request.audio is not None, "audio_output", "audio", "Converse does not speak"),
        (request.store, "store", "store", "Bedrock keeps no answers"),
    ):
        if wanted:
            losses.lose(feature, path, why)
    if request.modalities and set(request.modalities) != {"text"}:
        losses.lose("modalities", "modalities", "Converse cannot be asked for other than text")
    for name, _ in foreign((request.extras,), DIALECT):
        losses.lose("unknown_member", name, _UNKNOWN)
    if request.reasoning is not None:
        for name, _ in foreign((request.reasoning.extras,), DIALECT):
            losses.lose("unknown_member", f"reasoning.{name}", _UNKNOWN)


def _write_options(request: Request, body: Obj, losses: Losses) -> None:
    for option in request.options:
        if option.dialect != DIALECT:
            why = "only the client's own platform has this option"
            losses.lose("native_option", option.name, why, option.severity)
            continue
        outer, dot, inner = option.name.partition(".")
        if dot:
            _nested(body, outer)[inner] = option.value
        else:
            body[outer] = option.value


def _nested(body: Obj, key: str) -> Obj:
    found = body.get(key)
    if type(found) is dict:
        return found
    made: Obj = {}
    body[key] = made
    return made
