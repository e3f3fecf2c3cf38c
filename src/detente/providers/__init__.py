"""Where models live: address, credentials and the meaning of errors, one file a kind. Pure.

A kind of provider is code; configured providers are named instances of a kind. A kind speaks
dialects but knows nothing of their bodies. Registered in `KINDS`: greppable, nothing is scanned.
"""

from typing import Final

from detente.providers import anthropic, azure, openai, openai_compatible
from detente.providers.kind import Judge, ProviderKind

KINDS: Final[tuple[ProviderKind, ...]] = (
    openai.KIND,
    azure.KIND,
    anthropic.KIND,
    openai_compatible.KIND,
)

__all__ = ["KINDS", "Judge", "ProviderKind"]
