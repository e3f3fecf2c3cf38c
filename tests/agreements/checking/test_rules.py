"""Every code has its words."""

from typing import get_args

from detente.agreements.checking.report import Code
from detente.agreements.checking.rules import RULES


def test_every_code_has_a_rule() -> None:
    assert set(get_args(Code)) <= set(RULES)


def test_rules_are_titles_and_sentences() -> None:
    for code, rule in RULES.items():
        assert rule.title, code
        assert not rule.title.endswith("."), code
        for sentence in (rule.meaning, rule.cure):
            assert sentence[0].isupper(), code
            assert sentence.endswith("."), code
