"""The kinds of provider that can be simulated. A new one is a file here and a line below."""

from typing import Final

from detente.canonical.failure import ClientFault
from detente.configuration.schema import ProviderKindName
from detente.simulator.exchange import Platform
from detente.simulator.platforms import (
    anthropic,
    anthropic_aws,
    azure,
    bedrock,
    cohere,
    foundry,
    gemini,
    ollama,
    openai,
    openai_compatible,
)

PLATFORMS: Final[tuple[Platform, ...]] = (
    openai.PLATFORM,
    azure.PLATFORM,
    foundry.PLATFORM,
    anthropic.PLATFORM,
    anthropic_aws.PLATFORM,
    gemini.PLATFORM,
    bedrock.PLATFORM,
    cohere.PLATFORM,
    ollama.PLATFORM,
    openai_compatible.PLATFORM,
)


SIMULATED: Final = frozenset(platform.kind for platform in PLATFORMS)
"""The kinds that are; a provider of another kind on loopback is somebody's real server."""


def platform_of(kind: ProviderKindName) -> Platform:
    """The platform of that kind; raises `ClientFault` for one that is not simulated."""
    for platform in PLATFORMS:
        if platform.kind == kind:
            return platform
    known = ", ".join(f"`{platform.kind}`" for platform in PLATFORMS)
    raise ClientFault("request_invalid", f"kind `{kind}` is not simulated; use one of {known}")
