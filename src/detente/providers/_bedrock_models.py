"""Which model an id of Bedrock's names, where the id shows it, and whose it is.

A deployment's id there is a model's own, an inference profile's (`us.` before it) or an ARN. Only
some ARNs show the model: an application's inference profile, provisioned throughput, a prompt
router and an imported model have names of the account's own making. The ARNs' forms are those of
`modelId` in botocore 1.44.5's model of `bedrock-runtime`.

>>> own_id("arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-x")
'anthropic.claude-x'
>>> own_id("arn:aws:bedrock:eu-west-1:123456789012:provisioned-model/abc") is None
True
"""

from typing import Final

from detente.canonical.model import Deployment

PROFILES: Final = ("us.", "us-gov.", "eu.", "apac.", "jp.", "au.", "ca.", "global.")
"""What the ids of inference profiles begin with. Their tokens are counted by the model's own id:
https://docs.aws.amazon.com/bedrock/latest/userguide/count-tokens.html and
https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html (read
2026-11-21)."""
ARN: Final = "arn:"
ARN_PARTS: Final = 5
"""Colons before what an ARN names: partition, service, region, account."""
SHOWN: Final = frozenset(("foundation-model", "inference-profile"))
"""Kinds of ARN that end with the model's id, or with a profile's."""


def own_id(upstream_id: str) -> str | None:
    """The id of the model itself, None where an ARN does not show it."""
    if upstream_id.startswith(ARN):
        resource = upstream_id.split(":", ARN_PARTS)[-1]
        kind, _, upstream_id = resource.partition("/")
        if kind not in SHOWN or not upstream_id:
            return None
    before = next((name for name in PROFILES if upstream_id.startswith(name)), "")
    return upstream_id.removeprefix(before)


def publisher_of(deployment: Deployment) -> str:
    """Whose model it is: as its id says (`anthropic.…`), else as the configured name does."""
    first, dot, _ = (own_id(deployment.upstream_id) or "").partition(".")
    return first if dot and first.isalnum() else deployment.model.partition("/")[0]


def is_named_by_account(upstream_id: str) -> bool:
    """Whether the id is of the account's own making, so that it names no model to outsiders."""
    return own_id(upstream_id) is None


def is_frontier_gpt(deployment: Deployment) -> bool:
    """Whether it is one of OpenAI's models with closed weights."""
    name = own_id(deployment.upstream_id) or deployment.model
    return publisher_of(deployment) == "openai" and "gpt-oss" not in name
