"""Remote detectors in `[guardrails.detectors]`: what is wrong with their tables, where they are.

Such a detector is one more place that sees content: `place_of` gives its facts, by which rules on
deployments speak of it. Only what the configuration says of its provider counts, for what platforms
say of their models they do not say of these services.

>>> place_of(DetectorEntry(kind="openai_moderation", provider="openai"), configuration, kinds).id
'openai/openai_moderation'
"""

from collections.abc import Iterator, Mapping
from typing import Final, Protocol

from detente.canonical.model import Deployment
from detente.configuration.credentials import Problem
from detente.configuration.guardrails import DetectorEntry
from detente.configuration.located import Path
from detente.configuration.schema import Configuration
from detente.configuration.words import did_you_mean, plain

COMMON: Final = ("kind", "stages")
KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "openai_moderation": ("provider", "model"),
    "azure_content_safety": ("provider", "analyses", "blocklists"),
    "bedrock_guardrail": ("provider", "guardrail", "version"),
    "model": ("model", "instructed"),
}
"""The keys of each remote kind, besides the common ones."""
NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "openai_moderation": ("provider",),
    "azure_content_safety": ("provider",),
    "bedrock_guardrail": ("provider", "guardrail"),
    "model": ("model",),
}
SERVED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "openai_moderation": ("openai", "openai_compatible"),
    "azure_content_safety": ("azure", "foundry"),
    "bedrock_guardrail": ("bedrock",),
}
"""The kinds of provider that have each service."""


class HasHost(Protocol):
    """What is asked of a kind of provider: who owns its machines, where it is always the same."""

    @property
    def host(self) -> str | None: ...


def is_remote(entry: DetectorEntry) -> bool:
    """Whether a detector is asked over the network."""
    return entry.kind in KEYS


def remote_problems(
    at: Path, entry: DetectorEntry, configuration: Configuration
) -> Iterator[Problem]:
    """What is wrong with the table of a remote detector."""
    kind = entry.kind
    assert kind is not None
    for key in NEEDS[kind]:
        if getattr(entry, key) is None:
            yield at, f"a detector of kind `{kind}` needs a `{key}`; add it"
    allowed = (*COMMON, *KEYS[kind])
    for key in entry.__struct_fields__:
        if key not in allowed and getattr(entry, key) is not None:
            yield (*at, key), f"kind `{kind}` has no `{key}`; leave it out"
    if kind == "model":
        yield from _deployment((*at, "model"), entry, configuration)
    elif entry.provider is not None:
        yield from _provider((*at, "provider"), entry, configuration)
    if entry.analyses == ("prompt_attack",) and "output" in (entry.stages or ()):
        said = "attacks on prompts are looked for in what is sent; leave `output` out, or add "
        yield (*at, "stages"), f"{said}`harm` to `analyses`"


def place_of(
    entry: DetectorEntry, configuration: Configuration, kinds: Mapping[str, HasHost]
) -> Deployment:
    """Where a platform's service is, as a deployment of no model; not for kind `model`."""
    assert entry.provider is not None  # check_configuration demands one
    provider = configuration.providers[entry.provider]
    host = provider.host or kinds[provider.kind].host
    assert host is not None  # check_configuration demands one
    what = entry.model or entry.guardrail or str(entry.kind)
    return Deployment(
        id=f"{entry.provider}/{what}",
        model="",
        provider=entry.provider,
        kind=provider.kind,
        upstream_id=what,
        host=host,
        region=provider.region,
        processing_zone=provider.processing_zone,
        storage_zone=provider.storage_zone,
        retention=provider.retention,
    )


def _deployment(at: Path, entry: DetectorEntry, configuration: Configuration) -> Iterator[Problem]:
    rows = (row for model in configuration.models.values() for row in model.deployments)
    known = [f"{row.provider}/{row.id}" for row in rows]
    if entry.model is not None and entry.model not in known:
        hint = did_you_mean(entry.model, known) if known else "the configuration has none"
        yield at, f"unknown deployment `{plain(entry.model)}`; {hint}"


def _provider(at: Path, entry: DetectorEntry, configuration: Configuration) -> Iterator[Problem]:
    name = entry.provider or ""
    provider = configuration.providers.get(name)
    if provider is None:
        hint = did_you_mean(name, list(configuration.providers))
        yield at, f"unknown provider `{plain(name)}`; {hint or 'add `[providers.NAME]`'}"
        return
    served_by = SERVED_BY[str(entry.kind)]
    if provider.kind not in served_by:
        kinds = " or ".join(f"`{kind}`" for kind in served_by)
        said = f"provider `{name}` is of kind `{provider.kind}`, which has no `{entry.kind}`"
        yield at, f"{said}; name one of kind {kinds}"
