"""What a scope takes in, as both forms read it."""

import pytest

from detente.agreements.matching import fits
from detente.agreements.reach import pattern
from tests.agreements.scenes import AWS, AZURE, answer, at_place, loaded, outcomes, question, world

EU = at_place("azure-eu", "microsoft", kind="azure", region="eu-1", tier="basic", zone="eu")


@pytest.mark.parametrize(
    ("scope", "rejected"),
    [
        ("{}", "azure azure-eu aws"),
        ('{ publisher = "openai" }', "azure azure-eu aws"),
        ('{ publisher = ["xai", "openai"] }', "azure azure-eu aws"),
        ('{ publisher = "xai" }', ""),
        ('{ model = "openai/gpt-?" }', "azure azure-eu aws"),
        ('{ model = ["xai/*", "openai/*"] }', "azure azure-eu aws"),
        ('{ model = "gpt-4" }', ""),
        ('{ interface = "embedding" }', ""),
        ('{ provider = "azure" }', "azure"),
        ('{ provider = "azure*" }', "azure azure-eu"),
        ('{ provider = "provider:azure" }', "azure"),
        ('{ provider = "kind:azure" }', "azure azure-eu"),
        ('{ host = ["amazon", "google"] }', "aws"),
        ('{ host = "microsoft", provider = "azure" }', "azure"),
        ('{ region = "us-*" }', "aws"),
        ('{ project = "sh*" }', "azure azure-eu aws"),
        ('{ project = "lab" }', ""),
        ('{ labels = { data = "internal" } }', "azure azure-eu aws"),
        ('{ labels = { data = ["secret", "internal"] } }', "azure azure-eu aws"),
        ('{ labels = { data = "internal", team = "lab" } }', ""),
    ],
)
def test_scope(scope: str, rejected: str) -> None:
    agreements = loaded(f'id = "no"\ntype = "forbid"\nscope = {scope}')
    asked = question(project="shop", labels={"data": "internal"})
    decision = answer(world(AZURE, EU, AWS), agreements, asked)
    denied = [name for name, outcome in outcomes(decision).items() if outcome == "deny"]
    assert " ".join(denied) == rejected


def test_a_project_that_the_caller_has_not_is_a_plain_no() -> None:
    agreements = loaded('id = "no"\ntype = "forbid"\nscope = { project = "*" }')
    assert answer(world(AWS), agreements, question()).outcome == "allow"


@pytest.mark.parametrize(
    ("word", "wanted", "fit"),
    [
        ("a.b", "a.b", True),
        ("axb", "a.b", False),
        ("a[1]", "a[1]", True),
        ("a1", "a[1]", False),
        ("", "*", True),
        ("ab", "a?", True),
        ("a", "a?", False),
        ("A", "a", False),
        ("a\\b", "a\\*", True),
        ("a|b", "a|c", False),
        ("line\nline", "l*e", True),
    ],
)
def test_a_pattern_knows_only_star_and_question_mark(word: str, wanted: str, fit: bool) -> None:
    assert fits(word, wanted) is fit
    assert (pattern(wanted).fullmatch(word) is not None) is fit
