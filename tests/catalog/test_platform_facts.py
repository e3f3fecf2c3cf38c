"""A platform's defaults stand where a configuration says nothing, and nowhere else."""

from pathlib import Path

import pytest

from detente.canonical.model import Deployment
from detente.catalog.platform_facts import (
    fact_rows,
    facts_of,
    load_facts,
    with_platform_facts,
)
from detente.wiring import load

Word = str | None
Case = tuple[str, Word, Word, str, Word, Word, Word]
CASES: list[Case] = [
    ("openai", None, None, "gpt-5", "global", None, "abuse_monitoring"),
    ("openai", "eu", None, "gpt-5", "eu", "eu", "abuse_monitoring"),
    ("openai", "eastus", None, "gpt-5", None, None, "abuse_monitoring"),
    ("azure", "swedencentral", "GlobalStandard", "x", "global", "eu", None),
    ("azure", "swedencentral", "GlobalProvisionedManaged", "x", "global", "eu", None),
    ("foundry", "swedencentral", "DataZoneStandard", "x", "eu", "eu", None),
    ("azure", "eastus2", "DataZoneProvisionedManaged", "x", "us", "us", None),
    ("azure", "eastus2", "ProvisionedManaged", "x", "eastus2", "us", None),
    ("azure", "japaneast", "DataZoneStandard", "x", None, None, None),
    ("azure", "eastus2", None, "x", None, "us", None),
    ("azure", None, "Standard", "x", None, None, None),
    ("bedrock", "us-east-1", None, "amazon.nova-pro-v1:0", "us-east-1", "us-east-1", None),
    ("bedrock", "eu-west-1", None, "eu.openai.gpt-5.5", "eu", "eu-west-1", "flagged_only"),
    ("bedrock", "us-east-1", None, "us-gov.xai.grok-4.6", "us-gov", "us-east-1", None),
    ("bedrock", "us-east-1", None, "us.openai.gpt-oss-120b", "us", "us-east-1", "none"),
    (
        "bedrock",
        "us-east-1",
        None,
        "arn:aws:bedrock:us-east-1:1:inference-profile/global.anthropic.claude-fable-5-1",
        "global",
        "us-east-1",
        "abuse_monitoring",
    ),
    (
        "bedrock",
        "us-east-1",
        None,
        "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc",
        None,
        "us-east-1",
        None,
    ),
    ("vertex", "global", None, "x", "global", None, None),
    ("vertex", "eu", None, "x", "eu", "eu", None),
    ("vertex", "us-central1", None, "x", None, "us-central1", None),
    ("anthropic", None, None, "x", "global", None, None),
    ("anthropic", "us", None, "x", "us", None, None),
    ("anthropic", "global", None, "x", "global", None, None),
    ("xai", "us", None, "x", "us", "us", None),
    ("mistral", "eu", None, "x", "eu", None, None),
    ("ollama", None, None, "x", None, None, None),
    ("oci", "us-chicago-1", None, "x", None, None, None),
]


@pytest.mark.parametrize("case", CASES)
def test_what_a_platform_says_of_a_deployment(case: Case) -> None:
    kind, region, tier, upstream_id, *known = case
    found = facts_of(kind, region, tier, upstream_id)
    assert [found.processing_zone, found.storage_zone, found.retention] == known
    assert all(", read 20" in source for source in found.sources)
    assert bool(found.sources) >= any(known)


def test_every_row_that_ships_says_something_and_names_its_page() -> None:
    for row in fact_rows():
        assert row.page.startswith("https://")
        assert (row.processing_zone, row.storage_zone, row.retention) != (None, None, None)


def test_the_first_row_counts_of_each_fact_by_itself() -> None:
    rows = load_facts(
        b'[[facts]]\nkinds = ["k"]\nids = ["a*"]\nprocessing_zone = "eu"\n'
        b'page = "https://a"\nread = 2026-01-01\n'
        b'[[facts]]\nkinds = ["k"]\nprocessing_zone = "us"\nretention = "none"\n'
        b'page = "https://b"\nread = 2026-01-02\n'
    )
    found = facts_of("k", None, None, "ab", rows)
    assert (found.processing_zone, found.retention) == ("eu", "none")
    assert found.sources == ("https://a, read 2026-01-01", "https://b, read 2026-01-02")
    assert facts_of("k", None, None, "b", rows).processing_zone == "us"


@pytest.mark.parametrize("missing", ["page", "read"])
def test_a_row_without_page_or_date_does_not_load(missing: str) -> None:
    row = {"page": 'page = "https://a"', "read": "read = 2026-01-01"}
    del row[missing]
    data = '[[facts]]\nkinds = ["k"]\nretention = "none"\n' + "\n".join(row.values())
    with pytest.raises(ValueError, match=missing):
        load_facts(data.encode())


def test_a_configurations_own_facts_win() -> None:
    own = Deployment(
        id="o/m",
        model="p/m",
        provider="o",
        kind="openai",
        upstream_id="m",
        host="openai",
        region="eu",
        processing_zone="mars",
        retention="none",
    )
    (found,) = with_platform_facts([own])
    assert (found.processing_zone, found.storage_zone, found.retention) == ("mars", "eu", "none")


def test_a_configuration_is_read_with_the_platforms_defaults(tmp_path: Path) -> None:
    (tmp_path / "detente.toml").write_text(
        '[providers.b]\nkind = "bedrock"\nregion = "eu-west-1"\n'
        'api_key = { env = "KEY" }\n[models."p/m"]\n'
        'deployments = [{ provider = "b", id = "eu.p.m", storage_zone = "mine" }]\n'
    )
    (found,) = load(tmp_path).world.deployments
    assert (found.processing_zone, found.storage_zone) == ("eu", "mine")
