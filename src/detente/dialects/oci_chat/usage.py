"""The usage in an answer of Oracle Cloud's chat: cached tokens are part of the prompt, reasoning is
part of the completion.

>>> counts = b'{"promptTokens": 9, "promptTokensDetails": {"cachedTokens": 4}}'
>>> read_usage(b'{"chatResponse": {"usage": ' + counts + b"}}").cache_read_tokens
4
"""

from typing import Final

import msgspec

from detente.canonical.extras import Json, Obj
from detente.canonical.usage import Usage
from detente.dialects._codec.counts import whole
from detente.dialects.oci_chat.wire import ChatResult, Tokens

_RESULT: Final = msgspec.json.Decoder(ChatResult)


def read_usage(body: bytes) -> Usage | None:
    """The usage in an answer, None where there is none that can be read."""
    try:
        wire = _RESULT.decode(body).chat_response
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return usage_of(wire.usage) if wire is not None and wire.usage is not None else None


def usage_of(wire: Tokens) -> Usage:
    """The counts in classes that do not overlap."""
    into, out = wire.prompt_tokens_details, wire.completion_tokens_details
    prompt, completion = whole(wire.prompt_tokens), whole(wire.completion_tokens)
    cached = min(prompt, whole(into.cached_tokens) if into is not None else 0)
    thought = min(completion, whole(out.reasoning_tokens) if out is not None else 0)
    return Usage(
        uncached_input_tokens=prompt - cached,
        cache_read_tokens=cached,
        visible_output_tokens=completion - thought,
        reasoning_output_tokens=thought,
    )


def read_counts(wire: Json) -> Usage | None:
    """The same of a decoded member; what cannot be read counts nothing."""
    if type(wire) is not dict or not wire:
        return None
    try:
        return usage_of(msgspec.convert(wire, Tokens))
    except msgspec.ValidationError:
        return None


def usage_told(usage: Usage) -> Obj:
    """The counts as Oracle tells them."""
    prompt, completion = usage.input_tokens, usage.output_tokens
    told: Obj = {
        "promptTokens": prompt,
        "completionTokens": completion,
        "totalTokens": prompt + completion,
    }
    if usage.cache_read_tokens:
        told["promptTokensDetails"] = {"cachedTokens": usage.cache_read_tokens}
    if usage.reasoning_output_tokens:
        told["completionTokensDetails"] = {"reasoningTokens": usage.reasoning_output_tokens}
    return told
