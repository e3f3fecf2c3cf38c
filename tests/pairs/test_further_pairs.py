"""Clients of Cohere, Ollama and completions over the five dialects, and the other way round.

A text and a tool loop with one call, whole and streamed, by the official SDKs; then what is wrong
with a request, as those SDKs say it.
"""

import json
from collections.abc import Callable, Generator
from itertools import product
from typing import Any, Final

import cohere
import httpx
import ollama
import openai
import pytest
from cohere.errors import NotFoundError, UnauthorizedError, UnprocessableEntityError

from tests.pairs.clients import CLIENTS
from tests.pairs.cohere_talk import CohereTalk
from tests.pairs.completions_talk import CompletionsTalk
from tests.pairs.further_stage import FIVE, FURTHER, model_of, running_further_stage
from tests.pairs.ollama_talk import OllamaTalk
from tests.pairs.stage import Stage
from tests.pairs.talk import Result, Talk, Terms
from tests.pairs.told import Told

FURTHER_CLIENTS: Final[dict[str, Callable[[Terms], Talk]]] = {
    "cohere_chat": CohereTalk,
    "ollama_chat": OllamaTalk,
    "openai_completions": CompletionsTalk,
}
ALL_CLIENTS: Final = {**CLIENTS, **FURTHER_CLIENTS}
PAIRS: Final = [
    *product(FURTHER_CLIENTS, [*FIVE, *FURTHER]),
    *product(CLIENTS, FURTHER),
]
WITH_TOOLS: Final = [pair for pair in PAIRS if "openai_completions" not in pair]
TOOL: Final = "get_weather"
ARGUMENTS: Final = {"city": 'Paris "centre"', "days": [1, {"unit": "°C"}]}
STREAMS = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stage]:
    """The stage of this file, once in one process."""
    with running_further_stage(tmp_path_factory.mktemp("further") / "gateway") as running:
        yield running


def begin(
    stage: Stage, client: str, upstream: str, *, stream: bool, tools: tuple[str, ...] = ()
) -> Talk:
    model = model_of(upstream)
    terms = Terms(url=stage.url, model=model, stream=stream, tools=tools, thinks=False)
    return ALL_CLIENTS[client](terms)


def counted(told: Told) -> int:
    assert told.usage is not None
    assert told.usage.input_tokens > 0
    return told.usage.output_tokens


@STREAMS
@pytest.mark.parametrize(("client", "upstream"), PAIRS)
def test_a_text(stage: Stage, client: str, upstream: str, stream: bool) -> None:
    talk = begin(stage, client, upstream, stream=stream)
    told = talk.ask("echo déjà vu, “twice”")
    assert (told.text, told.stop) == ("déjà vu, “twice”", "end")
    assert counted(told) == len(["déjà", " vu", ",", " “", "twice", "”"])
    assert talk.heard.headers.get("x-detente-deployment", upstream).startswith(upstream)
    sent = json.loads(stage.platforms[upstream].requests[-1].body)
    assert "echo déjà vu" in json.dumps(sent, ensure_ascii=False)


@STREAMS
@pytest.mark.parametrize(("client", "upstream"), PAIRS)
def test_a_bound(stage: Stage, client: str, upstream: str, stream: bool) -> None:
    terms = Terms(
        url=stage.url,
        model=model_of(upstream),
        stream=stream,
        thinks=False,
        output_tokens=16,
        temperature=0.5,
    )
    told = ALL_CLIENTS[client](terms).ask("count to 99")
    assert (told.text.split()[-1], told.stop, counted(told)) == ("16", "length", 16)


@STREAMS
@pytest.mark.parametrize(("client", "upstream"), WITH_TOOLS)
def test_a_tool_loop(stage: Stage, client: str, upstream: str, stream: bool) -> None:
    talk = begin(stage, client, upstream, stream=stream, tools=(TOOL,))
    told = talk.ask(f"{TOOL} {json.dumps(ARGUMENTS)} and report")
    assert told.stop == "tool_calls"
    assert [(name, arguments) for _, name, arguments in told.calls] == [(TOOL, ARGUMENTS)]
    final = talk.give([(told.calls[0][0], TOOL, Result(text="sunny"))])
    said, _, report = final.text.partition("\n")
    assert (said, final.stop) == ("The tool says: sunny", "end")
    (result,) = json.loads(report)
    assert (result["name"], result["text"]) == (TOOL, "sunny")
    assert counted(final) > 0


def said(status: Any, message: str) -> tuple[int, str]:
    return int(status), message


def cohere_error(stage: Stage, key: str, model: str, text: str) -> tuple[int, str]:
    client = cohere.ClientV2(api_key=key, base_url=stage.url, max_retries=0, timeout=10)
    content: Any = text
    with pytest.raises((UnauthorizedError, NotFoundError, UnprocessableEntityError)) as found:
        client.chat(
            model=model,
            messages=[cohere.UserChatMessageV2(content=content)],
            safety_mode="STRICT" if text == "lossy" else None,
        )
    return said(found.value.status_code, found.value.body["message"])


def ollama_error(stage: Stage, key: str, model: str, text: str) -> tuple[int, str]:
    headers = {"authorization": f"Bearer {key}"}
    if text == "lossy":
        headers["x-detente-on-loss"] = "refuse"
    client = ollama.Client(host=stage.url, headers=headers, timeout=10)
    with pytest.raises(ollama.ResponseError) as found:
        client.chat(  # pyright: ignore[reportUnknownMemberType] - functions of any type are tools
            model=model,
            messages=[ollama.Message(role="user", content=text)],
            options={"mirostat": 1},
        )
    return said(found.value.status_code, found.value.error)


def completions_error(stage: Stage, key: str, model: str, text: str) -> tuple[int, str]:
    client = openai.OpenAI(api_key=key, base_url=stage.url + "/v1", max_retries=0, timeout=10)
    with pytest.raises(openai.APIStatusError) as found:
        client.completions.create(
            model=model, prompt="hi", suffix="!" if text == "lossy" else openai.omit
        )
    return said(found.value.status_code, found.value.message)


ERRORS: Final = {
    "cohere_chat": cohere_error,
    "ollama_chat": ollama_error,
    "openai_completions": completions_error,
}


@pytest.mark.parametrize("client", ERRORS)
def test_errors_are_the_clients_own(stage: Stage, client: str) -> None:
    raised, key = ERRORS[client], Terms(url="", model="").key
    model = model_of("anthropic_messages")
    status, message = raised(stage, "dt-wrong", model, "hi")
    assert (status, "key" in message) == (401, True)
    status, message = raised(stage, key, "no-such-model", "hi")
    assert (status, "no-such-model" in message) == (404, True)
    before = stage.platforms["anthropic_messages"].gauge.requests
    status, message = raised(stage, key, model, "lossy")
    assert (status, "without loss" in message) == (422, True)
    assert stage.platforms["anthropic_messages"].gauge.requests == before


def test_models_are_listed_as_each_client_reads_them(stage: Stage) -> None:
    key, wanted = Terms(url="", model="").key, model_of("anthropic_messages")
    headers = {"authorization": f"Bearer {key}"}
    local = ollama.Client(host=stage.url, headers=headers, timeout=10)
    assert wanted in [model.model for model in local.list().models]
    assert local.show(wanted).details is not None
    with pytest.raises(ollama.ResponseError) as unknown:
        local.show("no-such-model")
    assert unknown.value.status_code == 404
    client = cohere.Client(api_key=key, base_url=stage.url, max_retries=0, timeout=10)
    assert wanted in [model.name for model in client.models.list().models]
    assert client.models.get(wanted).name == wanted
    with pytest.raises(NotFoundError):
        client.models.get("no-such-model")
    version = httpx.get(stage.url + "/api/version", headers=headers)
    assert (version.status_code, list(version.json())) == (200, ["version"])
    nobody = httpx.get(stage.url + "/api/tags")
    assert (nobody.status_code, isinstance(nobody.json()["error"], str)) == (401, True)
