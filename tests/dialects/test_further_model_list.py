"""Lists of models as Cohere's and Ollama's clients read them."""

from datetime import UTC, datetime

import cohere
import ollama
import pytest
from cohere.core.unchecked_base_model import construct_type

from detente.canonical.failure import ClientFault
from detente.dialects import (
    ListedModel,
    cohere_model,
    cohere_models,
    model_to_show,
    ollama_model,
    ollama_models,
    ollama_version,
)
from detente.dialects._codec.fields import read_object

GPT = ListedModel(id="openai/gpt-4", publisher="openai", released=datetime(2023, 3, 14, tzinfo=UTC))
HOME = ListedModel(id="shop/home-grown", publisher="shop")


def test_cohere_reads_the_list_and_one_model() -> None:
    found = construct_type(
        type_=cohere.ListModelsResponse, object_=read_object(cohere_models((GPT, HOME)))
    )
    assert isinstance(found, cohere.ListModelsResponse)
    assert [model.name for model in found.models] == [GPT.id, HOME.id]
    one = construct_type(type_=cohere.GetModelResponse, object_=read_object(cohere_model(GPT)))
    assert isinstance(one, cohere.GetModelResponse)
    assert (one.name, one.is_deprecated) == (GPT.id, False)


def test_ollama_reads_the_list_and_one_model() -> None:
    found = ollama.ListResponse.model_validate_json(ollama_models((GPT, HOME)))
    assert [(model.model, model.modified_at) for model in found.models] == [
        (GPT.id, GPT.released),
        (HOME.id, datetime(1970, 1, 1, tzinfo=UTC)),
    ]
    one = ollama.ShowResponse.model_validate_json(ollama_model(GPT))
    assert one.details is not None
    assert (one.details.family, one.modified_at) == ("openai", GPT.released)
    assert one.capabilities == ["completion", "tools"]


def test_versions_are_numbers_with_dots() -> None:
    version = read_object(ollama_version())["version"]
    assert isinstance(version, str)
    assert [part.isdigit() for part in version.split(".")] == [True] * 3


@pytest.mark.parametrize("word", ["model", "name"])
def test_which_model_to_show(word: str) -> None:
    assert model_to_show(b'{"%b": "m"}' % word.encode()) == "m"


@pytest.mark.parametrize("body", [b"", b"[]", b'{"model": 1}'])
def test_what_names_no_model(body: bytes) -> None:
    with pytest.raises(ClientFault):
        model_to_show(body)
