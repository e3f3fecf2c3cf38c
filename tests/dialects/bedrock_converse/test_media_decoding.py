"""Media of Converse, with every format and source."""

import pytest

from detente.canonical.content import Composed, Linked, Media, MediaKind, Native, Text
from detente.canonical.extras import Json, Obj
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.losses import Losses
from detente.dialects.bedrock_converse.media_decoding import media_of
from detente.dialects.bedrock_converse.media_encoding import media_block
from detente.dialects.bedrock_converse.words import MEDIA_TYPES

FORMATS = [(kind, word) for kind, table in MEDIA_TYPES.items() for word in (*table, "brand_new")]


@pytest.mark.parametrize(("kind", "word"), FORMATS)
def test_every_format_comes_back(kind: MediaKind, word: str) -> None:
    inner: Obj = {"format": word, "source": {"bytes": "aGk="}}
    if kind == "document":
        inner["name"] = "D"
    found = media_of({kind: inner}, kind)
    assert isinstance(found, Media)
    assert media_block(found, Losses(), "") == {kind: inner}


@pytest.mark.parametrize(
    "source",
    [
        {"text": "words"},
        {"content": [{"text": "a"}, {"text": "b"}]},
        {"s3Location": {"uri": "s3://b/k", "bucketOwner": "123456789012"}},
        {"bytes": "aGk=", "brandNew": 1},
    ],
)
def test_every_source_comes_back(source: Json) -> None:
    inner: Obj = {"format": "md", "name": "D", "source": source, "citations": {"enabled": False}}
    found = media_of({"document": inner}, "document")
    assert isinstance(found, Media)
    assert media_block(found, Losses(), "") == {"document": inner}
    assert found.cited is False


def test_what_a_document_consists_of() -> None:
    found = media_of(
        {"document": {"name": "D", "source": {"content": [{"text": "a"}]}}}, "document"
    )
    assert isinstance(found, Media)
    assert found.source == Composed(parts=(Text(text="a"),))


def test_a_link_into_the_store() -> None:
    found = media_of(
        {"image": {"format": "png", "source": {"s3Location": {"uri": "s3://b/k"}}}}, "image"
    )
    assert found == Media(kind="image", source=Linked(url="s3://b/k", media_type="image/png"))


UNKNOWN: list[Json] = [
    {},
    {"brandNew": 1},
    {"content": [{"image": {}}]},
    {"content": "x"},
    {"s3Location": {"uri": "https://a.example"}},
]


@pytest.mark.parametrize("source", UNKNOWN)
def test_an_unknown_source_stays_native(source: Json) -> None:
    block: Obj = {"document": {"name": "D", "source": source}}
    assert media_of(block, "document") == Native(
        dialect="bedrock_converse", name="document", value=block
    )


@pytest.mark.parametrize("inner", [1, {"source": 1}, {"format": 1, "source": {"bytes": "a"}}])
def test_what_is_no_media(inner: Json) -> None:
    with pytest.raises(Misfit):
        media_of({"image": inner}, "image")
