"""The 25 pairs through a real gateway: official SDKs as they are, platforms that say what they once
said.

For each platform some recorded answers and streams, evenly chosen; each is asked for by each of the
five clients. What the client tells is what the platform's own SDK tells of the recording.
"""

import sys
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3  # pyright: ignore[reportMissingTypeStubs] -- it has none
import pytest
from anthropic import Anthropic
from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs] -- as above
from google import genai
from google.genai import types
from openai import OpenAI

from detente.canonical.model import Dialect
from detente.gateway.callers.access_keys import access_key_id, secret_access_key
from tests.gateway.scripts import hashed
from tests.gateway_configuration import (
    KeyRow,
    ModelRow,
    ProviderRow,
    credential_files,
    gateway_toml,
)
from tests.gateway_process import running_gateway
from tests.pairs.alike import difference, expected
from tests.pairs.asking import (
    ask_chat,
    ask_converse,
    ask_gemini,
    ask_messages,
    ask_responses,
    stream_chat,
    stream_converse,
    stream_gemini,
    stream_messages,
    stream_responses,
)
from tests.pairs.matrix import Form, Matrix
from tests.pairs.recordings import FIVE, Recording, recordings
from tests.pairs.replayed import replaying
from tests.pairs.stage import REGIONS
from tests.pairs.told import Told

EACH = 8
"""Whole answers, and streams, of each platform; of two there are seven streams."""
SEED = 7
CLIENT_KEY = "dt-pairs-recorded-0001"
MASTER_KEY = "a master key of the tests, long enough"
TIMEOUT_S = 30.0

KINDS: dict[str, tuple[str, Dialect, str, str]] = {
    "openai_chat": ("openai", "openai_chat", "/v1", "gpt-"),
    "openai_responses": ("openai", "openai_responses", "/v1", "gpt-"),
    "anthropic_messages": ("anthropic", "anthropic_messages", "", "claude-"),
    "gemini_generate": ("gemini", "gemini_generate", "", "gemini-"),
    "bedrock_converse": ("bedrock", "bedrock_converse", "", "amazon.nova-"),
    "bedrock_invoke": ("bedrock", "anthropic_messages", "", "anthropic.claude-"),
}
"""By the provider's name: its kind, its dialect, what its address ends with, its models' names."""


def evenly(found: list[Recording]) -> list[Recording]:
    """As many as are wanted, from the first to the last."""
    count = min(EACH, len(found))
    return [found[place * len(found) // count] for place in range(count)]


def chosen() -> dict[str, Recording]:
    """The recordings, by the name that a model has them by."""
    picked: list[Recording] = []
    for dialect in FIVE:
        for stream in (False, True):
            for invoked in (False, True):
                picked += evenly(
                    [
                        one
                        for one in recordings(dialect)
                        if (one.stream, one.invoked) == (stream, invoked)
                    ]
                )
    return {f"rec-{place}": one for place, one in enumerate(picked)}


def provider_of(recording: Recording) -> str:
    return "bedrock_invoke" if recording.invoked else recording.dialect


def configuration(found: Mapping[str, Recording], origin: str) -> tuple[str, dict[str, str]]:
    """The gateway's file, and those that it refers to."""
    rows = [
        ProviderRow(
            name=name,
            kind=kind,
            base_url=origin + path,
            settings=f'dialects = ["{dialect}"]\n{REGIONS.get(kind, "")}',
        )
        for name, (kind, dialect, path, _) in KINDS.items()
    ]
    models = [
        ModelRow(
            name=f"tests/{name}",
            aliases=(name,),
            deployments=((provider_of(one), KINDS[provider_of(one)][3] + name),),
        )
        for name, one in found.items()
    ]
    text = gateway_toml(
        providers=rows, models=models, keys=[KeyRow(name="pairs", key=CLIENT_KEY)]
    ).replace("[server]\n", '[server]\nmaster_key = { file = "master" }\n', 1)
    return text, {**credential_files(rows), "master": MASTER_KEY}


@dataclass(frozen=True, kw_only=True)
class Asker:
    """One client, asked for a model's answer, whole and streamed."""

    whole: Callable[[str], Told]
    streamed: Callable[[str], Told]


@dataclass(frozen=True, kw_only=True)
class Place:
    """The running gateway's clients, and what there is to be asked for."""

    found: dict[str, Recording]
    askers: dict[Dialect, Asker]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Generator[Place]:
    found = chosen()
    folder: Path = tmp_path_factory.mktemp("pairs")
    with replaying(found, SEED) as origin:
        text, files = configuration(found, origin)
        with running_gateway(folder, text, files) as gateway:
            yield Place(found=found, askers=askers_at(gateway.base_url))


def askers_at(url: str) -> dict[Dialect, Asker]:
    """The five clients, each pointed at the gateway as its users do."""
    openai = OpenAI(base_url=f"{url}/v1", api_key=CLIENT_KEY, max_retries=0, timeout=TIMEOUT_S)
    claude = Anthropic(base_url=url, api_key=CLIENT_KEY, max_retries=0, timeout=TIMEOUT_S)
    google = genai.Client(
        api_key=CLIENT_KEY, http_options=types.HttpOptions(base_url=url, timeout=30_000)
    )
    amazon = amazon_at(url)
    return {
        "openai_chat": Asker(
            whole=lambda model: ask_chat(openai, model),
            streamed=lambda model: stream_chat(openai, model),
        ),
        "openai_responses": Asker(
            whole=lambda model: ask_responses(openai, model),
            streamed=lambda model: stream_responses(openai, model),
        ),
        "anthropic_messages": Asker(
            whole=lambda model: ask_messages(claude, model),
            streamed=lambda model: stream_messages(claude, model),
        ),
        "gemini_generate": Asker(
            whole=lambda model: ask_gemini(google, model),
            streamed=lambda model: stream_gemini(google, model),
        ),
        "bedrock_converse": Asker(
            whole=lambda model: ask_converse(amazon, model),
            streamed=lambda model: stream_converse(amazon, model),
        ),
    }


def amazon_at(url: str) -> Any:
    """Amazon's client, which signs its requests."""
    library: Any = boto3
    key = access_key_id(hashed(CLIENT_KEY))
    return library.client(
        "bedrock-runtime",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret_access_key(MASTER_KEY, key),
        config=Config(retries={"total_max_attempts": 1}, read_timeout=TIMEOUT_S),
    )


def forms(recording: Recording, client: Dialect) -> tuple[Form, ...]:
    """A whole answer to a client of its own dialect is passed on, whatever was asked for."""
    if recording.stream:
        return ("streamed",)
    return ("whole",) if recording.dialect == client else ("whole", "unstreamed")


def test_what_is_asked_for_says_something_of_everything(place: Place) -> None:
    for dialect in FIVE:
        told = [one.told for one in place.found.values() if one.dialect == dialect]
        assert sum(bool(one.text) for one in told) >= 5
        assert sum(bool(one.calls) for one in told) >= 2
        assert sum(one.usage is not None for one in told) >= 10


def test_clients_are_told_through_the_gateway_what_the_platforms_said(place: Place) -> None:
    matrix = Matrix()
    for name, recording in place.found.items():
        for client, asker in place.askers.items():
            for form in forms(recording, client):
                seen = asker.whole(name) if form == "whole" else asker.streamed(name)
                failure = difference(
                    expected(recording.told, client), seen, same=recording.dialect == client
                )
                matrix.add(recording.dialect, client, form, failure, recording.id)
    sys.stdout.write(f"\nthrough the gateway:\n{matrix}\n")
    assert matrix.failures == []
    assert len(matrix.total) >= 70
    assert matrix.total.total() >= 25 * 15
