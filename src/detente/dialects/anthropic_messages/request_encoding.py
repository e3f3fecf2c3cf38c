"""A canonical request as a request body.

Required members are supplied, values keep their ranges, and every member that this API lacks is
named. Sampling belongs to the version of 2023: later ones refuse it.

>>> from detente.canonical.content import Text, Turn
>>> asked = Request(model="m", turns=(Turn(role="user", parts=(Text(text="hi"),)),), seed=7)
>>> encoded = encode_request(asked, Target(model="claude"))
>>> encoded.body
b'{"model":"claude","max_tokens":8192,"messages":[{"role":"user","content":"hi"}]}'
>>> [str(loss) for loss in encoded.losses]
['seed']
"""

from typing import Final

import msgspec

from detente.canonical.extras import Obj
from detente.canonical.request import Option, Request
from detente.dialects._codec.rest import marked
from detente.dialects.anthropic_messages.reasoning_encoding import max_tokens_of, put_reasoning
from detente.dialects.anthropic_messages.tools_encoding import put_output_format, put_tools
from detente.dialects.anthropic_messages.turns_encoding import put_conversation
from detente.dialects.anthropic_messages.words import ASKED_TIERS, NAME, VERSIONS_WITH_SAMPLING
from detente.dialects.anthropic_messages.writing import Writing
from detente.dialects.codec import Encoded, Target

_ENCODE: Final = msgspec.json.Encoder().encode
_TIERS: Final = {tier: word for word, tier in ASKED_TIERS.items()}

_LACKED: Final = (
    ("frequency_penalty", "frequency_penalty"),
    ("presence_penalty", "presence_penalty"),
    ("seed", "seed"),
    ("logprobs", "logprobs"),
    ("top_logprobs", "logprobs"),
    ("verbosity", "verbosity"),
    ("cache_key", "cache_key"),
    ("audio", "audio_output"),
    ("store", "store"),
    ("metadata", "metadata"),
)
"""Members that Messages lacks, with their features."""

_NOTHING: Final[Obj] = {
    "frequency_penalty": 0,
    "logprobs": False,
    "metadata": {},
    "presence_penalty": 0,
    "store": False,
    "temperature": 1,
    "top_logprobs": 0,
    "top_p": 1,
}
"""Values that ask for nothing: what Messages does anyway."""


def encode_request(request: Request, target: Target) -> Encoded:
    """See `Codec.encode_request`; never raises."""
    own = request.origin == NAME
    writing = Writing(own=own, modern=target.api_version not in VERSIONS_WITH_SAMPLING)
    wire: Obj = {"model": target.model}
    if not marked(request.extras, NAME, "no_max_tokens") or not own:
        wire["max_tokens"] = max_tokens_of(request, target)
    if request.cache is not None:
        control = writing.cache_control(request.cache, "cache")
        if control is not None:
            wire["cache_control"] = control
    put_tools(wire, request, writing)
    put_conversation(wire, request, writing)
    put_output_format(wire, request.output_format, writing)
    put_reasoning(wire, request.reasoning, target, writing)
    _put_sampling(wire, request, writing)
    if request.stop:
        wire["stop_sequences"] = list(request.stop)
    if request.stream:
        wire["stream"] = True
    if request.user is not None:
        wire["metadata"] = {"user_id": request.user}
    _put_service_tier(wire, request, writing)
    _name_lacked(request, writing)
    for option in request.options:
        _put_option(wire, option, writing)
    writing.lay_over(wire, request.extras, "")
    return Encoded(body=_ENCODE(wire), losses=tuple(writing.losses.found))


def _put_sampling(wire: Obj, request: Request, writing: Writing) -> None:
    asked: dict[str, float | None] = {
        "temperature": request.temperature,
        "top_p": request.top_p,
        "top_k": request.top_k,
    }
    thinking = wire.get("thinking")
    thinks = type(thinking) is dict and thinking["type"] in ("enabled", "adaptive")
    for name, value in asked.items():
        if value is None:
            continue
        why = None
        if writing.modern:
            why = "this version of Messages takes no sampling"
        elif not writing.own and thinks and not (name == "temperature" and value == 1):
            why = "Messages does not sample otherwise while it thinks"
        elif not writing.own and name == "top_p" and request.temperature is not None:
            why = "Messages takes `temperature` or `top_p`, not both"
        if why is None:
            wire[name] = value
        elif value != _NOTHING.get(name):
            writing.losses.lose(name, name, why)


def _put_service_tier(wire: Obj, request: Request, writing: Writing) -> None:
    tier = request.service_tier
    if tier is None:
        return
    if tier in _TIERS:
        wire["service_tier"] = _TIERS[tier]
    elif not writing.own:
        writing.losses.lose("service_tier", "service_tier", "Messages sells no such tier")


def _name_lacked(request: Request, writing: Writing) -> None:
    for member, feature in _LACKED:
        value = getattr(request, member)
        if value is not None and value != _NOTHING.get(member):
            writing.losses.lose(feature, member, "Messages has no such member")
    if request.choices is not None and request.choices != 1:
        writing.losses.lose("choices", "choices", "Messages gives one answer")
    for modality in request.modalities:
        if modality != "text":
            writing.losses.lose("modalities", "modalities", "Messages answers in text only")


def _put_option(wire: Obj, option: Option, writing: Writing) -> None:
    if option.dialect != NAME:
        writing.losses.lose(
            "native_option",
            option.name,
            f"only `{option.dialect}` has such an option",
            option.severity,
        )
        return
    outer, dot, name = option.name.partition(".")
    if not dot:
        wire[outer] = option.value
        return
    inner = wire.setdefault(outer, {}) if outer == "output_config" else wire.get(outer)
    if type(inner) is dict and inner.get("type") != "disabled":
        inner[name] = option.value
