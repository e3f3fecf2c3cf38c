"""Content of prompts, as parts of chat's messages."""

import json
from typing import Any

import pytest

from detente.canonical.content import (
    CacheMark,
    Composed,
    Inline,
    Linked,
    Media,
    Native,
    Part,
    Plain,
    Reasoning,
    Text,
    ToolCall,
    Turn,
    Uploaded,
)
from detente.canonical.extras import Extras
from detente.canonical.request import Request
from detente.dialects.codec import Target
from detente.dialects.openai_chat import CODEC

TARGET = Target(model="gpt-5")


def messages(*parts: Part) -> tuple[Any, list[str]]:
    """The messages that a user's turn becomes, and the losses."""
    request = Request(model="m", turns=(Turn(role="user", parts=parts),))
    encoded = CODEC.encode_request(request, TARGET)
    return json.loads(encoded.body)["messages"], [str(loss) for loss in encoded.losses]


def test_media_of_a_prompt() -> None:
    assert messages(
        Text(text="Look:"),
        Media(kind="image", source=Inline(media_type="image/png", data="aGk="), detail="low"),
        Media(kind="image", source=Linked(url="https://x.example/a.png")),
        Media(kind="audio", source=Inline(media_type="audio/mpeg", data="aGk=")),
        Media(
            kind="document",
            source=Inline(media_type="application/pdf", data="aGk="),
            title="a.pdf",
        ),
        Media(kind="document", source=Inline(media_type="application/pdf", data="aGk=")),
        Media(kind="document", source=Uploaded(id="file-1", dialect="openai_responses")),
        Media(kind="document", source=Plain(text="plain words")),
        Media(kind="document", source=Composed(parts=(Text(text="a"), Text(text="b")))),
    ) == (
        [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Look:"},
                    {
                        "type": "image_url",
                        "image_url": {"url": "data:image/png;base64,aGk=", "detail": "low"},
                    },
                    {"type": "image_url", "image_url": {"url": "https://x.example/a.png"}},
                    {"type": "input_audio", "input_audio": {"data": "aGk=", "format": "mp3"}},
                    {
                        "type": "file",
                        "file": {
                            "file_data": "data:application/pdf;base64,aGk=",
                            "filename": "a.pdf",
                        },
                    },
                    {
                        "type": "file",
                        "file": {
                            "file_data": "data:application/pdf;base64,aGk=",
                            "filename": "document.pdf",
                        },
                    },
                    {"type": "file", "file": {"file_id": "file-1"}},
                    {"type": "text", "text": "plain words"},
                    {"type": "text", "text": "a"},
                    {"type": "text", "text": "b"},
                ],
            }
        ],
        [],
    )


@pytest.mark.parametrize(
    ("part", "what"),
    [
        (Media(kind="video", source=Inline(media_type="video/mp4", data="aGk=")), "video_input"),
        (Media(kind="document", source=Linked(url="https://x.example/a.pdf")), "document"),
        (Media(kind="audio", source=Inline(media_type="audio/ogg", data="aGk=")), "audio_input"),
        (
            Media(kind="image", source=Uploaded(id="f", dialect="anthropic_messages")),
            "uploaded_file",
        ),
        (
            Media(kind="document", source=Uploaded(id="f", dialect="anthropic_messages")),
            "uploaded_file",
        ),
        (Native(dialect="bedrock_converse", name="guard", value={}), "native_part"),
        (ToolCall(id="c", name="f", arguments="{}"), "history"),
    ],
)
def test_what_a_prompt_cannot_hold_is_refused(part: Part, what: str) -> None:
    encoded = CODEC.encode_request(
        Request(model="m", turns=(Turn(role="user", parts=(part,)),)), TARGET
    )
    assert [(str(loss), loss.severity) for loss in encoded.losses] == [
        (f"{what}@turns[0].parts[0]", "refuse")
    ]
    assert json.loads(encoded.body)["messages"] == [{"role": "user", "content": ""}]


def test_what_is_said_about_a_document_is_named() -> None:
    document = Media(
        kind="document",
        source=Plain(text="words"),
        title="T",
        context="C",
        cited=True,
        cache=CacheMark(lifetime="1h"),
        extras=Extras(dialect="anthropic_messages", members={"brand_new": 1}),
    )
    assert messages(document)[1] == [
        "document_context@turns[0].parts[0]",
        "document_citations@turns[0].parts[0]",
        "cache_mark@turns[0].parts[0].cache",
        "unknown_member@turns[0].parts[0].brand_new",
    ]


def test_thoughts_beside_a_users_words_are_named() -> None:
    sent, losses = messages(Reasoning(text="Hm"), Text(text="hi"))
    assert sent[0]["content"] == "hi"
    assert losses == ["reasoning_text@turns[0].parts[0]"]
