"""The page on safety signals tells every word that is read of a platform, in its category's row."""

import re
from collections.abc import Mapping
from typing import Final, get_args

import pytest

from detente.canonical.safety import SafetyAction, SafetyCategory, SafetySource
from detente.canonical.safety_words import AZURE, BEDROCK_CONTENT, BEDROCK_POLICIES, MODERATION
from detente.dialects._openai import safety as openai
from detente.dialects.anthropic_messages import safety as anthropic
from detente.dialects.gemini_generate import safety as gemini
from detente.dialects.oci_chat.safety import TOXIC
from tests.examples.bundles import ROOT

PAGE: Final = (ROOT / "docs/reference/safety.md").read_text(encoding="utf-8")
COLUMNS: Final = ("OpenAI", "Azure", "Anthropic", "Bedrock", "Google", "others")
READ: Final[tuple[tuple[str, Mapping[str, SafetyCategory]], ...]] = (
    ("OpenAI", MODERATION),
    ("OpenAI", openai.POLICIES),
    ("Azure", AZURE),
    ("Anthropic", anthropic.CATEGORIES),
    ("Bedrock", BEDROCK_CONTENT),
    (
        "Bedrock",
        {
            policy if finding in ("filters", "findings") else finding: category
            for policy, finding, category, _ in BEDROCK_POLICIES
            if policy != "contentPolicy"
        },
    ),
    ("Bedrock", {"content_filtered": "provider_policy"}),
    ("Google", gemini.REASONS),
    ("Google", gemini.CATEGORIES),
    ("others", dict.fromkeys(TOXIC, "other")),
)


def rows() -> dict[str, dict[str, set[str]]]:
    """The words in each column, by category."""
    found: dict[str, dict[str, set[str]]] = {}
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == len(COLUMNS) + 1 and (name := re.fullmatch(r"`(\w+)`", cells[0])):
            words = [set(re.findall(r"`([^`]+)`", cell)) for cell in cells[1:]]
            found[name[1]] = dict(zip(COLUMNS, words, strict=True))
    return found


def test_every_category_has_a_row() -> None:
    assert list(rows()) == list(get_args(SafetyCategory))


@pytest.mark.parametrize(("column", "words"), READ)
def test_every_word_stands_in_its_row(column: str, words: Mapping[str, SafetyCategory]) -> None:
    found = rows()
    missing = [word for word, category in words.items() if word not in found[category][column]]
    assert missing == []


def test_no_word_stands_where_it_is_not_read() -> None:
    read: dict[str, dict[str, set[str]]] = {name: {} for name in COLUMNS}
    for column, words in READ:
        for word, category in words.items():
            read[column].setdefault(category, set()).add(word)
    beside = {"refusal", "guardrail_intervened", "INTERVENED", "guardrail"}
    for category, columns in rows().items():
        for column, words in columns.items():
            assert words - beside <= read[column].get(category, set()), (category, column)


def test_every_action_and_source_is_told() -> None:
    (actions,) = re.findall(r"^\| `action` \| (.*) \|$", PAGE, re.MULTILINE)
    (sources,) = re.findall(r"^\| `source` \| (.*) \|$", PAGE, re.MULTILINE)
    assert re.findall(r"`(\w+)`", actions) == list(get_args(SafetyAction))
    assert set(re.findall(r"`(\w+)`", sources)) == set(get_args(SafetySource))
