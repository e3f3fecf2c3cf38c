"""A real engine behind the gateway: its tokens, its streams, its death.

Nobody here wrote llama.cpp's server, so what passes through is not our own idea of a protocol.
Runs where the optional runtime and model are installed; in continuous integration they are.
"""

import importlib
import os
import subprocess
from collections.abc import Generator, Iterator
from pathlib import Path

import anthropic
import openai
import pytest
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

from detente.canonical.failure import ClientFault
from detente.demo import local_model as module
from detente.demo.examples import examples_folder
from detente.demo.local_model import addition, local_model, model_file
from detente.demo.stage import Stage, staged
from detente.demo.story import VISITOR
from detente.demo.told import REQUEST_ID, read_ledger

DATE = {"x-detente-at": "2026-06-05"}
CAPITAL = "Name the capital of France."
MODEL = "smollm2"


def needs_model() -> None:
    """Skips where the optional parts are absent, fails there in continuous integration."""
    try:
        importlib.import_module(module.RUNTIME)
    except ImportError as error:
        reason = f"no runtime for the real model ({error}); `make test` installs it"
    else:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stage]:
    needs_model()
    folder = tmp_path_factory.mktemp("stage")
    with (
        local_model() as address,
        staged(examples_folder() / "openai-microsoft", folder, addition(address)) as running,
    ):
        yield running


@pytest.fixture
def client(stage: Stage) -> Generator[openai.OpenAI]:
    with openai.OpenAI(
        base_url=f"{stage.base_url}/v1",
        api_key=VISITOR,
        max_retries=0,
        default_headers=DATE,
        http_client=openai.DefaultHttpxClient(trust_env=False),
    ) as found:
        yield found


def messages() -> list[ChatCompletionMessageParam]:
    return [{"role": "user", "content": CAPITAL}]


def test_a_real_answer_is_relayed_and_settled(stage: Stage, client: openai.OpenAI) -> None:
    raw = client.chat.completions.with_raw_response.create(
        model=MODEL, messages=messages(), temperature=0, max_tokens=24
    )
    answer = raw.parse()
    assert "Paris" in (answer.choices[0].message.content or "")
    entry, decision = read_ledger(stage.ledger, raw.headers[REQUEST_ID])
    assert decision.clauses == ("self-hosted/licence", "self-hosted/installed")
    assert entry.deployment == "self-hosted/smollm2-135m-instruct"
    assert entry.usage is not None
    assert answer.usage is not None
    assert entry.usage.input_tokens == answer.usage.prompt_tokens
    assert entry.usage.output_tokens == answer.usage.completion_tokens
    assert not entry.usage.estimated


def test_a_real_stream_is_relayed_and_settled(stage: Stage, client: openai.OpenAI) -> None:
    with client.chat.completions.with_streaming_response.create(
        model=MODEL, messages=messages(), temperature=0, max_tokens=24, stream=True
    ) as raw:
        chunks = list(raw.parse())
        request = raw.headers[REQUEST_ID]
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert "Paris" in text
    # The gateway asked for usage, which this client did not: it is settled, and hidden.
    assert all(chunk.usage is None for chunk in chunks)
    entry, _ = read_ledger(stage.ledger, request)
    assert entry.usage is not None
    assert entry.usage.output_tokens > 0
    assert not entry.usage.estimated


def test_the_same_engine_speaks_anthropics_dialect(stage: Stage) -> None:
    with anthropic.Anthropic(
        base_url=stage.base_url,
        api_key=VISITOR,
        max_retries=0,
        default_headers=DATE,
        http_client=anthropic.DefaultHttpxClient(trust_env=False),
    ) as client:
        raw = client.messages.with_raw_response.create(
            model=MODEL,
            messages=[{"role": "user", "content": "Name the capital of Italy."}],
            extra_body={"temperature": 0},
            max_tokens=24,
        )
    answer = raw.parse()
    text = "".join(block.text for block in answer.content if block.type == "text")
    assert "Rome" in text
    entry, _ = read_ledger(stage.ledger, raw.headers[REQUEST_ID])
    assert entry.upstream_dialect == "anthropic_messages"
    assert entry.usage is not None
    assert entry.usage.output_tokens == answer.usage.output_tokens


def has_text(chunk: ChatCompletionChunk) -> bool:
    return bool(chunk.choices and chunk.choices[0].delta.content)


def drained(stream: Iterator[ChatCompletionChunk]) -> tuple[int, openai.APIError | None]:
    """How many more pieces of text came, and the error that ended the stream."""
    count = 0
    try:
        for chunk in stream:
            count += has_text(chunk)
    except openai.APIError as error:
        return count, error
    return count, None


def test_a_runtime_that_does_not_load_is_told_with_the_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs_model()
    (tmp_path / f"{module.RUNTIME}.py").write_text('raise ImportError("libgomp.so.1: no file")')
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{os.environ['PYTHONPATH']}")
    with (
        pytest.raises(ClientFault, match=r"does not load \(libgomp.so.1: no file\); install"),
        local_model(),
    ):
        raise AssertionError("it loaded")


def test_a_real_engine_killed_in_mid_stream_ends_the_stream_and_is_settled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs_model()
    started: list[subprocess.Popen[bytes]] = []

    class Recorded(subprocess.Popen[bytes]):
        """Remembers what was started, so that the test can kill exactly that."""

        def __init__(self, *arguments: object, **options: object) -> None:
            super().__init__(*arguments, **options)  # pyright: ignore[reportArgumentType, reportCallIssue] - as given
            started.append(self)

    monkeypatch.setattr(module.subprocess, "Popen", Recorded)
    with (
        local_model() as address,
        staged(examples_folder() / "openai-microsoft", tmp_path, addition(address)) as stage,
        openai.OpenAI(
            base_url=f"{stage.base_url}/v1",
            api_key=VISITOR,
            max_retries=0,
            default_headers=DATE,
            http_client=openai.DefaultHttpxClient(trust_env=False),
        ) as client,
    ):
        engine = started[0]
        with client.chat.completions.with_streaming_response.create(
            model=MODEL,
            messages=[{"role": "user", "content": "Write a very long story about a river."}],
            max_tokens=3000,
            stream=True,
        ) as raw:
            stream = raw.parse()
            request = raw.headers[REQUEST_ID]
            seen = 0
            while seen < 5:
                seen += has_text(next(stream))
            engine.kill()
            rest, error = drained(stream)
            seen += rest
            assert isinstance(error, openai.APIError)
        entry, _ = read_ledger(stage.ledger, request)
    assert entry.outcome == "failed"
    assert entry.usage is not None
    assert entry.usage.estimated
    assert abs(entry.usage.output_tokens - seen) <= 1


def test_the_model_s_file_is_found_without_importing_its_package() -> None:
    needs_model()
    assert model_file().suffix == ".gguf"
    assert model_file().is_file()


@pytest.mark.parametrize(
    ("name", "words"), [("RUNTIME", "no runtime"), ("MODEL_PACKAGE", "no model file")]
)
def test_what_is_not_installed_is_named_with_its_cure(
    name: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "MODEL_PACKAGE":
        monkeypatch.setattr(module, "RUNTIME", "json")
    monkeypatch.setattr(module, name, "no_such_package_anywhere")
    with pytest.raises(ClientFault, match=words):
        model_file()
