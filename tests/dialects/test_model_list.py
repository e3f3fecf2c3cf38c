"""Lists of models as the official clients read them."""

from datetime import UTC, datetime

import anthropic
import httpx2
import openai

from detente.dialects import ListedModel, model_body, models_body
from tests.dialects.gemini_generate.sdk import client_of

GPT = ListedModel(id="openai/gpt-4", publisher="openai", released=datetime(2023, 3, 14, tzinfo=UTC))
HOME = ListedModel(id="shop/home-grown", publisher="shop")


def http(body: bytes) -> httpx2.Client:
    headers = {"content-type": "application/json"}
    return httpx2.Client(
        transport=httpx2.MockTransport(
            lambda _: httpx2.Response(200, content=body, headers=headers)
        )
    )


def test_openai_reads_the_list() -> None:
    client = openai.OpenAI(api_key="k", http_client=http(models_body((GPT, HOME), anthropic=False)))
    found = list(client.models.list())
    assert [(m.id, m.owned_by, m.created) for m in found] == [
        ("openai/gpt-4", "openai", 1678752000),
        ("shop/home-grown", "shop", 0),
    ]


def test_anthropic_reads_the_list() -> None:
    body = models_body((GPT, HOME), anthropic=True)
    client = anthropic.Anthropic(api_key="k", http_client=http(body))
    found = list(client.models.list())
    assert [(m.id, m.display_name) for m in found] == [(m, m) for m in (GPT.id, HOME.id)]
    assert found[0].created_at == GPT.released


def test_an_empty_list() -> None:
    client = anthropic.Anthropic(api_key="k", http_client=http(models_body((), anthropic=True)))
    assert list(client.models.list()) == []


def test_one_model() -> None:
    plain = openai.OpenAI(api_key="k", http_client=http(model_body(GPT, anthropic=False)))
    claude = anthropic.Anthropic(api_key="k", http_client=http(model_body(GPT, anthropic=True)))
    assert plain.models.retrieve("openai/gpt-4").id == "openai/gpt-4"
    assert claude.models.retrieve("openai/gpt-4").id == "openai/gpt-4"


def test_googles_client_lists_and_gets_models() -> None:
    client, wire = client_of(models_body((GPT, HOME), google=True))
    assert [model.name for model in client.models.list()] == [
        "models/openai/gpt-4",
        "models/shop/home-grown",
    ]
    wire.answer = model_body(GPT, google=True)
    model = client.models.get(model="openai/gpt-4")
    assert (model.name, model.display_name) == ("models/openai/gpt-4", "openai/gpt-4")
    assert model.supported_actions is not None
    assert "generateContent" in model.supported_actions
