"""The examples of the page on reaching any model from any SDK, run as they stand there."""

import re
from collections.abc import Generator
from contextlib import ExitStack

import pytest

from detente.configuration.schema import ProviderKindName, SimulatedProvider
from detente.gateway.callers.access_keys import access_key_id, secret_access_key
from detente.simulator import Simulator, SimulatorThread
from tests.gateway.scripts import hashed
from tests.gateway_configuration import (
    PROVIDER_KEY,
    KeyRow,
    ModelRow,
    ProviderRow,
    credential_files,
    gateway_toml,
)
from tests.gateway_process import running_gateway
from tests.tidy.project import ROOT

PAGE = (ROOT / "docs" / "how-to" / "reach-any-model-from-any-sdk.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "examples" / "every-client" / "detente.toml"
ADDRESS = "http://127.0.0.1:18160"
"""Where the page has its gateway."""
KEY = "dt-demo-shop"
MASTER_KEY = "a master key of the tests, long enough"
SECTIONS = dict(re.findall(r"(?ms)^#+ ([^\n]+)\n(?:(?!^#).)*?```python\n(.*?)```", PAGE))

PLACES: dict[ProviderKindName, dict[str, str]] = {
    "openai": {"gpt-4o": "gpt-4o"},
    "anthropic": {"claude-sonnet-4-5": "claude-sonnet-4-5"},
    "gemini": {"gemini-2.5-flash": "gemini-2.5-flash"},
    "bedrock": {"llama-3.3-70b": "us.meta.llama3-3-70b-instruct-v1:0"},
}
"""The models of the page by the kind of platform that has them, with their ids there."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """A gateway like the example's, on free ports."""
    with ExitStack() as stack:
        rows: list[ProviderRow] = []
        for kind, models in PLACES.items():
            simulator = Simulator(
                kind,
                models=list(models.values()),
                api_key=PROVIDER_KEY,
                behaviour=SimulatedProvider(tokens=4),
            )
            running = stack.enter_context(SimulatorThread(simulator))
            settings = 'region = "us-east-1"' if kind == "bedrock" else ""
            rows.append(
                ProviderRow(name=kind, kind=kind, base_url=running.base_url, settings=settings)
            )
        text = gateway_toml(
            providers=rows,
            models=[
                ModelRow(name=f"p/{name}", aliases=(name,), deployments=((kind, id_),))
                for kind, models in PLACES.items()
                for name, id_ in models.items()
            ],
            keys=[KeyRow(name="shop", key=KEY)],
        ).replace("[server]\n", '[server]\nmaster_key = { file = "master" }\n', 1)
        folder = tmp_path_factory.mktemp("any") / "gateway"
        files = {**credential_files(rows), "master": MASTER_KEY}
        yield stack.enter_context(running_gateway(folder, text, files)).base_url


@pytest.fixture(autouse=True)
def _keys_of_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    access_key = access_key_id(hashed(KEY))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret_access_key(MASTER_KEY, access_key))
    monkeypatch.delenv("AWS_BEARER_TOKEN_BEDROCK", raising=False)


def run(code: str, address: str) -> None:
    """The example, with the address of the test's gateway."""
    assert ADDRESS in code
    exec(compile(code.replace(ADDRESS, address), "the page", "exec"), {})


@pytest.mark.parametrize(
    "section",
    [
        "OpenAI: chat completions",
        "OpenAI: responses",
        "Anthropic",
        "Google Gen AI",
        "boto3: Converse",
    ],
)
def test_each_sdk_reaches_each_model(
    section: str, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(SECTIONS[section], address)
    told = capsys.readouterr().out.split("\n")[:-1]
    assert told == [f"{model} hello" for models in PLACES.values() for model in models]


def test_what_was_lost_is_in_a_header(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    run(SECTIONS["See what was lost"], address)
    assert capsys.readouterr().out == "seed\n"


def test_every_example_of_the_page_is_run() -> None:
    assert len(SECTIONS) == PAGE.count("```python") == 6


def test_the_page_is_about_the_shipped_example() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert f'listen = "{ADDRESS.removeprefix("http://")}"' in text
    for models in PLACES.values():
        for name, id_ in models.items():
            assert f'aliases = ["{name}"]' in text
            assert f'id = "{id_}"' in text
