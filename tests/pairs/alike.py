"""Where two dialects cannot tell the same, what the client's SDK has to tell instead, and why.

One row for each such thing; everything else has to be equal: text, calls with their ids, names and
arguments, why the answer ended, the words of a refusal, and every class of tokens.

>>> expected(Told(text="no", stop="stop_sequence"), "gemini_generate").stop
'end'
"""

import dataclasses
from collections.abc import Mapping

import msgspec

from detente.canonical.model import Dialect
from detente.canonical.response import StopReason
from detente.canonical.usage import Usage
from tests.pairs.told import Told, ended

NEAREST_STOPS: Mapping[Dialect, Mapping[StopReason, tuple[StopReason, str]]] = {
    "openai_chat": {
        "stop_sequence": ("end", "`stop` is said of both"),
        "context_window": ("length", "`length` is said of every bound"),
        "pause": ("end", "there is nothing to be continued in chat"),
        "malformed": ("end", "there is no word for it"),
        "cancelled": ("end", "there is no word for it"),
        "other": ("end", "there is no word for it"),
        "error": ("end", "there is no word for it"),
    },
    "openai_responses": {
        "stop_sequence": ("end", "the API has no stop sequences"),
        "context_window": ("length", "`max_output_tokens` is said of every bound"),
        "pause": ("end", "there is no word for it"),
        "malformed": ("other", "the response is incomplete, for no reason that has a word"),
    },
    "anthropic_messages": {
        "content_filter": ("refusal", "the API knows models that refuse, and no filters"),
        "malformed": ("end", "there is no word for it"),
        "cancelled": ("end", "there is no word for it"),
        "other": ("end", "there is no word for it"),
        "error": ("end", "there is no word for it"),
    },
    "gemini_generate": {
        "stop_sequence": ("end", "`STOP` is said of both"),
        "refusal": ("content_filter", "the API knows filters, and no models that refuse"),
        "context_window": ("length", "`MAX_TOKENS` is said of every bound"),
        "cancelled": ("other", "there is no word for it"),
        "error": ("other", "there is no word for it"),
    },
    "bedrock_converse": {
        "refusal": ("content_filter", "the API knows filters, and no models that refuse"),
        "pause": ("end", "there is no word for it"),
        "cancelled": ("end", "there is no word for it"),
        "other": ("end", "there is no word for it"),
        "error": ("end", "there is no word for it"),
    },
}
"""Reasons that a client's API has no word for, with the nearest that it has."""

WORDLESS_REFUSALS: Mapping[Dialect, str] = {
    "openai_chat": "a refusal is told by its words; one without any is shown as a filter's work",
    "openai_responses": "as in chat",
}
REFUSALS_IN_TEXT: Mapping[Dialect, str] = {
    "anthropic_messages": "the model's words are text, and the stop reason says that it refused",
    "gemini_generate": "the model's words are text, and the finish reason is a filter's",
    "bedrock_converse": "the model's words are text, and the stop reason is a filter's",
}
"""Dialects whose answers have no part for a refusal."""

MERGED: Mapping[Dialect, Mapping[str, tuple[str, str]]] = {
    "openai_chat": {
        "cache_write_5m_tokens": ("cache_write_30m_tokens", "writes are counted, not how long"),
        "cache_write_1h_tokens": ("cache_write_30m_tokens", "writes are counted, not how long"),
        "cache_write_12h_tokens": ("cache_write_30m_tokens", "writes are counted, not how long"),
    },
    "openai_responses": {
        "cache_write_5m_tokens": ("cache_write_30m_tokens", "the lifetimes are 30m and 12h"),
        "cache_write_1h_tokens": ("cache_write_30m_tokens", "the lifetimes are 30m and 12h"),
    },
    "anthropic_messages": {
        "cache_write_30m_tokens": ("cache_write_5m_tokens", "the lifetimes are 5m and 1h"),
        "cache_write_12h_tokens": ("cache_write_1h_tokens", "the lifetimes are 5m and 1h"),
        "audio_input_tokens": ("uncached_input_tokens", "sound is not counted by itself"),
        "audio_output_tokens": ("visible_output_tokens", "sound is not counted by itself"),
    },
    "gemini_generate": {
        "cache_write_5m_tokens": ("uncached_input_tokens", "writes are prompt as any other"),
        "cache_write_30m_tokens": ("uncached_input_tokens", "writes are prompt as any other"),
        "cache_write_1h_tokens": ("uncached_input_tokens", "writes are prompt as any other"),
        "cache_write_12h_tokens": ("uncached_input_tokens", "writes are prompt as any other"),
    },
    "bedrock_converse": {
        "cache_write_30m_tokens": ("cache_write_5m_tokens", "the lifetimes are 5m and 1h"),
        "cache_write_12h_tokens": ("cache_write_1h_tokens", "the lifetimes are 5m and 1h"),
        "audio_input_tokens": ("uncached_input_tokens", "sound is not counted by itself"),
        "audio_output_tokens": ("visible_output_tokens", "sound is not counted by itself"),
        "reasoning_output_tokens": ("visible_output_tokens", "thoughts are output as any other"),
    },
}
"""Classes of tokens that a client's API counts among others.

Beside these: a stream of Messages tells the lifetime of cache writes at its start only, which is
before most platforms have counted.
"""


def expected(told: Told, client: Dialect) -> Told:
    """What `client`'s SDK has to tell of an answer of which another one told `told`."""
    stop = told.stop
    if stop == "refusal" and not told.refusal and client in WORDLESS_REFUSALS:
        stop = "content_filter"
    elif stop is not None and stop in NEAREST_STOPS[client]:
        stop = ended(NEAREST_STOPS[client][stop][0], told.calls)
    text, refusal = told.text, told.refusal
    if client in REFUSALS_IN_TEXT:
        text, refusal = text + refusal, ""
    usage = None if told.usage is None else merged(told.usage, client)
    return dataclasses.replace(told, text=text, refusal=refusal, stop=stop, usage=usage)


def merged(usage: Usage, client: Dialect) -> Usage:
    """The counts in the classes that `client`'s API has."""
    counts = msgspec.structs.asdict(usage)
    for name, (into, _) in MERGED[client].items():
        counts[into] += counts.pop(name)
    return Usage(**counts)


def difference(told: Told, seen: Told, *, same: bool) -> str | None:
    """What of `seen` is not as `told`, None where all is; no counts are zeros.

    A call that had no id has got one; where it comes in the `same` dialect it needs none.
    """
    if len(told.calls) != len(seen.calls):
        return f"{len(told.calls)} calls became {len(seen.calls)}"
    for before, after in zip(told.calls, seen.calls, strict=True):
        named = before[0] == after[0] if before[0] else same or bool(after[0])
        if not named or before[1:] != after[1:]:
            return f"call {before} became {after}"
    for name in ("text", "stop", "refusal"):
        if getattr(told, name) != getattr(seen, name):
            return f"{name} {getattr(told, name)!r:.80} became {getattr(seen, name)!r:.80}"
    if _letters(told.reasoning) != _letters(seen.reasoning):
        return f"reasoning {told.reasoning!r:.80} became {seen.reasoning!r:.80}"
    if (told.usage or Usage()) != (seen.usage or Usage()):
        return f"{told.usage} became {seen.usage}"
    return None


def _letters(reasoning: str) -> str:
    """Thoughts without what parts their paragraphs, which each API does its own way."""
    return "".join(reasoning.split())
