"""The head of a request for content: the path names the model and says whether to stream."""

import re
from typing import Final

import msgspec

from detente.canonical.extras import Json, Obj
from detente.dialects._codec.fields import Misfit, read_json
from detente.dialects._framing.heads import decode_head, is_set
from detente.dialects._framing.json_members import member_spans, rewritten, spells_keys_plainly
from detente.dialects.gemini_generate.wire import GenerateRequest
from detente.dialects.spec import RequestHead

_REQUEST: Final = msgspec.json.Decoder(GenerateRequest)
_MODEL: Final = re.compile(rb'"model"\s*:')
_STRUCTURED: Final = (
    "responseSchema",
    "responseJsonSchema",
    "response_schema",
    "response_json_schema",
)


def read_request(body: bytes) -> RequestHead:
    """The head of a request; raises `ClientFault` (see `Spec.read_request`)."""
    wire = decode_head(_REQUEST, body)
    config = _object(wire.camel_config or wire.snake_config)
    return RequestHead(
        model=(wire.model or "").removeprefix("models/"),
        asks_usage=True,
        features=_features(wire, config),
        output_tokens_max=_limit(config, "maxOutputTokens", "max_output_tokens"),
        answers_asked=_limit(config, "candidateCount", "candidate_count") or 1,
    )


def edit_request(
    body: bytes,
    head: RequestHead,  # noqa: ARG001 - every dialect's edit takes it
    *,
    model: str,  # noqa: ARG001 - the path names it
    ask_usage: bool = True,  # noqa: ARG001 - usage comes unasked
) -> bytes:
    """`body` without a `model`: the path names the one that was decided on, and nobody shall read
    another."""
    if spells_keys_plainly(body) and _MODEL.search(body) is None:
        return body
    spans = member_spans(body)
    return rewritten(body, spans, drop=("model",), add={}) if "model" in spans else body


def _features(wire: GenerateRequest, config: Obj) -> tuple[str, ...]:
    """What the request needs beyond text, sorted."""
    found: list[str] = []
    thinking = config.get("thinkingConfig", config.get("thinking_config"))
    if type(thinking) is dict and thinking:
        budget = thinking.get("thinkingBudget", thinking.get("thinking_budget"))
        if budget != 0:
            found.append("reasoning")
    if any(config.get(name) is not None for name in _STRUCTURED):
        found.append("structured_output")
    if is_set(wire.tools):
        found.append("tools")
    return tuple(found)


def _limit(config: Obj, *names: str) -> int | None:
    """The largest bound that the client set by any of these names."""
    bounds = [bound for bound in (_bound(config.get(name)) for name in names) if bound is not None]
    return max(bounds, default=None)


def _bound(value: Json) -> int | None:
    """A bound; a whole number may be written as text or as a float."""
    if type(value) is str and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if type(value) is float and value.is_integer():
        value = int(value)
    return value if type(value) is int and value > 0 else None


def _object(raw: msgspec.Raw) -> Obj:
    if not raw:
        return {}
    try:
        value = read_json(bytes(raw))
    except Misfit:
        return {}
    return value if type(value) is dict else {}
