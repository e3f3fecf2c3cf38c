"""Media of other dialects as blocks."""

from detente.canonical.content import (
    Citation,
    Composed,
    Inline,
    Linked,
    Media,
    Plain,
    Text,
    Uploaded,
)
from tests.dialects.bedrock_converse.asking import asking, encoded, said


def test_media_of_every_kind_and_source() -> None:
    body, losses = encoded(
        asking(
            said(
                "user",
                Media(kind="image", source=Inline(media_type="image/jpg", data="a"), detail="high"),
                Media(kind="image", source=Linked(url="s3://bucket/a.jpg")),
                Media(kind="image", source=Linked(url="https://a.example/a.png")),
                Media(kind="image", source=Inline(media_type="image/tiff", data="a")),
                Media(kind="video", source=Inline(media_type="video/mp4", data="b")),
                Media(kind="audio", source=Inline(media_type="audio/wav", data="c")),
                Media(
                    kind="document",
                    source=Inline(media_type="application/pdf", data="d"),
                    title="Q1 (draft)_v2.pdf",
                    context="for you",
                    cited=True,
                ),
                Media(kind="document", source=Plain(text="words")),
                Media(kind="document", source=Composed(parts=(Text(text="x"), Text(text="y")))),
                Media(kind="document", source=Uploaded(id="f", dialect="openai_chat")),
            )
        )
    )
    assert body["messages"][0]["content"] == [
        {"image": {"format": "jpeg", "source": {"bytes": "a"}}},
        {"image": {"format": "jpeg", "source": {"s3Location": {"uri": "s3://bucket/a.jpg"}}}},
        {"video": {"format": "mp4", "source": {"bytes": "b"}}},
        {"audio": {"format": "wav", "source": {"bytes": "c"}}},
        {
            "document": {
                "format": "pdf",
                "name": "Q1 (draft) v2",
                "source": {"bytes": "d"},
                "context": "for you",
                "citations": {"enabled": True},
            }
        },
        {"document": {"format": "txt", "name": "document", "source": {"text": "words"}}},
        {"document": {"name": "document 2", "source": {"content": [{"text": "x"}, {"text": "y"}]}}},
        {"text": "Document:"},
    ]
    assert losses == [
        "drop image_detail@turns[0].parts[0].detail",
        "refuse image_url@turns[0].parts[2]",
        "refuse image@turns[0].parts[3]",
        "drop document@turns[0].parts[6].title",
        "refuse uploaded_file@turns[0].parts[9]",
        "drop document@turns",
    ]


def test_what_the_texts_of_a_document_cite_is_named() -> None:
    cited = Text(text="x", citations=(Citation(kind="url", url="https://e.example"),))
    _, losses = encoded(
        asking(said("user", Media(kind="document", source=Composed(parts=(cited,)))))
    )
    assert losses[0] == "drop citations@turns[0].parts[0].source.parts[0].citations"


def test_many_documents_of_one_name_get_names_of_their_own() -> None:
    count = 3_000
    page = Media(kind="document", source=Plain(text="p"), title="page")
    taken = Media(kind="document", source=Plain(text="p"), title="page 7")
    body, _ = encoded(asking(said("user", taken, *[page] * count)))
    blocks = body["messages"][0]["content"]
    names = [block["document"]["name"] for block in blocks if "document" in block]
    assert len(set(names)) == count + 1
    assert names[:4] == ["page 7", "page", "page 2", "page 3"]
    assert "page 7 2" not in names
