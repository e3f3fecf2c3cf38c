"""Where models live: address, credentials and the meaning of errors, one file a kind. Pure.

A kind of provider is code; configured providers are named instances of a kind. A kind speaks
dialects but knows nothing of their bodies. Registered in `KINDS`: greppable, nothing is scanned.
"""

from typing import Final

from detente.providers import (
    anthropic,
    anthropic_aws,
    azure,
    bedrock,
    bedrock_mantle,
    cohere,
    foundry,
    gemini,
    ollama,
    openai,
    openai_compatible,
)
from detente.providers._rsa import RsaCredentials
from detente.providers._sigv4 import (
    Credentials,
    Reason,
    SignatureFault,
    SigningKeys,
    read_claim,
    verify,
)
from detente.providers.kind import (
    Chain,
    Envelope,
    Guardrail,
    Judge,
    ProviderKind,
    Quirks,
    Sign,
    SigningCredentials,
    Site,
)

KINDS: Final[tuple[ProviderKind, ...]] = (
    openai.KIND,
    azure.KIND,
    foundry.KIND,
    anthropic.KIND,
    anthropic_aws.KIND,
    gemini.KIND,
    bedrock.KIND,
    bedrock_mantle.KIND,
    cohere.KIND,
    ollama.KIND,
    openai_compatible.KIND,
)

__all__ = [
    "KINDS",
    "Chain",
    "Credentials",
    "Envelope",
    "Guardrail",
    "Judge",
    "ProviderKind",
    "Quirks",
    "Reason",
    "RsaCredentials",
    "Sign",
    "SignatureFault",
    "SigningCredentials",
    "SigningKeys",
    "Site",
    "read_claim",
    "verify",
]
