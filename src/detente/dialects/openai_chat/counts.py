"""Usage as chat counts it, both ways: cached tokens are part of the prompt, reasoning and audio
part of the completion.

>>> counts(Usage(uncached_input_tokens=2, cache_read_tokens=1))["prompt_tokens"]
3
"""

from typing import Final

import msgspec

from detente.canonical.extras import Json, Obj
from detente.canonical.usage import Usage
from detente.dialects._openai.token_counts import CompletionUsage
from detente.dialects._openai.tokens import completion_usage

_PROMPT: Final = frozenset((
    "audio_tokens", "cache_write_tokens", "cached_tokens", "image_tokens", "text_tokens",
))  # fmt: skip
_COMPLETION: Final = frozenset((
    "accepted_prediction_tokens", "audio_tokens", "reasoning_tokens",
    "rejected_prediction_tokens", "text_tokens",
))  # fmt: skip
_DETAILS: Final = {"prompt_tokens_details": _PROMPT, "completion_tokens_details": _COMPLETION}
_TOTALS: Final = ("prompt_tokens", "completion_tokens", "total_tokens")
_ABSENT: Final = frozenset("-" + key for key in _TOTALS)


def usage_of(wire: Json) -> Usage | None:
    """The canonical usage, None where there is none that can be read."""
    try:
        return completion_usage(msgspec.convert(wire, CompletionUsage))
    except msgspec.ValidationError:
        return None


def counts(usage: Usage) -> Obj:
    """Usage as OpenAI writes it, all details said."""
    prompt, completion = usage.input_tokens, usage.output_tokens
    into: Obj = {
        "cached_tokens": usage.cache_read_tokens,
        "audio_tokens": usage.audio_input_tokens,
    }
    written = usage.cache_write_tokens
    if written:
        into["cache_write_tokens"] = written
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": into,
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning_output_tokens,
            "audio_tokens": usage.audio_output_tokens,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def rest_of(wire: Obj, usage: Usage | None) -> tuple[Obj, Obj]:
    """What `wire` says beyond its usage: members that the SDK does not know, and the spelling.

    The spelling holds the details as they stand, and each total that differs from the sum of the
    canonical classes; `respelt` puts it together again.
    """
    unknown: Obj = {}
    spelling: Obj = {}
    sums = _sums(usage) if usage is not None else {}
    for key, value in wire.items():
        if key in sums:
            if value != sums[key] or type(value) is not int:
                spelling[key] = value
        elif key in _TOTALS:
            spelling[key] = value
        elif key in _DETAILS and type(value) is dict:
            known = _DETAILS[key]
            if value.keys() <= known:
                spelling[key] = value
                continue
            spelling[key] = {k: v for k, v in value.items() if k in known or v is None}
            unknown[key] = {k: v for k, v in value.items() if k not in known and v is not None}
        elif value is None or key in _DETAILS:
            spelling[key] = value
        else:
            unknown[key] = value
    for key in sums:
        if key not in wire:
            spelling[f"-{key}"] = None
    return unknown, spelling


def respelt(usage: Usage | None, unknown: Json, spelling: Json) -> Obj:
    """The usage of a chat answer as it was written."""
    target: Obj = _sums(usage) if usage is not None else {}
    for over in (unknown, spelling):
        for key, value in over.items() if type(over) is dict else ():
            under = target.get(key)
            if key in _ABSENT:
                target.pop(key[1:], None)
            elif type(under) is dict and type(value) is dict:
                target[key] = {**under, **value}
            else:
                target[key] = value
    return target


def _sums(usage: Usage) -> Obj:
    prompt, completion = usage.input_tokens, usage.output_tokens
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }
