"""The kinds of provider that can be simulated. A new one is a file here and a line below."""

from typing import Final

from detente.configuration.schema import ProviderKindName
from detente.simulator.exchange import Platform
from detente.simulator.platforms import anthropic, azure, bedrock, gemini, openai, openai_compatible

PLATFORMS: Final[tuple[Platform, ...]] = (
    openai.PLATFORM,
    azure.PLATFORM,
    anthropic.PLATFORM,
    gemini.PLATFORM,
    bedrock.PLATFORM,
    openai_compatible.PLATFORM,
)


def platform_of(kind: ProviderKindName) -> Platform:
    """The platform of that kind."""
    return next(platform for platform in PLATFORMS if platform.kind == kind)
