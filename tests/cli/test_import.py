"""`detente import`: what comes from elsewhere loads here, and what does not come is named."""

import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detente.canonical.failure import ClientFault
from detente.cli.litellm import Made, translated
from detente.cli.litellm.document import DOCUMENT_BYTES_MAX
from detente.wiring import Setup, load
from tests.cli.command import ended

COMPANY = """
model_list:
  - model_name: gpt-4o
    litellm_params:
      model: azure/my-gpt4o
      api_base: https://east.openai.azure.com/openai/deployments/my-gpt4o
      api_key: os.environ/AZURE_API_KEY
      api_version: "2025-01-01-preview"
      rpm: 100
      tpm: 20000
    model_info: {base_model: azure/gpt-4o, id: one, max_input_tokens: 128000}
  - model_name: gpt-4o
    litellm_params: {model: openai/gpt-4o, api_key: sk-very-secret, weight: 3, temperature: 0.2}
  - model_name: gpt-4o-eu
    litellm_params: {model: openai/gpt-4o, api_base: "https://eu.api.openai.com/v1"}
  - model_name: claude
    litellm_params:
      model: bedrock/converse/us.anthropic.claude-opus-5-5
      aws_region_name: us-west-2
      aws_role_name: arn:aws:iam::1:role/r
      input_cost_per_token: 0.0000044
      input_cost_per_token_above_200k_tokens: 8.8e-6
      output_cost_per_token: 2.2e-05
      output_cost_per_token_flex: 1.1e-05
  - model_name: "*"
    litellm_params: {model: "*"}
  - model_name: paint
    litellm_params: {model: openai/gpt-image-2}
    model_info: {mode: image_generation}
router_settings:
  routing_strategy: simple-shuffle
  num_retries: 2
  model_group_alias: {gpt-4: gpt-4o, other: {model: claude, hidden: true}, lost: nothing}
litellm_settings: {drop_params: true, fallbacks: [{gpt-4o: [claude]}], request_timeout: 600}
general_settings: {master_key: sk-1234, database_url: "postgres://u:pw@h/db"}
environment_variables: {OPENAI_API_KEY: sk-other-secret}
guardrails: [{guardrail_name: pii}]
"""
GOOGLE_AND_OTHERS = """
credential_list:
  - credential_name: shared
    credential_values: {vertex_project: proj, vertex_location: eu, vertex_credentials: /sa.json}
model_list:
  - {model_name: gemini, litellm_params: {model: vertex_ai/gemini-2.5-pro,
     litellm_credential_name: shared}}
  - {model_name: gemini-dev, litellm_params: {model: gemini/gemini-2.5-pro}}
  - {model_name: no-project, litellm_params: {model: vertex_ai/claude-opus-5-5,
     vertex_credentials: '{"private_key": "very-secret"}'}}
  - {model_name: grok, litellm_params: {model: xai/grok-4.6, api_key: os.environ/GROK}}
  - {model_name: grok-oci, litellm_params: {model: oci/xai.grok-4, oci_region: us-chicago-1,
     oci_user: u, oci_key: very-secret}}
  - {model_name: small, litellm_params: {model: mistral/mistral-small-2603}}
  - {model_name: command, litellm_params: {model: cohere_chat/command-a-03-2025}}
  - {model_name: oss, litellm_params: {model: groq/openai/gpt-oss-120b}}
  - {model_name: oss, litellm_params: {model: together_ai/openai/gpt-oss-120b}}
  - {model_name: oss, litellm_params: {model: fireworks_ai/accounts/fireworks/models/gpt-oss-120b}}
  - {model_name: deep, litellm_params: {model: deepseek/deepseek-v4-pro}}
  - {model_name: any, litellm_params: {model: openrouter/meta/muse-spark-1.3}}
  - {model_name: foundry, litellm_params: {model: azure_ai/claude-opus-5-5,
     api_base: "https://r.services.ai.azure.com", tenant_id: t, client_id: c,
     client_secret: very-secret}}
  - {model_name: sage, litellm_params: {model: sagemaker/endpoint}}
"""
SELF_HOSTED = """
model_list:
  - model_name: llama
    litellm_params:
      model: hosted_vllm/meta-llama/Llama-3.3-70B-Instruct
      api_base: http://localhost:8000/v1
      api_key: none-needed
  - {model_name: llama, litellm_params: {model: ollama_chat/llama3.3,
     api_base: "http://localhost:11434"}}
  - {model_name: own, litellm_params: {model: openai/ours, api_base: os.environ/OUR_BASE}}
  - {model_name: own-2, litellm_params: {model: openai/ours, custom_llm_provider: custom_openai,
     api_base: "http://user:very-secret@h/v1"}}
  - {model_name: embed, litellm_params: {model: text-embedding-3-small},
     model_info: {mode: embedding}}
  - {model_name: claude-opus-5-5, litellm_params: {model: claude-opus-5-5, organization: "o o"}}
  - {model_name: aws, litellm_params: {model: bedrock/eu-west-1/anthropic.claude-opus-5-5,
     aws_access_key_id: AKIAEXAMPLE, aws_secret_access_key: very-secret}}
"""


def made(text: str) -> Made:
    return translated(text.encode(), "config.yaml")


def loaded(text: str, folder: Path) -> Setup:
    (folder / "detente.toml").write_text(made(text).toml)
    return load(folder)


@pytest.mark.parametrize("text", [COMPANY, GOOGLE_AND_OTHERS, SELF_HOSTED, "model_list: []"])
def test_a_translated_configuration_loads_and_holds_no_secret(text: str, tmp_path: Path) -> None:
    setup = loaded(text, tmp_path)
    assert len(setup.world.deployments) == len(set(setup.world.deployments))
    told = made(text).toml + "\n".join(made(text).notes)
    for secret in ("very-secret", "other-secret", "sk-1234", "postgres", "none-needed"):
        assert secret not in told


def test_groups_become_models_with_deployments(tmp_path: Path) -> None:
    world = loaded(COMPANY, tmp_path).world
    assert [(m.name, m.aliases) for m in world.models] == [
        ("openai/gpt-4o", ("gpt-4o", "gpt-4")),
        ("openai/gpt-4o-eu", ("gpt-4o-eu",)),
        ("anthropic/claude-opus-5-5", ("claude", "other")),
    ]
    first, second, europe, claude = world.deployments
    assert (first.kind, first.upstream_id) == ("azure", "my-gpt4o")
    assert first.capacity is not None
    assert (first.capacity.requests_per_minute, first.capacity.tokens_per_minute) == (100, 20000)
    assert (second.kind, second.upstream_id) == ("openai", "gpt-4o")
    assert (europe.region, europe.processing_zone) == ("eu", "eu")
    assert (claude.upstream_id, claude.region) == ("us.anthropic.claude-opus-5-5", "us-west-2")
    assert world.capabilities["openai/gpt-4o"].context_tokens == 128_000


def test_addresses_credentials_limits_and_prices_are_carried_over(tmp_path: Path) -> None:
    configuration = loaded(COMPANY, tmp_path).configuration
    azure = configuration.providers["azure"]
    assert azure.base_url == "https://east.openai.azure.com"
    assert azure.api_key is not None
    assert azure.api_key.env == "AZURE_API_KEY"
    bedrock = tomllib.loads(made(COMPANY).toml)["providers"]["bedrock-us-west-2"]
    assert bedrock["credentials"] == {"role_arn": "arn:aws:iam::1:role/r"}
    assert configuration.limits.attempts_max == 3
    assert configuration.limits.total_timeout_ms == 600_000
    prices = {(row.tier, row.input_tokens_over): row for row in configuration.prices}
    assert {key: (str(row.input), str(row.output)) for key, row in prices.items()} == {
        ("standard", 200_000): ("8.8", "22"),
        ("standard", 0): ("4.4", "22"),
        ("flex", 0): ("4.4", "11"),
    }


def test_everything_else_is_named_with_a_reason() -> None:
    notes = "\n".join(made(COMPANY).notes)
    for setting in (
        "model_list[0].model_info.id",
        "model_list[1].litellm_params.api_key",
        "model_list[1].litellm_params.weight",
        "model_list[1].litellm_params.temperature",
        "model_list[4]",
        "model_list[5]",
        "router_settings.routing_strategy",
        "router_settings.model_group_alias.lost",
        "litellm_settings.drop_params",
        "litellm_settings.fallbacks",
        "general_settings.master_key",
        "general_settings.database_url",
        "environment_variables",
        "guardrails",
    ):
        assert f"`{setting}`: " in notes
    assert "`OPENAI_API_KEY`" in notes


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("new_section: {a: 1}", "`new_section`: there is no such setting here"),
        ("model_list: [7]", "`model_list[0]`: it is no table"),
        ("model_list: 7", "`model_list`: it is no list"),
        ("model_list: [{model_name: a}]", "`model_list[0]`: names no model"),
        (
            "credential_list: [{credential_name: a, credential_info: {}}]",
            "`credential_list[0].credential_info`: ",
        ),
        ("router_settings: 7", "`router_settings`: it is no table"),
        ("general_settings: {unheard_of: 1}", "`general_settings.unheard_of`: there is no such"),
        (
            "model_list: [{model_name: a, litellm_params: {model: gpt-4o, api_key: [1]}}]",
            "`model_list[0].litellm_params.api_key`: ",
        ),
        (
            "model_list: [{model_name: a, litellm_params: {model: gpt-4o}, extra: 1}]",
            "`model_list[0].extra`: ",
        ),
        (
            "model_list: [{model_name: a, litellm_params: {model: azure/x}}]",
            "write the address into `base_url`",
        ),
    ],
)
def test_nothing_is_left_out_in_silence(text: str, sentence: str) -> None:
    assert any(sentence in note for note in made(text).notes)


def test_a_name_that_is_taken_goes_on_meaning_the_first(tmp_path: Path) -> None:
    text = """
model_list:
  - {model_name: a, litellm_params: {model: openai/gpt-4o}}
  - {model_name: openai/gpt-4o, litellm_params: {model: anthropic/claude-opus-5-5}}
  - {model_name: a, litellm_params: {model: openai/gpt-4o}}
  - {model_name: a, litellm_params: {model: anthropic/claude-opus-5-5}}
router_settings: {model_group_alias: {a: openai/gpt-4o}}
"""
    names = [(m.name, m.aliases) for m in loaded(text, tmp_path).world.models]
    assert names == [("openai/gpt-4o", ("a",)), ("anthropic/claude-opus-5-5", ())]
    notes = "\n".join(made(text).notes)
    assert "`model_list[1].model_name`: is already" in notes
    assert "`model_list[2]`: stands a second time" in notes
    assert "`model_list[3]`: is `anthropic/claude-opus-5-5` in a group of" in notes
    assert "`router_settings.model_group_alias.a`: is already" in notes


WORDS = st.sampled_from(
    ["gpt-4o", "a b", "x/y", "ü", "", "os.environ/X", "https://h/v1", "http://[::1", "eu", "*"]
)
PLACED = st.sampled_from(
    [
        *(f"{place}/m" for place in ("openai", "azure", "azure_ai", "bedrock", "vertex_ai", "oci")),
        *(f"{place}/m" for place in ("hosted_vllm", "ollama", "groq", "xai", "nowhere", "gemini")),
        "gpt-4o",
        "bedrock/invoke/eu-west-1/global.anthropic.claude-opus-5-5",
    ]
)
PARAMETERS = st.sampled_from(
    [
        *("api_key", "api_base", "api_version", "organization", "vertex_project", "model_id"),
        *("vertex_location", "vertex_credentials", "aws_region_name", "aws_access_key_id"),
        *("aws_secret_access_key", "aws_profile_name", "tenant_id", "client_id", "rpm", "tpm"),
        *("input_cost_per_token", "oci_compartment_id", "custom_llm_provider", "odd"),
    ]
)
VALUES = WORDS | st.integers(-1, 10**6) | st.none() | st.lists(st.integers(), max_size=1)


def entry(group: str, model: str, rest: dict[str, object]) -> dict[str, object]:
    return {"model_name": group, "litellm_params": {"model": model, **rest}}


ENTRIES = st.builds(entry, WORDS, PLACED, st.dictionaries(PARAMETERS, VALUES, max_size=5))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(ENTRIES, max_size=4), st.dictionaries(WORDS, WORDS, max_size=2))
def test_whatever_is_translated_loads(
    tmp_path: Path, entries: list[dict[str, object]], aliases: dict[str, str]
) -> None:
    whole = {"model_list": entries, "router_settings": {"model_group_alias": aliases}}
    loaded(yaml.safe_dump(whole), tmp_path)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"a: [", "is not YAML at line 1"),
        (b"\xff\xfe\x00", "is not YAML"),
        (b"- a", "holds no settings"),
        (b"", "holds no settings"),
        (b"a: !!python/object:os.system {}", "is not YAML"),
        (b"#" * (DOCUMENT_BYTES_MAX + 1), "is too large"),
        (b"[" * 100_000, "is not YAML"),
    ],
)
def test_what_is_no_configuration_of_theirs_is_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(ClientFault, match=sentence):
        translated(data, "config.yaml")


def test_the_command_writes_a_file_and_never_over_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = tmp_path / "config.yaml", tmp_path / "detente.toml"
    source.write_text(COMPANY)
    assert ended(["import", "litellm", str(source)]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("# Made from config.yaml by `detente import litellm`.\n")
    assert "`guardrails`: " in err
    assert ended(["import", "litellm", str(source), "--output", str(target)]) == 0
    assert capsys.readouterr().out == ""
    assert target.read_text() == out
    assert len(load(target).world.models) == 3
    assert ended(["import", "litellm", str(source), "-o", str(target)]) == 2
    assert "file exists; choose another `--output`" in capsys.readouterr().err
    assert ended(["import", "litellm", str(tmp_path / "none.yaml")]) == 2


def test_list_prices_are_printed_as_a_configuration_takes_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["import", "genai-prices", "--provider", "bedrock", "--model", "*nova-2-lite*"]
    assert ended([*asked, "--as", "aws-east"]) == 0
    out = capsys.readouterr().out
    (tmp_path / "detente.toml").write_text(out)
    rows = load(tmp_path).configuration.prices
    assert {(r.model, r.provider, r.tier) for r in rows} == {
        ("amazon/nova-2-lite", "aws-east", "standard")
    }
    assert {r.zone for r in rows} == {"global", "!global"}
    assert all("genai-prices" in r.source for r in rows)
    assert ended([*asked, "--json"]) == 0
    assert '"provider":"bedrock"' in capsys.readouterr().out


def test_models_that_the_catalog_does_not_name_are_patterns(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert ended(["import", "genai-prices", "--provider", "perplexity", "--model", "*sonar*"]) == 0
    out, err = capsys.readouterr()
    assert 'model = "*/sonar' in out
    assert "`perplexity/sonar` is left out: it is also billed by `requests_kcount`" in err


def test_a_pattern_that_fits_nothing_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(["import", "genai-prices", "--provider", "openai", "--model", "nothing"]) == 2
    assert "has no price for model `nothing` at `openai`" in capsys.readouterr().err


@pytest.mark.parametrize(
    "case",
    [
        ("genai_prices.data", ["genai-prices"], "detente[prices]"),
        ("yaml", ["litellm", "config.yaml"], "detente[import]"),
    ],
)
def test_a_missing_extra_says_which_one_to_install(
    case: tuple[str, list[str], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    module, arguments, extra = case
    (tmp_path / "config.yaml").write_text("model_list: []")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, module, None)
    assert ended(["import", *arguments]) == 2
    assert f"install `{extra}`" in capsys.readouterr().err
