"""SARIF: the shape that readers of code review ask for."""

import json
from pathlib import Path
from typing import Any

import pytest

from detente.cli.sarif import FINGERPRINT, QUESTION, Result, Spot, relative_uri, sarif_of

FOLDER = Path("/repository/of/ours")


def result(rule: str = "E14", file: str = "agreements/a.toml", **changes: Any) -> Result:
    facts: dict[str, Any] = {
        "rule": rule,
        "level": "error",
        "message": "a sentence; a cure",
        "spot": Spot(file=file, line=3),
        "identity": ("a/agi",),
    }
    return Result(**facts | changes)


def run_of(*results: Result) -> dict[str, Any]:
    log = json.loads(sarif_of(results, {"E14": "error", "E02": "warning"}, FOLDER))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("/sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    return run


def test_every_rule_has_its_words_and_level() -> None:
    rules = run_of()["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    levels = {rule["id"]: rule["defaultConfiguration"]["level"] for rule in rules}
    assert (levels["E02"], levels["E14"], levels[QUESTION]) == ("warning", "error", "error")
    for rule in rules:
        assert rule["name"].isalnum()
        for part in ("shortDescription", "fullDescription", "help"):
            assert rule[part]["text"]
        assert "**Cure.**" in rule["help"]["markdown"]


def test_a_result_has_rule_level_message_and_place() -> None:
    run = run_of(result("E02", level="warning"), result())
    rules = run["tool"]["driver"]["rules"]
    for shown, rule, level in zip(
        run["results"], ("E02", "E14"), ("warning", "error"), strict=True
    ):
        assert shown["ruleId"] == rule
        assert rules[shown["ruleIndex"]]["id"] == rule
        assert shown["level"] == level
        assert shown["message"]["text"] == "a sentence; a cure"
        (location,) = shown["locations"]
        place = location["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "agreements/a.toml"
        assert place["artifactLocation"]["uriBaseId"] in run["originalUriBaseIds"]
        assert place["region"] == {"startLine": 3}
        assert "relatedLocations" not in shown


def test_other_places_are_related_and_named() -> None:
    other = Spot(file="agreements/b.toml", line=9, name="b/x")
    (shown,) = run_of(result(related=(other,), facts={"clauses": ["a/agi", "b/x"]}))["results"]
    (related,) = shown["relatedLocations"]
    assert related["id"] == 1
    assert related["message"]["text"] == "`b/x`"
    assert related["physicalLocation"]["region"]["startLine"] == 9
    assert shown["properties"] == {"clauses": ["a/agi", "b/x"]}


def test_a_fingerprint_outlives_lines_and_words_but_not_another_clause() -> None:
    moved = result(message="other words", spot=Spot(file="agreements/a.toml", line=30))
    prints = [
        shown["partialFingerprints"][FINGERPRINT]
        for run in (run_of(result()), run_of(moved), run_of(result(identity=("a/other",))))
        for shown in run["results"]
    ]
    assert prints[0] == prints[1] != prints[2]
    twice = [r["partialFingerprints"][FINGERPRINT] for r in run_of(result(), result())["results"]]
    assert twice[0] == prints[0] != twice[1]


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("a.toml", "a.toml"),
        ("./x/../a.toml", "a.toml"),
        ("/repository/of/ours/b/a.toml", "b/a.toml"),
        ("/repository/of/others/a.toml", "../others/a.toml"),
        ("with space/ä#.toml", "with%20space/%C3%A4%23.toml"),
    ],
)
def test_uris_are_relative_and_encoded(file: str, uri: str) -> None:
    assert relative_uri(file, FOLDER) == uri


def test_a_line_counts_from_one() -> None:
    (shown,) = run_of(result(spot=Spot(file="a.toml", line=0)))["results"]
    assert shown["locations"][0]["physicalLocation"]["region"]["startLine"] == 1
