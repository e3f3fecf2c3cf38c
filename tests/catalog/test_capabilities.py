"""What models can do: sourced rows, the first that fits, and a configuration's word above them."""

import tomllib
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import get_args

import pytest

from detente.canonical.capability import UNKNOWN, Capabilities
from detente.canonical.request import Effort
from detente.catalog.capabilities import (
    CapabilityRow,
    capabilities_of,
    capability_rows,
    load_capabilities,
    overridden,
)
from detente.wiring import load

ROWS = capability_rows()
SAMPLING = {
    *("temperature", "top_p", "top_k", "frequency_penalty", "presence_penalty"),
    *("seed", "stop", "logprobs"),
}
ROW = b"""
[[capabilities]]
model = "p/m-1*"
output_tokens_max = 5
page = "https://example.org"
read = 2026-01-01

[[capabilities]]
model = "p/m*"
output_tokens_max = 9
temperature = [0.0, 1.0]
page = "https://example.org"
read = 2026-01-01
"""


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.model)
def test_a_row_that_ships_says_something_that_it_can_prove(row: CapabilityRow) -> None:
    assert row.page.startswith("https://")
    assert row.read <= date(2026, 11, 21)
    said = {name: getattr(row, name) for name in Capabilities.__struct_fields__}
    assert any(value is not None for value in said.values())
    assert set(row.sampling or ()) <= SAMPLING
    assert set(row.input_modalities or ("text",)) <= {
        *("text", "image", "audio", "video", "document")
    }
    assert set(row.reasoning or ()) <= {"none", "effort", "budget", "adaptive"}
    assert set(row.reasoning_efforts or ()) <= set(get_args(Effort))
    assert row.reasoning_efforts is None or "effort" in (row.reasoning or ())
    for limit in (row.context_tokens, row.output_tokens_max):
        assert limit is None or limit > 0
    assert row.temperature is None or row.temperature[0] < row.temperature[1]


def test_rows_are_many_and_of_every_large_publisher() -> None:
    publishers = {row.model.partition("/")[0] for row in ROWS}
    assert publishers == {
        *("openai", "anthropic", "google", "amazon", "meta", "mistral", "xai", "deepseek")
    }
    assert len(ROWS) >= 25


def test_no_row_hides_another() -> None:
    names = [row.model for row in ROWS]
    for at, name in enumerate(names):
        assert [one for one in names[:at] if fnmatchcase(name, one)] == []


def test_the_first_row_that_fits_counts() -> None:
    rows = load_capabilities(ROW)
    assert capabilities_of("p/m-1.5", rows) == Capabilities(output_tokens_max=5)
    assert capabilities_of("p/m-2", rows) == Capabilities(
        output_tokens_max=9, temperature=(0.0, 1.0)
    )
    assert capabilities_of("m-1.5", rows) == Capabilities(output_tokens_max=5)
    assert capabilities_of("q/m-1.5", rows) is None


def test_a_word_of_ones_own_wins_member_by_member() -> None:
    known = Capabilities(output_tokens_max=9, temperature=(0.0, 1.0))
    own = Capabilities(output_tokens_max=7, prefill=False)
    assert overridden(known, own) == Capabilities(
        output_tokens_max=7, temperature=(0.0, 1.0), prefill=False
    )
    assert overridden(None, own) == own
    assert overridden(known, UNKNOWN) == known


@pytest.mark.parametrize(
    "row",
    [
        b'[[capabilities]]\nmodel = "p/m"\nread = 2026-01-01\n',
        b'[[capabilities]]\nmodel = "p/m"\npage = "https://x"\n',
        ROW.replace(b"output_tokens_max", b"outputs_tokens_max"),
    ],
)
def test_a_row_without_page_or_date_or_with_a_typo_does_not_load(row: bytes) -> None:
    with pytest.raises(ValueError, match="a catalog row does not load"):
        load_capabilities(row)


CONFIGURATION = """
[providers.vllm]
kind = "openai_compatible"
base_url = "http://127.0.0.1:9/v1"
host = "us"

[models."acme/house-model"]
deployments = [{ provider = "vllm", id = "house-model" }]
capabilities = { output_tokens_max = 4096, forced_tool_choice = false, reasoning = ["none"] }

[models."openai/gpt-4.1"]
deployments = [{ provider = "vllm", id = "g" }]
capabilities = { output_tokens_max = 100 }

[models."acme/other"]
deployments = [{ provider = "vllm", id = "o" }]
"""


def test_a_configuration_says_what_the_catalog_does_not(tmp_path: Path) -> None:
    (tmp_path / "detente.toml").write_text(CONFIGURATION)
    known = load(tmp_path).world.capabilities
    assert known["acme/house-model"] == Capabilities(
        output_tokens_max=4096, forced_tool_choice=False, reasoning=("none",)
    )
    assert known["openai/gpt-4.1"].output_tokens_max == 100
    assert known["openai/gpt-4.1"].context_tokens == 1_047_576
    assert "acme/other" not in known


def test_the_page_shows_the_same_override() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "reference" / "capabilities.md"
    text = page.read_text(encoding="utf-8")
    example = tomllib.loads(text.split("```toml\n")[1].split("```")[0])
    told = tomllib.loads(CONFIGURATION)["models"]["acme/house-model"]
    assert example["models"]["acme/house-model"] == told
