"""The tables of `[guardrails]` become policies; what no table can be is a located error."""

import pytest

from detente.canonical.guardrail import DataRule, DeploymentFacts, Policy, RiskRule
from detente.configuration.guardrails import (
    DetectorEntry,
    Guardrails,
    categories_of,
    entities_of,
    policies_of,
)
from detente.configuration.located import LocatedErrors, read_toml
from detente.configuration.schema import Configuration

WHOLE = """
[guardrails.policies.confidential]
labels = { team = "x", data = "confidential" }
projects = ["shop"]
models = ["p/*"]
detectors = ["personal"]
on_failure = "flag"
on_unread = "allow"
on_kept_history = "remember"
timeout_ms = 5
output_delay_ms = 6
[[guardrails.policies.confidential.data]]
categories = ["personal"]
deployments = { hosts = ["own"], providers = ["p*"], regions = ["r"], zones = ["z"], \
retention_at_most = "none" }
input = "pseudonymise"
output = "flag"
look_alike = true
[[guardrails.policies.confidential.risks]]
categories = ["prompt_attack"]
stages = ["input"]
severity_at_least = 2
treatment = "block"
[guardrails.policies.second]
"""


def guardrails_of(text: str) -> Guardrails:
    return read_toml(text.encode(), "f", Configuration).guardrails


def test_a_whole_policy_becomes_a_value() -> None:
    first, second = policies_of(guardrails_of(WHOLE))
    assert first == Policy(
        name="confidential",
        labels=(("data", "confidential"), ("team", "x")),
        projects=("shop",),
        models=("p/*",),
        detectors=("personal",),
        data=(
            DataRule(
                categories=("personal",),
                deployments=DeploymentFacts(
                    hosts=("own",),
                    providers=("p*",),
                    regions=("r",),
                    zones=("z",),
                    retention_at_most="none",
                ),
                input="pseudonymise",
                output="flag",
                look_alike=True,
            ),
        ),
        risks=(
            RiskRule(
                categories=("prompt_attack",),
                stages=("input",),
                severity_at_least=2,
                treatment="block",
            ),
        ),
        on_failure="flag",
        on_unread="allow",
        on_kept_history="remember",
        timeout_ms=5,
        output_delay_ms=6,
    )
    assert second == Policy(name="second")  # what is left out is as the value has it


def test_without_tables_there_is_no_policy() -> None:
    assert policies_of(guardrails_of("")) == ()


POLICY = "[guardrails.policies.p]\n"
RULE = "[[guardrails.policies.p.data]]\n"
RISK = '[[guardrails.policies.p.risks]]\ntreatment = "block"\n'
DETECTOR = "[guardrails.detectors.d]\n"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (POLICY + 'label = { a = "b" }', "unknown key `label`; did you mean `labels`?"),
        (POLICY + 'on_unread = "blok"', "unknown value `blok`; did you mean `block`?"),
        (POLICY + "timeout_ms = 0", "`guardrails.policies.p.timeout_ms`: expected `int` >= 1"),
        (POLICY + "output_delay_ms = 60001", "expected `int` <= 60000"),
        (RULE + 'input = "mask_it"', "unknown value `mask_it`; did you mean `mask`?"),
        (RULE + 'deployments = { host = ["own"] }', "unknown key `host`; did you mean `hosts`?"),
        (RULE + 'deployments = { retention_at_most = "nothing" }', "unknown value `nothing`"),
        (RISK + "severity_at_least = 4", "expected `int` <= 3"),
        (RISK + 'categories = ["hatred"]', "unknown value `hatred`; did you mean `hate`?"),
        ("[[guardrails.policies.p.risks]]\n", "missing `treatment`; add it"),
        (DETECTOR + 'kind = "regex"', "unknown value `regex`"),
        (DETECTOR + 'category = "Staff Number"', "expected `str` matching regex"),
        (DETECTOR + 'category = "personnel\\n"', "expected `str` matching regex"),
        (DETECTOR + "entities = {}", "expected `object` of length >= 1"),
        (DETECTOR + 'entities = { PERSON = "Person" }', "expected `str` matching regex"),
        (DETECTOR + 'regions = ["us"]', "expected `str` matching regex"),
        ("[guardrails.policies.'p q']", "is no name that can stand here"),
    ],
)
def test_an_error_says_where_and_what_was_meant(text: str, error: str) -> None:
    with pytest.raises(LocatedErrors) as errors:
        guardrails_of(text)
    assert error in str(errors.value)


@pytest.mark.parametrize(
    "text",
    [
        *(POLICY + f"{key} = []" for key in ("projects", "models", "detectors")),
        POLICY + "labels = {}",
        POLICY + 'models = [""]',
        RULE + "categories = []",
        *(
            RULE + f"deployments = {{ {key} = [] }}"
            for key in ("hosts", "providers", "regions", "zones")
        ),
        RISK + "stages = []",
    ],
)
def test_a_list_of_nothing_does_not_mean_everything(text: str) -> None:
    with pytest.raises(LocatedErrors, match="expected"):
        guardrails_of(text)


def test_a_detector_of_ones_own_says_what_it_may_find() -> None:
    several = {"PERSON": "person", "GPE": "place", "LOCATION": "place"}
    assert categories_of(DetectorEntry(kind="presidio", entities=several)) == ("person", "place")
    assert entities_of(DetectorEntry(kind="presidio")) == {"PERSON": "person"}
    assert categories_of(DetectorEntry(kind="pattern", category="case")) == ("case",)
    assert categories_of(DetectorEntry(regions=("US",))) == ()
