"""Where models live: address, credentials and the meaning of errors, one file a kind. Pure.

A kind of provider is code; configured providers are named instances of a kind. A kind speaks
dialects but knows nothing of their bodies. Registered in `KINDS`: greppable, nothing is scanned.
Hosts that need no code are rows of `compatible.toml`; `kinds()` has both.
"""

import functools
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
    mistral,
    oci,
    ollama,
    openai,
    openai_compatible,
    vertex,
    xai,
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
from detente.providers.compatible import Row, compatible_kinds, compatible_rows, path_below
from detente.providers.kind import (
    Chain,
    Envelope,
    Guardrail,
    HeadroomOf,
    Judge,
    PassedOn,
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
    vertex.KIND,
    bedrock.KIND,
    bedrock_mantle.KIND,
    cohere.KIND,
    ollama.KIND,
    xai.KIND,
    mistral.KIND,
    oci.KIND,
    openai_compatible.KIND,
)


@functools.cache
def kinds() -> tuple[ProviderKind, ...]:
    """Every kind of provider: those in code, then the rows of `compatible.toml`."""
    return (*KINDS, *compatible_kinds())


__all__ = [
    "KINDS",
    "Chain",
    "Credentials",
    "Envelope",
    "Guardrail",
    "HeadroomOf",
    "Judge",
    "PassedOn",
    "ProviderKind",
    "Quirks",
    "Reason",
    "Row",
    "RsaCredentials",
    "Sign",
    "SignatureFault",
    "SigningCredentials",
    "SigningKeys",
    "Site",
    "compatible_rows",
    "kinds",
    "path_below",
    "read_claim",
    "verify",
]
