"""What ids at Bedrock show of the model."""

import pytest

from detente.canonical.model import Deployment
from detente.providers._bedrock_models import (
    is_frontier_gpt,
    is_named_by_account,
    own_id,
    publisher_of,
)

ACCOUNT = "arn:aws:bedrock:us-east-1:123456789012:"


def deployment(upstream_id: str, model: str = "somebody/model") -> Deployment:
    return Deployment(
        id=f"aws/{upstream_id}",
        model=model,
        provider="aws",
        kind="bedrock",
        upstream_id=upstream_id,
        host="amazon",
    )


@pytest.mark.parametrize(
    ("upstream_id", "own"),
    [
        ("anthropic.claude-x-v1:0", "anthropic.claude-x-v1:0"),
        ("us.anthropic.claude-x-v1:0", "anthropic.claude-x-v1:0"),
        ("us-gov.openai.gpt-5.6-terra", "openai.gpt-5.6-terra"),
        ("eu.amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0"),
        ("apac.x.y", "x.y"),
        ("jp.x.y", "x.y"),
        ("au.x.y", "x.y"),
        ("ca.x.y", "x.y"),
        ("global.x.y", "x.y"),
        (f"{ACCOUNT}inference-profile/us.anthropic.claude-x-v1:0", "anthropic.claude-x-v1:0"),
        ("arn:aws:bedrock:us-east-1::foundation-model/meta.llama3:0", "meta.llama3:0"),
        ("arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/meta.llama3", "meta.llama3"),
        (f"{ACCOUNT}application-inference-profile/a1b2c3", None),
        (f"{ACCOUNT}provisioned-model/a1b2c3", None),
        (f"{ACCOUNT}imported-model/a1b2c3", None),
        (f"{ACCOUNT}custom-model-deployment/a1b2c3", None),
        (f"{ACCOUNT}default-prompt-router/anthropic.claude:1", None),
        ("arn:aws:sagemaker:us-east-1:123456789012:endpoint/mine", None),
        (f"{ACCOUNT}inference-profile/", None),
        ("arn:", None),
    ],
)
def test_the_models_own_id(upstream_id: str, own: str | None) -> None:
    assert own_id(upstream_id) == own
    assert is_named_by_account(upstream_id) == (own is None)


@pytest.mark.parametrize(
    ("upstream_id", "model", "publisher"),
    [
        ("us.anthropic.claude-x", "mine/claude", "anthropic"),
        (f"{ACCOUNT}provisioned-model/a", "anthropic/claude", "anthropic"),
        ("plain", "meta/llama", "meta"),
        ("we-ird.name", "meta/llama", "meta"),
        (".", "meta/llama", "meta"),
    ],
)
def test_whose_it_is(upstream_id: str, model: str, publisher: str) -> None:
    assert publisher_of(deployment(upstream_id, model)) == publisher


@pytest.mark.parametrize(
    ("upstream_id", "model", "closed"),
    [
        ("us.openai.gpt-5.6-sol", "openai/gpt-5.6", True),
        ("openai.gpt-oss-120b-1:0", "openai/gpt-oss", False),
        (f"{ACCOUNT}provisioned-model/a", "openai/gpt-oss-20b", False),
        (f"{ACCOUNT}provisioned-model/a", "openai/gpt-5.6", True),
        ("xai.grok-4.6", "xai/grok", False),
    ],
)
def test_gpt_with_closed_weights(upstream_id: str, model: str, closed: bool) -> None:
    assert is_frontier_gpt(deployment(upstream_id, model)) is closed
