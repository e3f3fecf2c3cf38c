"""Embeddings by every official client over every platform that embeds: the vectors are the same.

A simulated vector depends on nothing but the platform's model, the text and the length, so that
what a client gets is known beforehand.
"""

# pyright: reportUnknownMemberType=false
# Google's client names the types of an optional library that is not installed.

import json
from collections.abc import Callable, Generator, Sequence
from itertools import product
from typing import Any, Final

import boto3  # pyright: ignore[reportMissingTypeStubs] - it has none
import cohere
import ollama
import openai
import pytest
from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs] - as above
from google import genai
from google.genai import types
from google.oauth2.credentials import Credentials

from detente.gateway.callers.access_keys import access_key_id, secret_access_key
from detente.simulator.dialects.embeddings import vector
from tests.gateway.scripts import hashed
from tests.pairs.converse_talk import MASTER_KEY
from tests.pairs.further_stage import EMBEDDERS, gemini_of, model_of, running_further_stage
from tests.pairs.stage import Stage
from tests.pairs.talk import CLIENT_KEY

LENGTH: Final = 512
TEXTS: Final = ("what is déjà vu?", "a second text")
ONE_AT_A_TIME: Final = "bedrock_titan"
"""A platform, and a client, that embeds one text a call."""

UNCOUNTED: Final = "bedrock_cohere"
"""A platform whose answers say nothing of tokens in their bodies."""

Vectors = list[list[float]]
Embed = Callable[[str, str, Sequence[str]], Vectors]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stage]:
    """The stage of this file, once in one process."""
    with running_further_stage(tmp_path_factory.mktemp("embeddings") / "gateway") as running:
        yield running


def by_openai(url: str, model: str, texts: Sequence[str]) -> Vectors:
    """In base64, which this client asks for unless told otherwise."""
    client = openai.OpenAI(base_url=url + "/v1", api_key=CLIENT_KEY, max_retries=0, timeout=20)
    found = client.embeddings.create(model=model, input=list(texts), dimensions=LENGTH)
    assert [one.index for one in found.data] == list(range(len(texts)))
    assert (found.usage.prompt_tokens > 0) is (model != model_of(UNCOUNTED))
    return [one.embedding for one in found.data]


def by_openai_in_numbers(url: str, model: str, texts: Sequence[str]) -> Vectors:
    client = openai.OpenAI(base_url=url + "/v1", api_key=CLIENT_KEY, max_retries=0, timeout=20)
    found = client.embeddings.create(
        model=model, input=list(texts), dimensions=LENGTH, encoding_format="float"
    )
    return [one.embedding for one in found.data]


def by_google(url: str, model: str, texts: Sequence[str]) -> Vectors:
    options = types.HttpOptions(base_url=url, timeout=20_000)
    return _google(genai.Client(api_key=CLIENT_KEY, http_options=options), model, texts)


def by_vertex(url: str, model: str, texts: Sequence[str]) -> Vectors:
    client = genai.Client(
        vertexai=True,
        project="p",
        location="europe-west4",
        credentials=Credentials(CLIENT_KEY),
        http_options=types.HttpOptions(base_url=url, timeout=20_000),
    )
    return _google(client, model, texts)


def _google(client: genai.Client, model: str, texts: Sequence[str]) -> Vectors:
    config = types.EmbedContentConfig(output_dimensionality=LENGTH)
    contents: Any = list(texts)
    found = client.models.embed_content(model=model, contents=contents, config=config)
    return [one.values or [] for one in found.embeddings or ()]


def by_cohere(url: str, model: str, texts: Sequence[str]) -> Vectors:
    client = cohere.ClientV2(api_key=CLIENT_KEY, base_url=url, max_retries=0, timeout=20)
    found = client.embed(
        model=model,
        texts=list(texts),
        input_type="search_document",
        embedding_types=["float"],
        output_dimension=LENGTH,
    )
    assert found.texts == list(texts)
    return found.embeddings.float_ or []


def by_ollama(url: str, model: str, texts: Sequence[str]) -> Vectors:
    headers = {"authorization": f"Bearer {CLIENT_KEY}"}
    client = ollama.Client(host=url, headers=headers, timeout=20)
    found = client.embed(model=model, input=list(texts), dimensions=LENGTH)
    assert found.prompt_eval_count is not None
    return [list(one) for one in found.embeddings]


def by_titan(url: str, model: str, texts: Sequence[str]) -> Vectors:
    (text,) = texts
    found = _invoke(url, model, {"inputText": text, "dimensions": LENGTH})
    assert found["embedding"] == found.get("embeddingsByType", {}).get("float", found["embedding"])
    return [found["embedding"]]


def by_cohere_on_bedrock(url: str, model: str, texts: Sequence[str]) -> Vectors:
    body = {
        "texts": list(texts),
        "input_type": "search_document",
        "embedding_types": ["float"],
        "output_dimension": LENGTH,
    }
    return _invoke(url, model, body)["embeddings"]["float"]


def _invoke(url: str, model: str, body: dict[str, Any]) -> Any:
    connect: Any = vars(boto3)["client"]
    access_key = access_key_id(hashed(CLIENT_KEY))
    client = connect(
        "bedrock-runtime",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_access_key(MASTER_KEY, access_key),
        config=Config(retries={"total_max_attempts": 1}, read_timeout=20),
    )
    return json.loads(client.invoke_model(modelId=model, body=json.dumps(body))["body"].read())


CLIENTS: Final[dict[str, Embed]] = {
    "openai": by_openai,
    "openai_numbers": by_openai_in_numbers,
    "google": by_google,
    "vertex": by_vertex,
    "cohere": by_cohere,
    "ollama": by_ollama,
    "bedrock_titan": by_titan,
    "bedrock_cohere": by_cohere_on_bedrock,
}


@pytest.mark.parametrize(("client", "upstream"), product(CLIENTS, EMBEDDERS))
def test_vectors_are_the_platforms_own(stage: Stage, client: str, upstream: str) -> None:
    texts = TEXTS[:1] if ONE_AT_A_TIME in (client, upstream) else TEXTS
    found = CLIENTS[client](stage.url, model_of(upstream), texts)
    assert found == [vector(EMBEDDERS[upstream].id, text, LENGTH) for text in texts]


@pytest.mark.parametrize("upstream", EMBEDDERS)
def test_googles_newer_models_are_asked_by_embed_content(stage: Stage, upstream: str) -> None:
    """By another operation, that is, of which no platform behind the gateway is asked."""
    expected = [vector(EMBEDDERS[upstream].id, TEXTS[0], LENGTH)]
    for ask in (by_google, by_vertex):
        assert ask(stage.url, gemini_of(upstream), TEXTS[:1]) == expected
    if upstream == "google_embeddings":
        sent = [one.path for one in stage.platforms[upstream].requests[-2:]]
        assert {path.partition(":")[2] for path in sent} == {"batchEmbedContents"}


def test_texts_that_a_platform_takes_one_at_a_time_are_not_dropped(stage: Stage) -> None:
    before = stage.platforms[ONE_AT_A_TIME].gauge.requests
    with pytest.raises(openai.UnprocessableEntityError, match="one input a call"):
        by_openai(stage.url, model_of(ONE_AT_A_TIME), TEXTS)
    assert stage.platforms[ONE_AT_A_TIME].gauge.requests == before


def test_ollamas_older_form(stage: Stage) -> None:
    headers = {"authorization": f"Bearer {CLIENT_KEY}"}
    client = ollama.Client(host=stage.url, headers=headers, timeout=20)
    for upstream in ("ollama_embeddings", "openai_embeddings"):
        found = client.embeddings(model=model_of(upstream), prompt=TEXTS[0]).embedding
        assert list(found) == vector(EMBEDDERS[upstream].id, TEXTS[0], len(found))
