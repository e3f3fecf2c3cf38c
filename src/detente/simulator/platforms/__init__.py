"""The kinds of provider that can be simulated. A new one is a file here and a line below; the hosts
of `compatible.toml` come by themselves."""

import functools
from typing import Final

from detente.canonical.failure import ClientFault
from detente.configuration.schema import ProviderKindName
from detente.simulator.exchange import Platform
from detente.simulator.platforms import (
    anthropic,
    anthropic_aws,
    azure,
    bedrock,
    bedrock_mantle,
    cohere,
    foundry,
    gemini,
    mistral,
    oci,
    ollama,
    openai,
    openai_compatible,
    vertex,
    xai,
)
from detente.simulator.platforms.compatible import compatible_platforms

PLATFORMS: Final[tuple[Platform, ...]] = (
    openai.PLATFORM,
    azure.PLATFORM,
    foundry.PLATFORM,
    anthropic.PLATFORM,
    anthropic_aws.PLATFORM,
    gemini.PLATFORM,
    vertex.PLATFORM,
    bedrock.PLATFORM,
    bedrock_mantle.PLATFORM,
    cohere.PLATFORM,
    oci.PLATFORM,
    ollama.PLATFORM,
    xai.PLATFORM,
    mistral.PLATFORM,
    openai_compatible.PLATFORM,
)


@functools.cache
def platforms() -> dict[ProviderKindName, Platform]:
    """All of them by kind; a provider of another kind on loopback is somebody's real server."""
    return {platform.kind: platform for platform in (*PLATFORMS, *compatible_platforms())}


def platform_of(kind: ProviderKindName) -> Platform:
    """The platform of that kind; raises `ClientFault` for one that is not simulated."""
    platform = platforms().get(kind)
    if platform is not None:
        return platform
    known = ", ".join(f"`{name}`" for name in platforms())
    raise ClientFault("request_invalid", f"kind `{kind}` is not simulated; use one of {known}")
