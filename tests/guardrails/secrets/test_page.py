"""The page on secrets names every rule, with where its form was read, and no other."""

import re
from pathlib import Path

from detente.guardrails.attacks.phrases import PHRASES
from detente.guardrails.detectors.secret import NEEDLED
from detente.guardrails.secrets.assignments import Assignments
from detente.guardrails.secrets.private_keys import BLOCK_CHARACTERS_MAX
from detente.guardrails.secrets.rule import Rule

PAGE = (Path(__file__).parents[3] / "docs/reference/secrets.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `(\w+)` \| .* \| (.*) \|$", PAGE, re.MULTILINE))


def test_rules_are_those_of_the_code() -> None:
    assert set(ROWS) == {rule.name for rule in (*NEEDLED, Assignments())}


def test_sources_are_those_of_the_code() -> None:
    rules = [rule for rule in NEEDLED if isinstance(rule, Rule)]
    assert {rule.name: ROWS[rule.name] for rule in rules} == {
        rule.name: rule.source for rule in rules
    }


def test_figures_are_those_of_the_code() -> None:
    languages = sum(phrase.name.startswith("forget_") for phrase in PHRASES) - 1
    assert f"in {languages} languages" in PAGE
    assert f"{BLOCK_CHARACTERS_MAX:,} characters" in PAGE
