"""What every encoder of embeddings names alike."""

from detente.canonical.content import Inline, Media, Native, Text
from detente.canonical.embedding import (
    EmbeddingInput,
    EmbeddingRequest,
    EmbeddingResponse,
    Vector,
)
from detente.canonical.extras import Extras
from detente.canonical.request import Option
from detente.dialects._codec.embedding_losses import lose_members, lose_of_answer, text_of, texts_of
from detente.dialects._codec.losses import Losses

HI = EmbeddingInput(parts=(Text(text="hi"),))
IMAGE = Media(kind="image", source=Inline(media_type="image/png", data="aGk="))


def named(losses: Losses) -> list[str]:
    return [f"{loss} {loss.severity}" for loss in losses.found]


def test_members_that_are_carried_are_not_lost() -> None:
    request = EmbeddingRequest(
        model="m",
        inputs=(EmbeddingInput(parts=(), task="query", title="t", dimensions=3),),
        dimensions=3,
        task="document",
        user="u",
    )
    losses = Losses()
    carried = ("dimensions", "task", "inputs.task", "inputs.title", "inputs.dimensions")
    lose_members(request, "ollama_embeddings", carried, losses, "this API")
    assert named(losses) == ["user drop"]
    losses = Losses()
    lose_members(request, "ollama_embeddings", (), losses, "this API")
    assert named(losses) == [
        "embedding_dimensions@dimensions refuse",
        "embedding_task@task drop",
        "user drop",
        "embedding_task@inputs[0].task drop",
        "embedding_title@inputs[0].title drop",
        "embedding_dimensions@inputs[0].dimensions refuse",
    ]


def test_what_other_dialects_have_is_lost_and_what_is_own_is_not() -> None:
    members = Extras(dialect="cohere_embeddings", members={"a": 1})
    request = EmbeddingRequest(
        model="m",
        inputs=(EmbeddingInput(parts=(), extras=members),),
        options=(Option(dialect="cohere_embeddings", name="o", value=1, severity="refuse"),),
        extras=members,
    )
    losses = Losses()
    lose_members(request, "ollama_embeddings", (), losses, "this API")
    assert named(losses) == [
        "unknown_member@inputs[0].a drop",
        "native_option@o refuse",
        "unknown_member@a drop",
    ]
    losses = Losses()
    lose_members(request, "cohere_embeddings", (), losses, "this API")
    assert named(losses) == []


def test_each_input_as_one_text() -> None:
    losses = Losses()
    mixed = EmbeddingInput(
        parts=(
            Text(text="a"),
            IMAGE,
            Text(text="b"),
            Native(dialect="gemini_embeddings", name="x", value={}),
        )
    )
    tokens = EmbeddingInput(tokens=(1,))
    assert texts_of((HI, mixed, tokens), losses, "this API") == ["hi", "a\nb", ""]
    assert named(losses) == [
        "image@inputs[1].parts[1] refuse",
        "native_part@inputs[1].parts[3] refuse",
        "embedding_parts@inputs[1] drop",
        "embedding_tokens@inputs[2] refuse",
    ]
    assert text_of(EmbeddingInput(), "inputs[0]", Losses(), "this API") == ""


def test_what_an_answer_says_in_another_apis_members_is_named() -> None:
    extras = Extras(dialect="openai_embeddings", members={"brand_new": 1})
    answer = EmbeddingResponse(vectors=(Vector(values=(0.5,), extras=extras),), extras=extras)
    losses = Losses()
    lose_of_answer(answer, "ollama_embeddings", losses)
    assert named(losses) == ["unknown_member@brand_new drop"] * 2
    losses = Losses()
    lose_of_answer(answer, "openai_embeddings", losses)
    assert losses.found == []
