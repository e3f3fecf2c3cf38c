"""Every token is seen for what it is, where it stands alone, and nothing else of its kind is."""

import re
from random import Random

import pytest
from tests.guardrails.secrets import samples

from detente.guardrails.secrets.rule import Rule
from detente.guardrails.secrets.tokens import TOKENS
from detente.principals.hashing import key_text

every_rule = pytest.mark.parametrize("rule", TOKENS, ids=lambda rule: rule.name)


@every_rule
def test_a_rule_sees_its_own(rule: Rule) -> None:
    for seed in range(40):
        text, secret = samples.planted(rule.name, Random(f"{rule.name}{seed}"))
        at = text.index(secret)
        assert (at, at + len(secret)) in list(rule.spans(text)), text


@every_rule
def test_no_rule_sees_what_goes_on_before_it_or_is_cut_short(rule: Rule) -> None:
    _, secret = samples.planted(rule.name, Random(rule.name))
    assert list(rule.spans(secret[:14])) == []
    if rule.name != "slack_webhook":  # which begins with a host
        assert list(rule.spans("Zz9" + secret)) == []


@every_rule
def test_rules_say_where_their_form_was_read(rule: Rule) -> None:
    assert re.search(r"read 2026-\d\d-\d\d|^detente\.", rule.source)


def test_there_are_samples_for_every_rule() -> None:
    names = [rule.name for rule in TOKENS]
    assert len(set(names)) == len(names)
    assert set(names) <= set(samples.TOKENS)


@pytest.mark.parametrize(
    "text",
    [
        "sk-" + "x" * 48,
        "ghp_" + "EXAMPLE" * 6,
        samples.PREFIX["aws"] + "IOSFODNN7" + "EXAMPLE",
        "npm_config_registry_for_the_whole_company",
        "hf_hub_download_and_some_other_function_names",
        "glpat-this-is-only-a-name",
    ],
)
def test_names_and_examples_are_none(text: str) -> None:
    assert [span for rule in TOKENS for span in rule.spans(text)] == []


def test_our_own_keys_are_seen() -> None:
    key = key_text(Random(7).randbytes(32))
    rule = next(rule for rule in TOKENS if rule.name == "detente")
    assert list(rule.spans(f"key {key}.")) == [(4, 4 + len(key))]
