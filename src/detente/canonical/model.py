"""Models, and the deployments that serve them.

A `Model` is what a publisher made; a `Deployment` is that model at one configured provider,
on machines that a **host** owns. Agreements speak of both.
"""

from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

Interface = Literal["stateless_api", "stateful_runtime", "training_compute", "embedding"]
"""What a caller uses a model for; agreements may treat them differently."""

Dialect = Literal[
    "openai_chat",
    "openai_responses",
    "openai_completions",
    "openai_embeddings",
    "openai_input_tokens",
    "anthropic_messages",
    "anthropic_count_tokens",
    "gemini_generate",
    "gemini_embeddings",
    "gemini_count_tokens",
    "bedrock_converse",
    "bedrock_embeddings",
    "bedrock_count_tokens",
    "cohere_chat",
    "cohere_embeddings",
    "ollama_chat",
    "ollama_embeddings",
    "oci_chat",
]
"""The wire APIs that are spoken. An operation with its own body shape is its own dialect."""

Thoughts = Literal["reasoning_content", "reasoning", "thinking"]
"""Where a message of the chat dialect holds what a model thought: a member of that name, or parts
of that type in its content (Mistral's)."""

RetentionMode = Literal["none", "abuse_monitoring", "flagged_only", "full"]
"""What a platform keeps of prompts and answers after it has answered, from least to most:
nothing, what its filters flagged, all for a while to look for abuse, all.
"""

RETENTION_MODES: tuple[RetentionMode, ...] = (
    "none",
    "flagged_only",
    "abuse_monitoring",
    "full",
)
"""From the least kept to the most."""


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """A model under its canonical name `publisher/model`.

    `released` is the publisher's own first release, None where nobody supplied it: a clause
    that needs it then finds a missing fact, not a default. `retention_required` is the least
    that its publisher has platforms keep of its prompts and answers, None where it demands none.
    """

    name: str
    publisher: str
    aliases: tuple[str, ...] = ()
    released: datetime | None = None
    open_weights: bool = False
    retention_required: RetentionMode | None = None


class Attestation(msgspec.Struct, frozen=True, kw_only=True):
    """A document that a deployment can show (`soc2`, `baa`, `fedramp_high`), while it lasts."""

    name: str
    expires: datetime | None = None


class Capacity(msgspec.Struct, frozen=True, kw_only=True):
    """What a deployment can take before it refuses, as its owner declares it."""

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    provisioned_units: Decimal | None = None


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """One model at one configured provider.

    `id` is `provider/upstream_id` and unique in a configuration; `provider` is the configured
    name, `kind` the kind of provider, `host` who owns the machines. A fact that is None was
    not supplied: it is missing, which an agreement that needs it must say. `dialects` narrows what
    the kind of provider speaks, the preferred one first. `spillover` is the id of the deployment at
    the same provider to which the platform itself may pass what this one has no capacity for.
    """

    id: str
    model: str
    provider: str
    kind: str
    upstream_id: str
    host: str
    region: str | None = None
    tier: str | None = None
    processing_zone: str | None = None
    storage_zone: str | None = None
    retention: RetentionMode | None = None
    attestations: tuple[Attestation, ...] = ()
    interfaces: tuple[Interface, ...] = ("stateless_api", "embedding")
    capacity: Capacity | None = None
    offer: str | None = None
    dialects: tuple[Dialect, ...] | None = None
    spillover: str | None = None
