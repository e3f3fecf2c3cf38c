"""Images, files and sound, both ways."""

import pytest

from detente.canonical.content import Composed, Inline, Linked, Media, Native, Plain, Uploaded
from detente.canonical.extras import Obj
from detente.dialects._codec.losses import Losses
from detente.dialects.openai_responses.media import audio_of, file_of, image_of, media_wire

READERS = {"input_image": image_of, "input_file": file_of, "input_audio": audio_of}
MARK: Obj = {"mode": "explicit", "ttl": "30m"}


@pytest.mark.parametrize(
    "wire",
    [
        {"type": "input_image", "image_url": "data:image/png;base64,aGk=", "detail": "auto"},
        {"type": "input_image", "image_url": "gs://a/b", "detail": "new", "x": 1},
        {"type": "input_image", "file_id": "f", "prompt_cache_breakpoint": MARK},
        {"type": "input_image", "file_id": "f", "image_url": None},
        {"type": "input_file", "file_data": "data:text/plain;base64,aGk=", "filename": "a.txt"},
        {"type": "input_file", "file_data": "data:text/plain;base64,aGk="},
        {"type": "input_file", "file_data": "aGk=", "detail": "new"},
        {"type": "input_file", "file_url": "s3://a/b", "filename": "b"},
        {"type": "input_file", "file_id": "f", "prompt_cache_breakpoint": MARK},
        {"type": "input_audio", "input_audio": {"data": "aGk=", "format": "wav"}},
    ],
)
def test_own_parts_come_back(wire: Obj) -> None:
    media = READERS[str(wire["type"])](wire)
    assert isinstance(media, Media)
    losses = Losses()
    assert media_wire(media, "p", losses, own=True) == wire
    assert losses.found == []


@pytest.mark.parametrize(
    "wire",
    [
        {"type": "input_image"},
        {"type": "input_image", "image_url": "u", "file_id": "f"},
        {"type": "input_file"},
        {"type": "input_file", "file_data": "aGk=", "file_id": "f"},
        {"type": "input_audio", "input_audio": {"data": "aGk=", "format": "wav", "new": 1}},
        {"type": "input_audio", "input_audio": {"data": "aGk="}},
        {"type": "input_audio"},
    ],
)
def test_what_is_in_no_one_place_stays_as_it_is(wire: Obj) -> None:
    kind = str(wire["type"])
    assert READERS[kind](wire) == Native(dialect="openai_responses", name=kind, value=wire)


PDF = Inline(media_type="application/pdf", data="aGk=")


@pytest.mark.parametrize(
    ("media", "wire", "lost"),
    [
        (
            Media(kind="document", source=PDF, detail="original", title="a"),
            {
                "type": "input_file",
                "file_data": "data:application/pdf;base64,aGk=",
                "filename": "a",
            },
            ["image_detail"],
        ),
        (
            Media(kind="document", source=Inline(media_type="image/svg+xml", data="aGk=")),
            {
                "type": "input_file",
                "file_data": "data:image/svg+xml;base64,aGk=",
                "filename": "document.bin",
            },
            [],
        ),
        (
            Media(kind="document", source=Inline(media_type="text/rtf", data="aGk=")),
            {
                "type": "input_file",
                "file_data": "data:text/rtf;base64,aGk=",
                "filename": "document.rtf",
            },
            [],
        ),
        (
            Media(kind="document", source=Plain(text="hi"), title="t"),
            {
                "type": "input_file",
                "file_data": "data:text/plain;base64,aGk=",
                "filename": "t",
            },
            [],
        ),
        (
            Media(kind="document", source=Uploaded(id="f", dialect="openai_chat"), detail="low"),
            {"type": "input_file", "detail": "low", "file_id": "f"},
            [],
        ),
        (Media(kind="document", source=Composed(parts=())), None, []),
        (Media(kind="document", source=Linked(url="gs://a/b")), None, ["document"]),
        (
            Media(kind="image", source=PDF, context="c", title="t"),
            {
                "type": "input_image",
                "detail": "auto",
                "image_url": "data:application/pdf;base64,aGk=",
            },
            ["document_context", "document_context"],
        ),
        (Media(kind="audio", source=PDF), None, ["audio_input"]),
        (Media(kind="video", source=PDF), None, ["video_input"]),
    ],
)
def test_foreign_media(media: Media, wire: Obj | None, lost: list[str]) -> None:
    losses = Losses()
    assert media_wire(media, "p", losses, own=False) == wire
    assert [loss.what for loss in losses.found] == lost
