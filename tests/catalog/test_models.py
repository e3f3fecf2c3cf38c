"""The models that ship: named once, with dates."""

import pytest

from detente.catalog.models import (
    load_ids,
    load_models,
    model_rows,
    models,
    names,
    platform_ids,
)


def test_every_model_has_a_name_of_its_own_and_most_a_date() -> None:
    found = models()
    called = [name for model in found for name in (model.name, *model.aliases)]
    assert len(called) == len(set(called))
    assert sum(model.released is not None for model in found) > 50
    assert all(model.name.startswith(f"{model.publisher}/") for model in found)


def test_a_row_becomes_a_model() -> None:
    (model,) = load_models(
        b'[[models]]\nname = "p/m"\nreleased = 2025-01-02\nopen_weights = true\n'
        b'page = "https://example.org"\nread = 2026-01-01\n'
    )
    assert (model.publisher, model.open_weights, model.aliases) == ("p", True, ())
    assert model.released is not None
    assert model.released.isoformat() == "2025-01-02T00:00:00+00:00"


def test_every_publisher_has_models() -> None:
    assert {model.publisher for model in models()} == {
        "amazon",
        "anthropic",
        "cohere",
        "deepseek",
        "google",
        "meta",
        "microsoft",
        "mistral",
        "openai",
        "xai",
    }


def test_every_id_is_of_one_model_that_the_catalog_names() -> None:
    rows = platform_ids()
    named = {row.name for row in model_rows()}
    assert {row.model for row in rows} <= named
    spelt = [(row.kind, spelling) for row in rows for spelling in row.spellings]
    assert len(spelt) == len(set(spelt))
    assert all(row.page.startswith("https://") for row in rows)


def test_an_id_without_its_page_does_not_load() -> None:
    row = b'[[ids]]\nmodel = "p/m"\nkind = "bedrock"\nid = "p.m"\nread = 2026-01-01\n'
    with pytest.raises(ValueError, match="page"):
        load_ids(row)
    (found,) = load_ids(row + b'page = "https://example.org"\nprofiles = ["us"]\n')
    assert found.spellings == ("p.m", "us.p.m")
    (found,) = load_ids(row + b'page = "https://e.org"\nprofiles = ["us"]\ndirect = false\n')
    assert found.spellings == ("us.p.m",)


@pytest.mark.parametrize(
    ("kind", "upstream_id", "name"),
    [
        ("openai", "gpt-4", "openai/gpt-4"),
        ("openai", "gpt-4-0613", "openai/gpt-4"),
        ("bedrock", "global.anthropic.claude-opus-5-5", "anthropic/claude-opus-5-5"),
        ("bedrock", "openai.gpt-5.5", None),
        ("vertex", "meta/llama-3.3-70b-instruct-maas", "meta/llama-3.3-70b-instruct"),
        ("azure", "my-deployment", None),
        ("openai_compatible", "mistral-large-2512", "mistral/mistral-large-3"),
    ],
)
def test_a_platforms_id_leads_to_the_canonical_name(
    kind: str, upstream_id: str, name: str | None
) -> None:
    assert names().of(kind, upstream_id) == name
