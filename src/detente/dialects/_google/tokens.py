"""Google's token counts, which overlap, and our classes, which do not.

The prompt's count includes what was read from a cache; what hosted tools put into the prompt is
counted beside it; thoughts are no part of the candidates. Sounds are told by the details of each
modality. See https://ai.google.dev/api/generate-content#UsageMetadata (read 2026-11-21).

>>> generate_usage({"promptTokenCount": 9, "cachedContentTokenCount": 4}).uncached_input_tokens
5
"""

from typing import Final

from detente.canonical.extras import Json, Obj
from detente.canonical.usage import Usage
from detente.dialects._codec.counts import count

SERVED_TIERS: Final = {"standard": "default", "flex": "flex", "priority": "priority"}
"""Service tiers of an answer, in OpenAI's words, which are everybody's."""
TIER_WORDS: Final = {tier: word for word, tier in SERVED_TIERS.items()}
_TRAFFIC: Final = {
    "ON_DEMAND": "default",
    "ON_DEMAND_FLEX": "flex",
    "ON_DEMAND_PRIORITY": "priority",
}
"""The same as Vertex AI says it; provisioned throughput is no tier of a request."""


def generate_usage(source: Obj) -> Usage:
    """`usageMetadata` in disjoint classes; a count that cannot be one is none."""
    prompt = count(source, "promptTokenCount")
    output = count(source, "candidatesTokenCount")
    cached = min(count(source, "cachedContentTokenCount"), prompt)
    heard = spoken = 0
    if "promptTokensDetails" in source:
        heard = _sound(source, "promptTokensDetails") - _sound(source, "cacheTokensDetails")
        heard = min(max(heard, 0), prompt - cached)
    if "candidatesTokensDetails" in source:
        spoken = min(_sound(source, "candidatesTokensDetails"), output)
    return Usage(
        uncached_input_tokens=prompt - cached - heard + count(source, "toolUsePromptTokenCount"),
        cache_read_tokens=cached,
        audio_input_tokens=heard,
        visible_output_tokens=output - spoken,
        reasoning_output_tokens=count(source, "thoughtsTokenCount"),
        audio_output_tokens=spoken,
    )


def usage_metadata(usage: Usage, service_tier: str | None) -> Obj:
    """The classes as `usageMetadata`; cache writes are part of the prompt, as everything is."""
    prompt = usage.input_tokens
    shown = usage.visible_output_tokens + usage.audio_output_tokens
    thoughts = usage.reasoning_output_tokens
    target: Obj = {
        "promptTokenCount": prompt,
        "candidatesTokenCount": shown,
        "totalTokenCount": prompt + shown + thoughts,
    }
    if thoughts:
        target["thoughtsTokenCount"] = thoughts
    if usage.cache_read_tokens:
        target["cachedContentTokenCount"] = usage.cache_read_tokens
    if usage.audio_input_tokens:
        target["promptTokensDetails"] = _details(prompt, usage.audio_input_tokens)
    if usage.audio_output_tokens:
        target["candidatesTokensDetails"] = _details(shown, usage.audio_output_tokens)
    if service_tier in TIER_WORDS:
        target["serviceTier"] = TIER_WORDS[service_tier]
    return target


def served_tier(source: Obj) -> str | None:
    """The service tier that `usageMetadata` tells, None where it tells none that is known."""
    for names, key in ((SERVED_TIERS, "serviceTier"), (_TRAFFIC, "trafficType")):
        word = source.get(key)
        if type(word) is str:
            return names.get(word)
    return None


def billed_tier(source: Obj) -> object:
    """As `served_tier`, but a word that is not known stays: what it costs is not known either."""
    told = served_tier(source)
    return source.get("serviceTier", source.get("trafficType")) if told is None else told


def _sound(source: Obj, key: str) -> int:
    """The tokens of sound in a list of counts by modality."""
    details = source.get(key)
    if type(details) is not list:
        return 0
    return sum(
        count(detail, "tokenCount")
        for detail in details
        if type(detail) is dict and detail.get("modality") == "AUDIO"
    )


def _details(whole: int, sound: int) -> list[Json]:
    spoken: Obj = {"modality": "AUDIO", "tokenCount": sound}
    if whole <= sound:
        return [spoken]
    return [{"modality": "TEXT", "tokenCount": whole - sound}, spoken]
