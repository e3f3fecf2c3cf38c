"""Images and documents in a request."""

import json
from typing import Any

import pytest

from detente.canonical.content import (
    CacheMark,
    Citation,
    Composed,
    Inline,
    Linked,
    Media,
    Native,
    Opaque,
    Part,
    Plain,
    Text,
    Uploaded,
)
from detente.dialects.anthropic_messages import CODEC
from tests.dialects.anthropic_messages.asking import WITH_SAMPLING, asked, says, written


def test_images_and_documents() -> None:
    png = Inline(media_type="image/png", data="QUJD")
    request = asked(
        turns=(
            says(
                "user",
                "look",
                Media(kind="image", source=png, detail="high"),
                Media(kind="image", source=Linked(url="https://example.com/a.jpg"), detail="auto"),
                Media(kind="image", source=Linked(url="gs://bucket/a.jpg")),
                Media(kind="image", source=Inline(media_type="image/tiff", data="QUJD")),
                Media(
                    kind="document",
                    source=Inline(media_type="application/pdf", data="QUJD"),
                    title="a.pdf",
                    cited=True,
                ),
                Media(kind="document", source=Inline(media_type="text/csv", data="QSxC")),
                Media(kind="document", source=Plain(text="plain"), context="a note"),
                Media(kind="document", source=Inline(media_type="application/zip", data="QUJD")),
                Media(kind="audio", source=Inline(media_type="audio/wav", data="QUJD")),
                Media(kind="video", source=Linked(url="gs://bucket/a.mp4")),
            ),
        )
    )
    body, losses = written(request)
    assert body["messages"][0]["content"] == [
        {"type": "text", "text": "look"},
        {
            "type": "image",
            "source": {"type": "base64", "media_type": "image/png", "data": "QUJD"},
        },
        {"type": "image", "source": {"type": "url", "url": "https://example.com/a.jpg"}},
        {
            "type": "document",
            "source": {"type": "base64", "media_type": "application/pdf", "data": "QUJD"},
            "title": "a.pdf",
            "citations": {"enabled": True},
        },
        {
            "type": "document",
            "source": {"type": "text", "media_type": "text/plain", "data": "A,B"},
        },
        {
            "type": "document",
            "source": {"type": "text", "media_type": "text/plain", "data": "plain"},
            "context": "a note",
        },
    ]
    assert losses == [
        "image_detail@turns[0].parts[1].detail",
        "image_url@turns[0].parts[3]!",
        "image@turns[0].parts[4]!",
        "document@turns[0].parts[8]!",
        "audio_input@turns[0].parts[9]!",
        "video_input@turns[0].parts[10]!",
    ]


def lone(media: Part, role: str = "user") -> tuple[list[Any], list[str]]:
    """The blocks of one part beside a text, and the losses without their common path."""
    body, losses = written(asked(turns=(says(role, "look", media),)))
    content = body["messages"][0]["content"]
    blocks = [] if isinstance(content, str) else list(content[1:])
    return blocks, [loss.replace("turns[0].parts[1]", "here") for loss in losses]


PNG = Inline(media_type="image/png", data="QUJD")
PNG_WIRE = {"type": "base64", "media_type": "image/png", "data": "QUJD"}


def test_files_belong_to_the_platform_that_has_them() -> None:
    own, other = (Uploaded(id="f", dialect=name) for name in ("anthropic_messages", "openai_chat"))
    source = {"type": "file", "file_id": "f"}
    assert lone(Media(kind="image", source=own)) == ([{"type": "image", "source": source}], [])
    assert lone(Media(kind="document", source=own)) == (
        [{"type": "document", "source": source}],
        [],
    )
    assert lone(Media(kind="image", source=other)) == ([], ["uploaded_file@here!"])
    assert lone(Media(kind="document", source=other)) == ([], ["uploaded_file@here!"])


def test_documents_by_address() -> None:
    web = Media(kind="document", source=Linked(url="https://example.com/a.pdf"), cited=False)
    assert lone(web) == (
        [
            {
                "type": "document",
                "source": {"type": "url", "url": "https://example.com/a.pdf"},
                "citations": {"enabled": False},
            }
        ],
        [],
    )
    bucket = Media(kind="document", source=Linked(url="s3://bucket/a.pdf"))
    assert lone(bucket) == ([], ["document@here!"])


def test_the_assistant_shows_nothing() -> None:
    assert lone(Media(kind="image", source=PNG), "assistant") == ([], ["image@here!"])
    pdf = Media(kind="document", source=Inline(media_type="application/pdf", data="QUJD"))
    assert lone(pdf, "assistant") == ([], ["document@here!"])


def test_documents_of_the_assistant_by_the_version_of_the_api() -> None:
    block = {"type": "document", "source": {"type": "url", "url": "https://x"}}
    asked_so = {"model": "m", "messages": [{"role": "assistant", "content": [block]}]}
    request = CODEC.decode_request(json.dumps(asked_so).encode())
    body, losses = written(request, WITH_SAMPLING)
    assert (body["messages"][0]["content"], losses) == ([block], [])
    body, losses = written(request)
    assert (body["messages"], losses) == ([], ["document@turns[0].parts[0]!"])


def test_what_is_said_of_an_image_has_no_place() -> None:
    state = Opaque(origin="gemini_generate", value="sig")
    media = Media(kind="image", source=PNG, title="a.png", context="note", state=state)
    assert lone(media) == (
        [{"type": "image", "source": PNG_WIRE}],
        [
            "reasoning_state@here.state",
            "document_context@here.title",
            "document_context@here.context",
        ],
    )
    assert lone(Media(kind="image", source=Plain(text="x"))) == ([], ["image@here!"])


def test_documents_that_consist_of_parts() -> None:
    cited = Citation(kind="url", url="https://x")
    composed = Composed(
        parts=(
            Text(text="a", citations=(cited,), cache=CacheMark()),
            Media(kind="image", source=PNG),
            Native(dialect="anthropic_messages", name="new", value={"type": "new"}),
            Native(dialect="openai_chat", name="x", value={}),
            Media(kind="audio", source=Inline(media_type="audio/wav", data="QUJD")),
        )
    )
    blocks, losses = lone(Media(kind="document", source=composed, title="t"))
    assert blocks == [
        {
            "type": "document",
            "source": {
                "type": "content",
                "content": [
                    {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}},
                    {"type": "image", "source": PNG_WIRE},
                    {"type": "new"},
                ],
            },
            "title": "t",
        }
    ]
    assert losses == [
        "citations@here.source.parts[0]",
        "native_part@here.source.parts[3]!",
        "audio_input@here.source.parts[4]!",
    ]


@pytest.mark.parametrize("data", ["QSxC!", "QSxé", "/w==", "DETENTEBLOB0X"])
def test_text_that_cannot_be_read_is_named(data: str) -> None:
    media = Media(kind="document", source=Inline(media_type="text/csv", data=data))
    assert lone(media) == ([], ["document@here!"])


@pytest.mark.parametrize("media_type", ["application/json", "text/markdown"])
def test_text_by_any_name_is_plain(media_type: str) -> None:
    media = Media(kind="document", source=Inline(media_type=media_type, data="e30="))
    source = {"type": "text", "media_type": "text/plain", "data": "{}"}
    assert lone(media) == ([{"type": "document", "source": source}], [])
