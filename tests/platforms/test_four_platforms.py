"""One model on four platforms: each serves the client's request in turn as the others refuse."""

from collections.abc import Generator
from contextlib import ExitStack
from typing import Protocol

import anthropic
import msgspec
import openai
import pytest

from detente.configuration.schema import ProviderKindName, SimulatedProvider
from detente.simulator import Simulator, SimulatorThread, Status
from tests.gateway_configuration import (
    PROVIDER_KEY,
    KeyRow,
    ModelRow,
    ProviderRow,
    credential_files,
    gateway_toml,
)
from tests.gateway_process import running_gateway
from tests.platforms.matrix import SETTINGS

CLIENT_KEY = "dt-four-0001"
QUESTION = "echo hello there"
REFUSALS = (429, 503, 429)
GPT: dict[ProviderKindName, str] = {
    "openai": "gpt-oss-120b",
    "azure": "gpt-prod",
    "bedrock": "openai.gpt-oss-120b-1:0",
    "vertex": "gpt-oss-120b-maas",
}
CLAUDE: dict[ProviderKindName, str] = {
    "anthropic": "claude-opus-4-5",
    "bedrock": "eu.anthropic.claude-opus-4-5-v1:0",
    "vertex": "claude-opus-4-5@20251101",
    "foundry": "claude-prod",
}


class Ask(Protocol):
    """One client's way to ask: the text, who said it, in which try."""

    def __call__(self, stage: "Stage", *, streamed: bool) -> tuple[str, str, str]: ...


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """The gateway and all platforms of both models."""

    url: str
    platforms: dict[ProviderKindName, SimulatorThread]

    def refuse(self, kinds: tuple[ProviderKindName, ...]) -> None:
        """The next request at each of `kinds` is refused, and nothing else was scripted."""
        for platform in self.platforms.values():
            platform.reset()
        for kind, status in zip(kinds, REFUSALS, strict=False):
            self.platforms[kind].script(Status(status=status))


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stage]:
    kinds = dict.fromkeys((*GPT, *CLAUDE))
    with ExitStack() as stack:
        platforms: dict[ProviderKindName, SimulatorThread] = {}
        for kind in kinds:
            models = [names[kind] for names in (GPT, CLAUDE) if kind in names]
            behaviour = SimulatedProvider(tokens=6)
            simulator = Simulator(kind, models=models, api_key=PROVIDER_KEY, behaviour=behaviour)
            platforms[kind] = stack.enter_context(SimulatorThread(simulator))
        rows = [
            ProviderRow(
                name=kind,
                kind=kind,
                base_url=platforms[kind].base_url,
                settings=SETTINGS.get(kind, ""),
            )
            for kind in kinds
        ]
        text = gateway_toml(
            providers=rows,
            models=[
                ModelRow(name="openai/gpt-oss-120b", deployments=tuple(GPT.items())),
                ModelRow(name="anthropic/claude-opus-4-5", deployments=tuple(CLAUDE.items())),
            ],
            keys=[KeyRow(name="four", key=CLIENT_KEY)],
        )
        folder = tmp_path_factory.mktemp("four") / "gateway"
        gateway = stack.enter_context(running_gateway(folder, text, credential_files(rows)))
        yield Stage(url=gateway.base_url, platforms=platforms)


def chat(stage: Stage, *, streamed: bool) -> tuple[str, str, str]:
    """What OpenAI's client is told by `chat.completions`: the text, who said it, in which try."""
    client = openai.OpenAI(base_url=f"{stage.url}/v1", api_key=CLIENT_KEY, max_retries=0)
    raw = client.chat.completions.with_raw_response.create(
        model="openai/gpt-oss-120b",
        messages=[{"role": "user", "content": QUESTION}],
        stream=streamed,
    )
    answer = raw.parse()
    if isinstance(answer, openai.Stream):
        pieces = [piece.choices[0].delta.content or "" for piece in answer if piece.choices]
        text = "".join(pieces)
    else:
        text = answer.choices[0].message.content or ""
    return text, raw.headers["x-detente-deployment"], raw.headers["x-detente-attempts"]


def responses(stage: Stage, *, streamed: bool) -> tuple[str, str, str]:
    """The same of `responses`."""
    client = openai.OpenAI(base_url=f"{stage.url}/v1", api_key=CLIENT_KEY, max_retries=0)
    raw = client.responses.with_raw_response.create(
        model="openai/gpt-oss-120b", input=QUESTION, stream=streamed
    )
    answer = raw.parse()
    if isinstance(answer, openai.Stream):
        text = "".join(
            event.delta for event in answer if event.type == "response.output_text.delta"
        )
    else:
        text = answer.output_text
    return text, raw.headers["x-detente-deployment"], raw.headers["x-detente-attempts"]


def messages(stage: Stage, *, streamed: bool) -> tuple[str, str, str]:
    """The same of Anthropic's client."""
    client = anthropic.Anthropic(base_url=stage.url, api_key=CLIENT_KEY, max_retries=0)
    raw = client.messages.with_raw_response.create(
        model="anthropic/claude-opus-4-5",
        max_tokens=50,
        messages=[{"role": "user", "content": QUESTION}],
        stream=streamed,
    )
    answer = raw.parse()
    if isinstance(answer, anthropic.Stream):
        text = "".join(
            event.delta.text
            for event in answer
            if event.type == "content_block_delta" and event.delta.type == "text_delta"
        )
    else:
        text = "".join(block.text for block in answer.content if block.type == "text")
    return text, raw.headers["x-detente-deployment"], raw.headers["x-detente-attempts"]


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize(
    ("ask", "ids"),
    [(chat, GPT), (responses, GPT), (messages, CLAUDE)],
    ids=["gpt by chat", "gpt by responses", "claude by messages"],
)
def test_each_serves_as_the_others_refuse(
    stage: Stage, ask: Ask, ids: dict[ProviderKindName, str], *, place: int, streamed: bool
) -> None:
    serving = list(ids)[place]
    stage.refuse(tuple(kind for kind in ids if kind != serving))
    text, deployment, attempts = ask(stage, streamed=streamed)
    assert text == "hello there"
    assert deployment == f"{serving}/{ids[serving]}"
    asked = {kind: len(found.requests) for kind, found in stage.platforms.items()}
    assert asked[serving] == 1
    assert sum(asked.values()) == int(attempts)
    assert max(asked.values()) == 1


def test_all_refuse(stage: Stage) -> None:
    """Then the client is told so, once, and by all four it was tried."""
    stage.refuse(tuple(CLAUDE))
    stage.platforms["foundry"].script(Status(status=429))
    with pytest.raises(anthropic.RateLimitError) as caught:
        messages(stage, streamed=False)
    assert caught.value.response.headers["x-detente-attempts"] == "4"
    assert all(len(stage.platforms[kind].requests) == 1 for kind in CLAUDE)
