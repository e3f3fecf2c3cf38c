"""One gateway before the platforms of the further dialects and those of the five, for every client.

Beside `stage.py`, which has the five alone: here are Cohere, Ollama and a platform that only
completes, and the embeddings of five platforms.

>>> with running_further_stage(folder) as stage:
...     CohereTalk(Terms(url=stage.url, model=model_of("anthropic_messages"), thinks=False))
"""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from detente.configuration.schema import SimulatedProvider
from detente.simulator import Simulator, SimulatorThread
from tests.gateway_configuration import (
    PROVIDER_KEY,
    KeyRow,
    ModelRow,
    ProviderRow,
    credential_files,
    gateway_toml,
)
from tests.gateway_process import running_gateway
from tests.pairs.converse_talk import MASTER_KEY
from tests.pairs.stage import CLAUDE_ON_BEDROCK, REGIONS, Stage, Upstream
from tests.pairs.talk import CLIENT_KEY

FIVE: Final[dict[str, Upstream]] = {
    "openai_chat": Upstream("openai", "openai_chat", "gpt-5.1"),
    "openai_responses": Upstream("openai", "openai_responses", "gpt-5.1"),
    "anthropic_messages": Upstream("anthropic", "anthropic_messages", "claude-sonnet-4-5"),
    "gemini_generate": Upstream("gemini", "gemini_generate", "gemini-2.5-flash"),
    "bedrock_converse": Upstream("bedrock", "bedrock_converse", CLAUDE_ON_BEDROCK),
}
FURTHER: Final[dict[str, Upstream]] = {
    "cohere_chat": Upstream("cohere", "cohere_chat", "command-a-03-2025"),
    "ollama_chat": Upstream("ollama", "ollama_chat", "llama3.1"),
    "openai_completions": Upstream("openai", "openai_completions", "gpt-3.5-turbo-instruct"),
}
EMBEDDERS: Final[dict[str, Upstream]] = {
    "openai_embeddings": Upstream("openai", "openai_embeddings", "text-embedding-3-small"),
    "google_embeddings": Upstream("gemini", "gemini_embeddings", "gemini-embedding-001"),
    "bedrock_titan": Upstream("bedrock", "bedrock_embeddings", "amazon.titan-embed-text-v2:0"),
    "bedrock_cohere": Upstream("bedrock", "bedrock_embeddings", "cohere.embed-english-v3"),
    "cohere_embeddings": Upstream("cohere", "cohere_embeddings", "embed-v4.0"),
    "ollama_embeddings": Upstream("ollama", "ollama_embeddings", "nomic-embed-text"),
}
"""The providers by their names."""

UPSTREAMS: Final = {**FIVE, **FURTHER, **EMBEDDERS}


def model_of(upstream: str) -> str:
    """The name of the model that this one serves."""
    return f"f-{upstream}"


def gemini_of(upstream: str) -> str:
    """Another name of it, by which Google's client takes it for one of its newer models."""
    return f"gemini-embedding-by-{upstream}"


@contextmanager
def running_further_stage(folder: Path) -> Generator[Stage]:
    """Everything running; stopped at the end."""
    with ExitStack() as stack:
        platforms: dict[str, SimulatorThread] = {}
        for name, upstream in UPSTREAMS.items():
            simulator = Simulator(
                upstream.kind,
                models=[upstream.id],
                api_key=PROVIDER_KEY,
                behaviour=SimulatedProvider(tokens=6),
            )
            platforms[name] = stack.enter_context(SimulatorThread(simulator))
        rows = [
            ProviderRow(
                name=name,
                kind=upstream.kind,
                base_url=platforms[name].base_url,
                settings=f'dialects = ["{upstream.dialect}"]\nhost = "tests"\n'
                + REGIONS.get(upstream.kind, ""),
            )
            for name, upstream in UPSTREAMS.items()
        ]
        models = [
            ModelRow(
                name=f"tests/{name}",
                aliases=(model_of(name), gemini_of(name)),
                deployments=((name, upstream.id),),
            )
            for name, upstream in UPSTREAMS.items()
        ]
        text = gateway_toml(
            providers=rows,
            models=models,
            keys=[KeyRow(name="further", key=CLIENT_KEY)],
        ).replace("[server]\n", '[server]\nmaster_key = { file = "master" }\n', 1)
        files = {**credential_files(rows), "master": MASTER_KEY}
        gateway = stack.enter_context(running_gateway(folder, text, files))
        yield Stage(gateway=gateway, platforms=platforms)
