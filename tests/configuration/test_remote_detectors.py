"""Tables of remote detectors name what is there, and each is a place with facts."""

import pytest

from detente.configuration.guardrails import DetectorEntry
from detente.configuration.located import LocatedErrors, convert, parse_toml
from detente.configuration.remote_detectors import KEYS, NEEDS, SERVED_BY, place_of
from detente.configuration.schema import Configuration
from detente.configuration.world import KindDefaults, check_configuration

WORLD = """
[providers.own]
kind = "vllm"
host = "own"
[providers.openai]
kind = "openai"
[providers.azure]
kind = "azure"
base_url = "https://a.example"
region = "swedencentral"
processing_zone = "eu"
retention = "none"
[providers.bedrock]
kind = "bedrock"
region = "eu-west-1"
[models."meta/guard"]
deployments = [{ provider = "own", id = "guard" }]
[guardrails.detectors.d]
"""
LINES = WORLD.count("\n")
KINDS = {
    "vllm": KindDefaults(base_url="https://own.example", host=None),
    "openai": KindDefaults(base_url="https://openai.example", host="openai"),
    "azure": KindDefaults(base_url=None, host="microsoft"),
    "bedrock": KindDefaults(base_url="https://{region}.example", host="amazon"),
}


def read(text: str) -> tuple[Configuration, list[str]]:
    """The configuration with `text` as the detector's table, and what is wrong with it."""
    tree, positions = parse_toml((WORLD + text).encode(), "f")
    configuration = convert(tree, positions, "f", Configuration)
    try:
        check_configuration(configuration, positions, "f", KINDS, {})
    except LocatedErrors as found:
        return configuration, [f"{one.line - LINES}: {one.message}" for one in found.errors]
    return configuration, []


RIGHT = (
    'kind = "openai_moderation"\nprovider = "openai"',
    'kind = "openai_moderation"\nprovider = "openai"\nmodel = "m"\nstages = ["input", "output"]',
    'kind = "azure_content_safety"\nprovider = "azure"\nanalyses = ["prompt_attack"]',
    'kind = "azure_content_safety"\nprovider = "azure"\nblocklists = ["products"]',
    'kind = "bedrock_guardrail"\nprovider = "bedrock"\nguardrail = "gr1"\nversion = "3"',
    'kind = "model"\nmodel = "own/guard"\ninstructed = true',
)


@pytest.mark.parametrize("text", RIGHT)
def test_what_is_right_passes(text: str) -> None:
    assert read(text)[1] == []


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            'kind = "openai_moderation"',
            "0: a detector of kind `openai_moderation` needs a `provider`; add it",
        ),
        ('kind = "bedrock_guardrail"\nprovider = "bedrock"', "0: a detector of kind"),
        ('kind = "model"', "0: a detector of kind `model` needs a `model`; add it"),
        (
            'kind = "openai_moderation"\nprovider = "opnai"',
            "2: unknown provider `opnai`; did you mean `openai`?",
        ),
        (
            'kind = "openai_moderation"\nprovider = "azure"',
            "2: provider `azure` is of kind `azure`, which has no `openai_moderation`; name one of "
            "kind `openai` or `openai_compatible`",
        ),
        (
            'kind = "model"\nmodel = "own/gaurd"',
            "2: unknown deployment `own/gaurd`; did you mean `own/guard`?",
        ),
        (
            'kind = "openai_moderation"\nprovider = "openai"\ncategory = "hate"',
            "3: kind `openai_moderation` has no `category`; leave it out",
        ),
        (
            'kind = "azure_content_safety"\nprovider = "azure"\nanalyses = ["prompt_attack"]\n'
            'stages = ["output"]',
            "4: attacks on prompts are looked for in what is sent; leave `output` out, or add",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_cure(text: str, error: str) -> None:
    (found,) = read(text)[1]
    assert found.startswith(error)


@pytest.mark.parametrize("guardrail", ["GR1", "gr/1", "arn:aws:s3:::bucket", "gr1\\n"])
def test_a_guardrail_is_an_id_or_an_arn(guardrail: str) -> None:
    with pytest.raises(LocatedErrors):
        read(f'kind = "bedrock_guardrail"\nprovider = "bedrock"\nguardrail = "{guardrail}"')


def test_a_service_is_a_place_with_the_facts_of_its_provider() -> None:
    configuration, _ = read(RIGHT[2])
    place = place_of(configuration.guardrails.detectors["d"], configuration, KINDS)
    assert (place.id, place.provider, place.host) == (
        "azure/azure_content_safety",
        "azure",
        "microsoft",
    )
    assert (place.region, place.processing_zone, place.retention) == ("swedencentral", "eu", "none")


def test_a_fact_that_nobody_supplied_is_missing() -> None:
    configuration, _ = read(RIGHT[0])
    place = place_of(configuration.guardrails.detectors["d"], configuration, KINDS)
    assert place.retention is place.region is place.processing_zone is None


def test_every_remote_kind_is_described_whole() -> None:
    assert set(KEYS) == set(NEEDS) == {*SERVED_BY, "model"}
    fields = DetectorEntry.__struct_fields__
    assert all(key in fields for keys in KEYS.values() for key in keys)
