"""Which kind of provider a model of LiteLLM is at, and what of its parameters says where that is.

The part of `model` before the first slash names the place
(https://docs.litellm.ai/docs/providers, read 2026-11-22).

>>> place_of("bedrock/us.anthropic.claude-opus-5-5", None, None)
('bedrock', 'us.anthropic.claude-opus-5-5')
"""

import re
from typing import Final

from detente.catalog.models import Names

KINDS: Final = {
    "anthropic": "anthropic",
    "azure": "azure",
    "azure_ai": "foundry",
    "bedrock": "bedrock",
    "bedrock_mantle": "bedrock_mantle",
    "cerebras": "cerebras",
    "cohere": "cohere",
    "cohere_chat": "cohere",
    "custom_openai": "openai_compatible",
    "deepinfra": "deepinfra",
    "deepseek": "deepseek",
    "fireworks_ai": "fireworks",
    "gemini": "gemini",
    "groq": "groq",
    "hosted_vllm": "vllm",
    "huggingface": "huggingface",
    "lm_studio": "lm_studio",
    "mistral": "mistral",
    "moonshot": "moonshot",
    "nebius": "nebius",
    "nvidia_nim": "nvidia",
    "oci": "oci",
    "ollama": "ollama",
    "ollama_chat": "ollama",
    "openai": "openai",
    "openai_like": "openai_compatible",
    "openrouter": "openrouter",
    "perplexity": "perplexity",
    "sambanova": "sambanova",
    "text-completion-openai": "openai",
    "together_ai": "together",
    "vertex_ai": "vertex",
    "vertex_ai_beta": "vertex",
    "xai": "xai",
    "zai": "zai",
}
"""LiteLLM's names of places, and the kinds of provider that they are here."""

OWN_ADDRESSES: Final = ("api.openai.com", ".api.openai.com")
SELF_HOSTED: Final = frozenset(("openai_compatible", "vllm", "lm_studio", "ollama"))
"""Kinds whose machines somebody else may own, so that a configuration has to say who."""

_ROUTES: Final = re.compile(r"^(?:converse|converse_like|invoke|async_invoke|mantle)/")
_IN_REGION: Final = re.compile(r"^[a-z]{2}(?:-[a-z]+)+-\d/")
_BARE: Final = (
    (re.compile(r"^(?:gpt-|chatgpt-|o\d|text-embedding-|ft:gpt)"), "openai"),
    (re.compile(r"^claude-"), "anthropic"),
    (re.compile(r"^command"), "cohere"),
    (re.compile(r"^gemini-"), "vertex"),
)


def place_of(model: str, custom: str | None, base_url: str | None) -> tuple[str, str] | None:
    """The kind and the id there, None where no kind of ours is that place.

    `custom` is `custom_llm_provider`, which wins; `base_url` tells OpenAI from what speaks like it.
    """
    place, slash, rest = model.partition("/")
    if custom is not None:
        place, rest = custom, rest if slash and place == custom else model
    elif not slash or place not in KINDS:
        kind = next((kind for pattern, kind in _BARE if pattern.match(model)), None)
        return None if kind is None or slash else (kind, model)
    kind = KINDS.get(place)
    if kind is None or not rest:
        return None
    if kind == "openai" and base_url is not None and not _is_openai(base_url):
        kind = "openai_compatible"
    if kind == "bedrock":
        rest = _ROUTES.sub("", rest)
        rest = _IN_REGION.sub("", rest)
    return kind, rest


def region_in(model: str) -> str | None:
    """The region that a Bedrock model's path carries, None where it carries none."""
    found = _IN_REGION.match(_ROUTES.sub("", model.partition("/")[2]))
    return found[0].rstrip("/") if found else None


def name_of(names: Names, kind: str, upstream_id: str, base_model: str | None, group: str) -> str:
    """The canonical name: the catalog's, else the publisher as the id tells it and the group."""
    for told in (upstream_id, base_model and base_model.rpartition("/")[2], group):
        known = told and names.of(kind, told)
        if known:
            return known
    publisher = _publisher(kind, upstream_id)
    return f"{publisher}/{slug(group)}"


def slug(text: str) -> str:
    """A text as a name of ours: letters, digits, dots and dashes."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._") or "unnamed"


def _publisher(kind: str, upstream_id: str) -> str:
    if "/" in upstream_id:
        parts = [part for part in upstream_id.split("/") if part not in ("accounts", "models")]
        return slug(parts[0]).lower()
    if kind in ("bedrock", "bedrock_mantle", "oci") and "." in upstream_id:
        parts = upstream_id.split(".")
        first = parts[1] if len(parts[0]) <= 6 and len(parts) > 2 else parts[0]
        return slug(first).lower()
    return {"azure": "openai", "gemini": "google", "vertex": "google"}.get(kind, slug(kind))


def _is_openai(base_url: str) -> bool:
    host = re.sub(r"^[a-z]+://", "", base_url).split("/")[0].split(":")[0]
    return host == OWN_ADDRESSES[0] or host.endswith(OWN_ADDRESSES[1])
