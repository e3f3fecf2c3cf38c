"""Families of models, by the ids that Bedrock gives them."""

import pytest

from detente.dialects.bedrock_converse.families import Family, family_of


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("anthropic.claude-v2", "claude"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude"),
        ("arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-3", "claude"),
        ("US.Anthropic.Claude-3", "claude"),
        ("us.amazon.nova-2-lite-v1:0", "nova"),
        ("amazon.titan-text-express-v1", "other"),
        ("openai.gpt-oss-120b-1:0", "gpt"),
        ("qwen.qwen3-32b-v1:0", "qwen"),
        ("us.deepseek.r1-v1:0", "deepseek"),
        ("us.meta.llama4-maverick-17b-instruct-v1:0", "other"),
        ("moonshot.kimi-k2-thinking", "other"),
        ("arn:aws:bedrock:us-east-1:1:application-inference-profile/abc", "unknown"),
        ("", "unknown"),
    ],
)
def test_families(model: str, family: Family) -> None:
    assert family_of(model) == family
