"""Chat completions, OpenAI's and those of compatible hosts: what in them is not content.

From the types of the official clients (openai 3.54, mistralai 3.7) and what hosts add (read
2026-11-21). Who speaks (`name`, `user`, `safety_identifier`) and notes on a request (`metadata`)
are content: applications put people there.
"""

from typing import Final

from detente.guardrails.places.place import (
    AUDIO,
    CACHE,
    DOCUMENT,
    ENCRYPTED_REASONING,
    ID_FORM,
    IMAGE,
    LOGPROBS,
    MODEL,
    SIGNATURE,
    STORED,
    VIDEO,
    WORD,
    Keyed,
    Place,
    Shape,
    content,
    ids,
    shape,
    words,
)
from detente.guardrails.places.schema import SCHEMA

_CACHED: Final[dict[str, Place]] = {"cache_control": CACHE, "prompt_cache_breakpoint": CACHE}
_GOOGLES: Final = shape({"google": shape({"thought_signature": SIGNATURE})})
_STATE: Final[dict[str, Place]] = {"extra_content": _GOOGLES, "thought_signature": SIGNATURE}
_TEXT: Final = shape(words("type"), content("text"))


def _linked(place: Place) -> Shape:
    """A URL in an object, or by itself."""
    return shape(words("detail", "format"), {"url": place}, lone=place)


PART: Final = Shape(
    members={
        **words("type", "reference_ids", "closed"),
        **content("text", "refusal", "document_name", "image_name"),
        "image_url": _linked(IMAGE),
        "video_url": _linked(VIDEO),
        "audio_url": _linked(AUDIO),
        "document_url": _linked(DOCUMENT),
        "input_audio": shape(words("format"), {"data": AUDIO}, lone=AUDIO),
        "file": shape(
            words("format"),
            content("filename"),
            {"file_data": DOCUMENT, "file_id": STORED},
        ),
        "file_id": STORED,
        "thinking": _TEXT,
        "signature": SIGNATURE,
        **_CACHED,
    },
    kinds=frozenset(
        (
            *("text", "image_url", "video_url", "audio_url", "document_url", "input_audio"),
            *("file", "refusal", "thinking", "reference"),
        )
    ),
)
_FUNCTION: Final = shape(words("name"), content("arguments"))
CALL: Final = shape(
    ids("id"),
    words("type", "index"),
    {"function": _FUNCTION, "custom": shape(words("name"), content("input")), **_STATE},
)
_THOUGHT: Final = shape(
    words("type", "format", "index"),
    ids("id"),
    content("text", "summary"),
    {"data": ENCRYPTED_REASONING, "signature": SIGNATURE},
)
_ANNOTATION: Final = shape(
    words("type"),
    {"url_citation": shape(words("start_index", "end_index"), content("url", "title", "content"))},
)
_SPOKEN: Final = shape(
    words("expires_at", "format"), content("transcript"), {"id": STORED, "data": AUDIO}
)
MESSAGE: Final = shape(
    words("role", "prefix"),
    ids("tool_call_id"),
    content("name", "refusal", "reasoning", "reasoning_content"),
    {
        "content": PART,
        "tool_calls": CALL,
        "function_call": _FUNCTION,
        "reasoning_details": _THOUGHT,
        "audio": _SPOKEN,
        "annotations": _ANNOTATION,
        "logprobs": LOGPROBS,
        **_STATE,
        **_CACHED,
    },
)
DECLARED: Final = shape(words("name", "strict"), content("description"), {"parameters": SCHEMA})
"""A function that a model may call."""
_GRAMMAR: Final = shape(words("type", "syntax"), content("definition"))
TOOL: Final = shape(
    words("type"),
    content("parameters"),
    {
        "function": DECLARED,
        "custom": shape(
            words("name"),
            content("description"),
            {"format": shape(words("type"), {"grammar": _GRAMMAR})},
        ),
        **_CACHED,
    },
)
_NAMED: Final = shape(words("name"), lone=WORD)
_ALLOWED: Final = shape(words("type", "mode"), {"function": _NAMED, "custom": _NAMED})
CHOICE: Final = shape(
    words("type", "mode"),
    {
        "function": _NAMED,
        "custom": _NAMED,
        "allowed_tools": shape(words("mode"), {"tools": _ALLOWED}, lone=WORD),
    },
    lone=WORD,
)
FORMAT: Final = shape(
    words("type"),
    {
        "schema": SCHEMA,
        "json_schema": shape(words("name", "strict"), content("description"), {"schema": SCHEMA}),
    },
)
BIASES: Final = Keyed(place=WORD, fits=ID_FORM.fullmatch)
"""How likely each token of a vocabulary is to be made."""
SETTINGS: Final[dict[str, Place]] = {
    "model": MODEL,
    **words(
        *("stream", "n", "temperature", "top_p", "top_k", "min_p", "max_tokens", "seed"),
        *("max_completion_tokens", "random_seed", "presence_penalty", "frequency_penalty"),
        *("repetition_penalty", "service_tier", "logprobs", "top_logprobs", "store"),
    ),
    **content("stop", "user", "metadata", "safety_identifier", "prompt_cache_key"),
    "stream_options": shape(words("include_usage", "include_obfuscation")),
    "logit_bias": BIASES,
}
"""Members that all of OpenAI's older APIs share."""
PROVIDER: Final = shape(
    words(
        *("order", "only", "ignore", "allow_fallbacks", "data_collection", "sort", "zdr"),
        *("require_parameters", "quantizations"),
    )
)
"""OpenRouter's choice of hosts."""
_REASONING: Final = shape(words("effort", "max_tokens", "enabled", "exclude", "summary"))

CHAT: Final = shape(
    SETTINGS,
    words(
        *("reasoning_effort", "verbosity", "parallel_tool_calls", "modalities", "safe_prompt"),
        *("reasoning_format", "include_reasoning", "transforms", "route", "prompt_mode"),
        *("prompt_cache_retention", "reasoning_split"),
    ),
    {
        "messages": MESSAGE,
        "tools": TOOL,
        "functions": DECLARED,
        "tool_choice": CHOICE,
        "function_call": _NAMED,
        "response_format": FORMAT,
        "reasoning": _REASONING,
        "thinking": shape(words("type", "budget_tokens", "clear_thinking")),
        "audio": shape(words("format"), {"voice": shape(ids("id"), lone=WORD)}),
        "prediction": shape(words("type"), {"content": PART}),
        "web_search_options": shape(words("search_context_size"), content("user_location")),
        "moderation": shape({"model": MODEL}),
        "prompt_cache_options": CACHE,
        "models": MODEL,
        "provider": PROVIDER,
        "data_sources": STORED,
    },
)
