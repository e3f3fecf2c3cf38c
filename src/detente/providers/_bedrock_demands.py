"""What a deployment at Bedrock demands of every request: a service tier, a latency, a guardrail.

Each dialect says them elsewhere: Converse in its body, InvokeModel in headers, OpenAI's tier in the
body and its guardrail in headers. What a dialect cannot say is not asked for by it: the deployment
does not offer that dialect.

- Tiers: https://docs.aws.amazon.com/bedrock/latest/userguide/service-tiers-inference.html, for
  Converse and InvokeModel as in botocore 1.44.5's model of `bedrock-runtime`.
- Guardrails of a chat completion:
  https://docs.aws.amazon.com/bedrock/latest/userguide/inference-chat-completions-mantle.html. None
  applies to a response: https://docs.aws.amazon.com/bedrock/latest/userguide/bedrock-mantle.html.
- What a client may say of a guardrail in a body, which would narrow it to parts of the prompt:
  https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-tagging.html and
  https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-streaming.html.

All read 2026-11-22.
"""

from typing import Final

from detente.canonical.extras import Json
from detente.canonical.model import Deployment, Dialect
from detente.providers.kind import Guardrail, Header, Site

TIERS: Final = frozenset(("reserved", "priority", "default", "flex"))
OPTIMIZED: Final = "optimized"
"""No tier of Amazon's but a latency (`performanceConfig`), which excludes one: it is configured in
the same place. Any other `tier` is a fact for agreements alone."""

INVOKED: Final = frozenset(("anthropic_messages", "bedrock_embeddings"))
"""Dialects that travel by InvokeModel."""
OPENAI: Final = frozenset(("openai_chat", "openai_responses"))
GUARDRAIL_SETTINGS: Final = "amazon-bedrock-guardrailConfig"
"""Where InvokeModel's and OpenAI's bodies tag what a guardrail looks at."""
TIER_HEADERS: Final = frozenset(
    (b"x-amzn-bedrock-service-tier", b"x-amzn-bedrock-performanceconfig-latency")
)
"""Where InvokeModel has a tier or a latency, which exclude each other."""
GUARDRAIL_HEADERS: Final = frozenset(
    (
        b"x-amzn-bedrock-guardrailidentifier",
        b"x-amzn-bedrock-guardrailversion",
        b"x-amzn-bedrock-trace",
    )
)


def headers(site: Site, deployment: Deployment, dialect: Dialect) -> tuple[Header, ...]:
    """The demands that a dialect has in headers."""
    said: list[tuple[bytes, str]] = []
    if site.guardrail is not None and (dialect in INVOKED or dialect == "openai_chat"):
        said += _guardrail_headers(site.guardrail)
    if dialect in INVOKED:
        if deployment.tier in TIERS:
            said.append((b"x-amzn-bedrock-service-tier", deployment.tier))
        if deployment.tier == OPTIMIZED:
            said.append((b"x-amzn-bedrock-performanceconfig-latency", OPTIMIZED))
    return tuple((name, value.encode()) for name, value in said)


def unheard(site: Site, deployment: Deployment, dialect: Dialect) -> frozenset[bytes]:
    """The client's headers on what is demanded, whether or not the dialect has them."""
    del dialect
    tiered = deployment.tier in TIERS or deployment.tier == OPTIMIZED
    guarded = GUARDRAIL_HEADERS if site.guardrail is not None else frozenset[bytes]()
    return guarded | TIER_HEADERS if tiered else guarded


def body_members(site: Site, deployment: Deployment, dialect: Dialect) -> dict[str, Json]:
    """The demands that a dialect has in its body."""
    if dialect == "bedrock_converse":
        return _converse_members(site, deployment)
    members = tier_members(deployment, dialect)
    if site.guardrail is not None and dialect == "openai_chat":
        members[GUARDRAIL_SETTINGS] = {}
    if site.guardrail is not None and dialect == "anthropic_messages":
        members[GUARDRAIL_SETTINGS] = {"streamProcessingMode": "SYNCHRONOUS"}
    return members


def tier_members(deployment: Deployment, dialect: Dialect) -> dict[str, Json]:
    """The tier as OpenAI's dialects say it."""
    if dialect not in OPENAI or deployment.tier not in TIERS:
        return {}
    return {"service_tier": deployment.tier}


def withheld(site: Site, deployment: Deployment, dialect: Dialect) -> bool:
    """Whether a demand of this deployment could not be said in `dialect`."""
    if dialect not in OPENAI:
        return False
    unguarded = site.guardrail is not None and dialect == "openai_responses"
    return unguarded or deployment.tier == OPTIMIZED


def _guardrail_headers(guardrail: Guardrail) -> list[tuple[bytes, str]]:
    return [
        (b"x-amzn-bedrock-guardrailidentifier", guardrail.identifier),
        (b"x-amzn-bedrock-guardrailversion", guardrail.version),
        (b"x-amzn-bedrock-trace", "ENABLED" if guardrail.trace else "DISABLED"),
    ]


def _converse_members(site: Site, deployment: Deployment) -> dict[str, Json]:
    """As Converse says them; a stream is held back until the guardrail has seen it, its default."""
    members: dict[str, Json] = {}
    if site.guardrail is not None:
        members["guardrailConfig"] = {
            "guardrailIdentifier": site.guardrail.identifier,
            "guardrailVersion": site.guardrail.version,
            "trace": "enabled" if site.guardrail.trace else "disabled",
        }
    if deployment.tier in TIERS:
        members["serviceTier"] = {"type": deployment.tier}
    if deployment.tier == OPTIMIZED:
        members["performanceConfig"] = {"latency": OPTIMIZED}
    return members
