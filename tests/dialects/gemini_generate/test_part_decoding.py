"""Parts of contents, in canonical words."""

from typing import Any

import pytest

from detente.canonical.content import (
    Inline,
    Linked,
    Native,
    Opaque,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
    Uploaded,
)
from detente.canonical.extras import Obj
from tests.dialects.gemini_generate.askings import D, decoded, part_of


@pytest.mark.parametrize(
    ("part", "source", "kind"),
    [
        (
            {"inlineData": {"mimeType": "audio/wav", "data": "_-8="}},
            Inline(media_type="audio/wav", data="/+8="),
            "audio",
        ),
        (
            {"fileData": {"fileUri": "https://youtu.be/x"}},
            Linked(url="https://youtu.be/x"),
            "video",
        ),
        (
            {"fileData": {"fileUri": "gs://b/a.pdf", "mimeType": "application/pdf"}},
            Linked(url="gs://b/a.pdf", media_type="application/pdf"),
            "document",
        ),
        (
            {
                "fileData": {
                    "fileUri": "https://generativelanguage.googleapis.com/v1beta/files/1",
                    "mimeType": "image/png",
                }
            },
            Uploaded(
                id="https://generativelanguage.googleapis.com/v1beta/files/1",
                dialect=D,
                media_type="image/png",
            ),
            "image",
        ),
    ],
)
def test_media(part: dict[str, Any], source: Any, kind: str) -> None:
    media = part_of(part)
    assert (media.source, media.kind) == (source, kind)


def test_how_closely_to_look_and_what_a_file_is_called() -> None:
    media = part_of(
        {
            "inlineData": {"mimeType": "image/png", "data": "aGk=", "displayName": "a.png"},
            "mediaResolution": {"level": "MEDIA_RESOLUTION_LOW"},
            "videoMetadata": {"fps": 2},
        }
    )
    assert (media.detail, media.title) == ("low", "a.png")
    assert media.extras.members == {"videoMetadata": {"fps": 2}}


def test_a_signature_is_state_and_the_sentinel_is_none() -> None:
    call: dict[str, Any] = {"functionCall": {"id": "c", "name": "f", "args": {"a": 1}}}
    signed = part_of({**call, "thoughtSignature": "AAEC"}, "model")
    assert signed.state == Opaque(origin=D, value="AAEC")
    for sentinel in (
        "skip_thought_signature_validator",
        "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=",
    ):
        assert part_of({**call, "thoughtSignature": sentinel}, "model").state is None
    assert signed.arguments == '{"a":1}'


def test_thoughts() -> None:
    assert part_of({"text": "hm", "thought": True}, "model") == Reasoning(text="hm")
    bare = part_of({"thoughtSignature": "AAEC"}, "model")
    assert isinstance(bare, Reasoning)
    assert (bare.text, bare.state) == ("", Opaque(origin=D, value="AAEC"))
    signed = part_of({"text": "so", "thoughtSignature": "AAEC"}, "model")
    assert signed == Text(text="so", state=Opaque(origin=D, value="AAEC"))


@pytest.mark.parametrize(
    ("response", "parts", "data", "is_error"),
    [
        ({"output": "18"}, (Text(text="18"),), None, None),
        ({"result": "18"}, (Text(text="18"),), None, None),
        ({"error": "boom"}, (Text(text="boom"),), None, True),
        ({"error": {"code": 5}}, (), {"error": {"code": 5}}, True),
        ({"output": {"t": 18}}, (), {"output": {"t": 18}}, None),
        ({"t": 18}, (), {"t": 18}, None),
        ({}, (), {}, None),
    ],
)
def test_results(response: Any, parts: Any, data: Any, *, is_error: bool | None) -> None:
    result = part_of({"functionResponse": {"id": "c", "name": "f", "response": response}})
    assert isinstance(result, ToolResult)
    assert (result.parts, result.data, result.is_error) == (parts, data, is_error)
    assert (result.call_id, result.name) == ("c", "f")


def test_results_may_hold_images() -> None:
    blob = {"inlineData": {"mimeType": "image/png", "data": "aGk="}}
    result = part_of(
        {
            "functionResponse": {
                "id": "c",
                "name": "f",
                "response": {"output": "see"},
                "parts": [blob],
                "scheduling": "SILENT",
            }
        }
    )
    assert result.parts[0] == Text(text="see")
    assert result.parts[1].source == Inline(media_type="image/png", data="aGk=")
    assert result.extras.members == {"functionResponse": {"scheduling": "SILENT"}}


def test_results_without_ids_find_their_calls_by_name_and_order() -> None:
    def call(name: str) -> dict[str, Any]:
        return {"functionCall": {"name": name, "args": {}}}

    def result(name: str) -> dict[str, Any]:
        return {"functionResponse": {"name": name, "response": {"output": name}}}

    request = decoded(
        {
            "contents": [
                {"role": "model", "parts": [call("f"), call("g"), call("f")]},
                {"role": "user", "parts": [result("g"), result("f"), result("f")]},
                {"role": "model", "parts": [call("f")]},
                {"role": "user", "parts": [result("f")]},
            ]
        }
    )
    calls = [part for turn in request.turns for part in turn.parts if isinstance(part, ToolCall)]
    results = [
        part for turn in request.turns for part in turn.parts if isinstance(part, ToolResult)
    ]
    ids = [one.id for one in calls]
    assert len(set(ids)) == 4
    assert [one.call_id for one in results] == [ids[1], ids[0], ids[2], ids[3]]


def test_what_only_google_has_stays_native() -> None:
    natives: list[tuple[str, Obj]] = [
        ("executableCode", {"code": "1", "language": "PYTHON"}),
        ("codeExecutionResult", {"outcome": "OUTCOME_OK"}),
        ("toolCall", {"id": "1", "toolType": "GOOGLE_SEARCH_WEB"}),
        ("toolResponse", {"id": "1"}),
        ("brandNew", {"a": 1}),
    ]
    for name, value in natives:
        part: Obj = {name: value, "thoughtSignature": "AAEC"}
        assert part_of(part, "model") == Native(dialect=D, name=name, value=part)
    mixed: Obj = {"text": "a", "functionCall": {"name": "f"}}
    assert part_of(mixed) == Native(dialect=D, name="mixed", value=mixed)
