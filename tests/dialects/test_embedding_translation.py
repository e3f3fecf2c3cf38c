"""Embeddings on their way out and back: as conversations, without streams and memory."""

import json

import pytest

from detente.canonical.failure import ClientFault, ProviderFault
from detente.dialects import EMBEDDING_CODECS, embedding_codec_of
from detente.dialects.codec import Reply, Target
from detente.dialects.embedding_codec import EmbeddingCodec
from detente.dialects.embedding_translation import EmbeddingOutgoing, EmbeddingTranslation
from detente.dialects.matrix import Column, sampled

NAMES = [codec.name for codec in EMBEDDING_CODECS]


def codec(name: str) -> EmbeddingCodec:
    (found,) = [one for one in EMBEDDING_CODECS if one.name == name]
    return found


def sent(client: str, upstream: str, body: dict[str, object]) -> EmbeddingOutgoing:
    translation = EmbeddingTranslation(codec(client), json.dumps(body).encode(), model="asked")
    return translation.encoded_for(codec(upstream), Target(model="theirs"))


def test_the_request_goes_out_and_the_answer_comes_back() -> None:
    out = sent("openai_embeddings", "cohere_embeddings", {"model": "m", "input": ["a", "b"]})
    assert json.loads(out.body)["texts"] == ["a", "b"]
    assert json.loads(out.body)["model"] == "theirs"
    answer = {
        "id": "1",
        "embeddings": {"float": [[0.5], [0.25]]},
        "texts": ["a", "b"],
        "meta": {"billed_units": {"input_tokens": 2}},
    }
    told = out.answer(json.dumps(answer).encode(), Reply(request_id="r"))
    body = json.loads(told.body)
    assert [one["embedding"] for one in body["data"]] == [[0.5], [0.25]]
    assert body["usage"] == {"prompt_tokens": 2, "total_tokens": 2}
    assert told.usage is not None
    assert told.usage.input_tokens == 2
    assert told.memory is None


def test_the_answer_is_in_the_form_that_the_client_asked_for() -> None:
    asked: dict[str, object] = {"model": "m", "input": "a", "encoding_format": "base64"}
    out = sent("openai_embeddings", "ollama_embeddings", asked)
    answer = {"model": "m", "embeddings": [[1.0, -0.5]], "prompt_eval_count": 1}
    told = json.loads(out.answer(json.dumps(answer).encode(), Reply()).body)
    assert told["data"][0]["embedding"] == "AACAPwAAAL8="


def test_an_answer_repeats_the_texts_of_the_client_not_of_a_form_of_them() -> None:
    asked, form = (
        EmbeddingTranslation(codec("cohere_embeddings"), json.dumps(body).encode())
        for body in ({"model": "m", "texts": ["to ann"]}, {"model": "m", "texts": ["to X"]})
    )
    answer = {"id": "1", "embeddings": {"float": [[0.5]]}, "texts": ["to X"]}
    for repeats, texts in ((form, ["to X"]), (asked, ["to ann"])):
        form.asked = repeats
        out = form.encoded_for(codec("cohere_embeddings"), Target(model="theirs"))
        assert json.loads(out.body)["texts"] == ["to X"]
        assert json.loads(out.answer(json.dumps(answer).encode(), Reply()).body)["texts"] == texts


def test_what_is_lost_is_named() -> None:
    out = sent("openai_embeddings", "cohere_embeddings", {"model": "m", "input": [[1, 2]]})
    assert [loss.what for loss in out.losses] == ["embedding_tokens"]


@pytest.mark.parametrize("upstream", NAMES)
@pytest.mark.parametrize("client", NAMES)
def test_every_client_reaches_every_platform(client: str, upstream: str) -> None:
    source = codec(client)
    body = sampled("embedding request", "embedding_dimensions", Column(dialect=source.name)).body
    out = EmbeddingTranslation(source, body, model="m").encoded_for(
        codec(upstream), Target(model="n")
    )
    again = codec(upstream).decode_request(out.body, model="n")
    assert [one.text for one in again.inputs] == ["Hello"]
    assert again.dimensions == 256


def test_a_request_that_cannot_be_read_is_the_clients() -> None:
    with pytest.raises(ClientFault):
        EmbeddingTranslation(codec("openai_embeddings"), b"oh")


def test_an_answer_that_cannot_be_read_is_the_providers() -> None:
    out = sent("openai_embeddings", "cohere_embeddings", {"model": "m", "input": "a"})
    with pytest.raises(ProviderFault):
        out.answer(b"oh", Reply())


def test_an_error_is_read_in_the_platforms_words() -> None:
    out = sent("openai_embeddings", "cohere_embeddings", {"model": "m", "input": "a"})
    told = out.error(b'{"message": "too many texts"}')
    assert told is not None
    assert told.message == "too many texts"
    assert out.error(b"<html>") is None
    assert embedding_codec_of("openai_chat") is None
