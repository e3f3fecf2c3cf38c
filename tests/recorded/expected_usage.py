"""The usage that a recorded answer reports, worked out without the gateway's own code.

Written from the platforms' documents (docs/reference/dialects.md lists them) in the plainest
way: parse everything, take the last word. None where the answer reports nothing.

>>> expected_usage("openai-chat", b'{"usage":{"prompt_tokens":3,"completion_tokens":2}}', False)
{'uncached_input_tokens': 3, 'visible_output_tokens': 2}
"""

import json
from collections.abc import Iterator
from typing import cast

Json = dict[str, object]


def expected_usage(dialect: str, body: bytes, stream: bool) -> dict[str, int] | None:
    """Tokens by class, classes without a token left out; None where nothing is reported."""
    documents = list(_events(body)) if stream else list(_document(body))
    if dialect == "anthropic-messages":
        return _anthropic(documents)
    if dialect in ("openai-chat", "embeddings"):
        return _chat(documents)
    if dialect == "openai-responses":
        return _responses(documents)
    return None


def _document(body: bytes) -> Iterator[Json]:
    try:
        found: object = json.loads(body)
    except ValueError:
        return
    if isinstance(found, dict):
        yield cast("Json", found)


def _events(body: bytes) -> Iterator[Json]:
    for line in body.decode().splitlines():
        if line.startswith("data:"):
            yield from _document(line[5:].strip().encode())


def _chat(documents: list[Json]) -> dict[str, int] | None:
    reported = [_object(d, "usage") for d in documents if isinstance(d.get("usage"), dict)]
    if not reported:
        return None
    last = reported[-1]
    inside, outside = (
        _object(last, "prompt_tokens_details"),
        _object(last, "completion_tokens_details"),
    )
    # A platform of embeddings states the total alone: all of it is input.
    stated = "prompt_tokens" if "prompt_tokens" in last else "total_tokens"
    total = _count(last, stated)
    cached, written = _cache(inside, total)
    heard, spoken = _count(inside, "audio_tokens"), _count(outside, "audio_tokens")
    # Some platforms have reasoning in the total alone.
    completion = _count(last, "completion_tokens")
    beyond = max(0, _count(last, "total_tokens") - total - completion)
    reasoned = max(_count(outside, "reasoning_tokens"), beyond)
    return _present(
        uncached_input_tokens=total - cached - written - heard,
        cache_read_tokens=cached,
        cache_write_30m_tokens=written,
        audio_input_tokens=heard,
        visible_output_tokens=completion + beyond - reasoned - spoken,
        reasoning_output_tokens=reasoned,
        audio_output_tokens=spoken,
    )


def _responses(documents: list[Json]) -> dict[str, int] | None:
    holders = [d if "usage" in d else _object(d, "response") for d in documents]
    reported = [_object(d, "usage") for d in holders if isinstance(d.get("usage"), dict)]
    if not reported:
        return None
    last = reported[-1]
    inside, outside = (
        _object(last, "input_tokens_details"),
        _object(last, "output_tokens_details"),
    )
    total = _count(last, "input_tokens")
    cached, written = _cache(inside, total)
    reasoned = _count(outside, "reasoning_tokens")
    return _present(
        uncached_input_tokens=total - cached - written,
        cache_read_tokens=cached,
        cache_write_30m_tokens=written,
        visible_output_tokens=_count(last, "output_tokens") - reasoned,
        reasoning_output_tokens=reasoned,
    )


def _anthropic(documents: list[Json]) -> dict[str, int] | None:
    merged: Json = {}
    for document in documents:
        holder = _object(document, "message") if "message" in document else document
        said = {k: v for k, v in _object(holder, "usage").items() if v is not None}
        merged.update(said)
    if not merged:
        return None
    written = _count(merged, "cache_creation_input_tokens")
    hourly = _count(_object(merged, "cache_creation"), "ephemeral_1h_input_tokens")
    reasoned = _count(_object(merged, "output_tokens_details"), "thinking_tokens")
    return _present(
        uncached_input_tokens=_count(merged, "input_tokens"),
        cache_read_tokens=_count(merged, "cache_read_input_tokens"),
        cache_write_5m_tokens=written - hourly,
        cache_write_1h_tokens=hourly,
        visible_output_tokens=_count(merged, "output_tokens") - reasoned,
        reasoning_output_tokens=reasoned,
    )


def _cache(details: Json, total: int) -> tuple[int, int]:
    """Tokens read from and written to the cache, both within `total`.

    One platform counts the same tokens as read and as written; they are in the total once.
    """
    cached = min(_count(details, "cached_tokens"), total)
    return cached, min(_count(details, "cache_write_tokens"), total - cached)


def _object(holder: Json, name: str) -> Json:
    found = holder.get(name)
    return cast("Json", found) if isinstance(found, dict) else {}


def _count(holder: Json, name: str) -> int:
    found = holder.get(name)
    return found if isinstance(found, int) else 0


def _present(**counts: int) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}
