"""Platforms' words are looked up in one place, and every one means something of ours."""

from typing import get_args

from detente.canonical.safety import SafetyCategory
from detente.canonical.safety_words import (
    AZURE,
    BEDROCK_CONTENT,
    BEDROCK_POLICIES,
    BEDROCK_SEVERITIES,
    MODERATION,
)

CATEGORIES = set(get_args(SafetyCategory))


def test_every_word_means_a_category_of_ours() -> None:
    tables = (AZURE, MODERATION, BEDROCK_CONTENT)
    assert {category for table in tables for category in table.values()} <= CATEGORIES
    assert {category for _, _, category, _ in BEDROCK_POLICIES} <= CATEGORIES
    assert set(BEDROCK_SEVERITIES.values()) == {0, 1, 2, 3}


def test_openai_has_thirteen_categories() -> None:
    assert len(MODERATION) == 13
