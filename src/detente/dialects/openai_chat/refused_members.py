"""Members of a chat request that a host answers with an error, left out of a translated one.

A client of another dialect never wrote them, so the host's error would tell it nothing: they are
losses like any other. What a chat client writes itself goes to the host as it is.

>>> body = {"model": "m", "user": "u", "n": 1}
>>> losses = Losses()
>>> leave_out(body, frozenset(("user", "n")), losses)
>>> body, [str(loss) for loss in losses.found]
({'model': 'm'}, ['user'])
"""

from typing import Final

from detente.canonical.extras import Json, Obj
from detente.dialects._codec.losses import Losses

_PLACES: Final = {
    "audio": ("audio_output", "audio"),
    "frequency_penalty": ("frequency_penalty", "frequency_penalty"),
    "logprobs": ("logprobs", "logprobs"),
    "max_completion_tokens": ("max_output_tokens", "max_output_tokens"),
    "metadata": ("metadata", "metadata"),
    "modalities": ("modalities", "modalities"),
    "n": ("choices", "choices"),
    "parallel_tool_calls": ("parallel_tool_calls", "parallel_tool_calls"),
    "presence_penalty": ("presence_penalty", "presence_penalty"),
    "prompt_cache_key": ("cache_key", "cache_key"),
    "reasoning_effort": ("reasoning_control", "reasoning"),
    "seed": ("seed", "seed"),
    "service_tier": ("service_tier", "service_tier"),
    "stop": ("stop", "stop"),
    "store": ("store", "store"),
    "temperature": ("temperature", "temperature"),
    "tool_choice": ("tool_choice", "tool_choice"),
    "tools": ("tools", "tools"),
    "top_k": ("top_k", "top_k"),
    "top_logprobs": ("logprobs", "top_logprobs"),
    "top_p": ("top_p", "top_p"),
    "user": ("user", "user"),
    "verbosity": ("verbosity", "verbosity"),
}
"""Members that this codec writes for other dialects: the feature, and where it stood."""
_IDLE: Final[dict[str, Json]] = {
    "logprobs": False,
    "modalities": ["text"],
    "n": 1,
    "service_tier": "auto",
    "tool_choice": "auto",
}
"""Values that ask for what every host does anyway: they are left out, and nothing is lost."""


def leave_out(body: Obj, refused: frozenset[str], losses: Losses) -> None:
    """Take out of `body`, in place, what the host refuses, and name what that loses."""
    for name in [one for one in body if one in refused]:
        value = body.pop(name)
        if name in _IDLE and value == _IDLE[name]:
            continue
        if name == "response_format":
            _lose_format(value, losses)
            continue
        what, path = _PLACES.get(name, ("unknown_member", name))
        losses.lose(what, path, f"this host answers `{name}` with an error")


def _lose_format(value: Json, losses: Losses) -> None:
    kind = value.get("type") if type(value) is dict else None
    if kind != "text":
        what = "json_object" if kind == "json_object" else "json_schema"
        losses.lose(what, "output_format", "this host answers `response_format` with an error")
