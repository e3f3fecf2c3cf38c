"""Messages of Oracle's chat as turns."""

from typing import Any

import pytest

from detente.canonical.content import (
    Citation,
    Inline,
    Linked,
    Media,
    Native,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from detente.dialects._codec.fields import Misfit
from detente.dialects.oci_chat.parts_decoding import read_call, read_citation, read_turn

TEXT: dict[str, Any] = {"type": "TEXT", "text": "hi"}


def parts_of(**message: Any) -> tuple[Any, ...]:
    return read_turn({"role": "ASSISTANT", **message}).parts


def test_roles() -> None:
    for word, role in (("USER", "user"), ("SYSTEM", "system"), ("DEVELOPER", "developer")):
        turn = read_turn({"role": word, "name": "ann", "content": [TEXT]})
        assert (turn.role, turn.name, turn.parts) == (role, "ann", (Text(text="hi"),))
        assert turn.extras is None
    lower = read_turn({"role": "user", "content": [TEXT]})
    assert lower.role == "user"
    assert lower.extras is not None
    assert lower.extras.spelling == {"role": "user"}
    assert read_turn({"role": "JESTER", "content": [TEXT]}).role == "user"
    with pytest.raises(Misfit, match="role"):
        read_turn({"content": []})


def test_results() -> None:
    turn = read_turn({"role": "TOOL", "toolCallId": "c1", "content": [TEXT]})
    assert turn.parts == (ToolResult(call_id="c1", parts=(Text(text="hi"),)),)
    assert read_turn({"role": "TOOL", "content": []}).parts == (ToolResult(call_id="call_0"),)


@pytest.mark.parametrize(
    ("word", "member", "kind"),
    [
        ("IMAGE", "imageUrl", "image"),
        ("AUDIO", "audioUrl", "audio"),
        ("VIDEO", "videoUrl", "video"),
        ("DOCUMENT", "documentUrl", "document"),
    ],
)
def test_media(word: str, member: str, kind: Any) -> None:
    inline = {"type": word, member: {"url": "data:a/b;base64,aGk=", "detail": "LOW"}}
    linked = {"type": word, member: {"url": "https://example.org/a"}}
    assert parts_of(content=[inline, linked]) == (
        Media(kind=kind, source=Inline(media_type="a/b", data="aGk="), detail="low"),
        Media(kind=kind, source=Linked(url="https://example.org/a")),
    )


@pytest.mark.parametrize(
    "item",
    [
        {"type": "HOLOGRAM"},
        {"type": "TEXT", "text": 5},
        {"type": "IMAGE", "imageUrl": {}},
        {"type": "IMAGE", "imageUrl": {"url": "u", "detail": "CLOSELY"}},
        {"type": "IMAGE", "imageUrl": {"url": "u", "detail": 1}},
        {"type": 5},
    ],
)
def test_what_is_odd_stays_as_it_is(item: dict[str, Any]) -> None:
    (part,) = parts_of(content=[item])
    assert isinstance(part, Native)
    assert part.value == item


def test_an_answers_parts() -> None:
    call = {"id": "c1", "type": "FUNCTION", "name": "f", "arguments": "{}"}
    told = parts_of(reasoningContent="hm", content=[TEXT], refusal="no", toolCalls=[call])
    assert told == (
        Reasoning(text="hm"),
        Text(text="hi"),
        Refusal(text="no"),
        ToolCall(id="c1", name="f", arguments="{}"),
    )
    assert parts_of(reasoningContent="", refusal="", content="plain") == (Text(text="plain"),)


def test_calls() -> None:
    made = read_call({"name": "f"}, "made_1")
    assert (made.id, made.name, made.arguments) == ("made_1", "f", "")
    assert read_call({"id": "", "type": "OTHER"}, "made_1").id == "made_1"
    with pytest.raises(Misfit) as found:
        parts_of(toolCalls=[{"arguments": {}}])
    assert found.value.path == "toolCalls[0].arguments"


def annotation(**members: Any) -> dict[str, Any]:
    return {"type": "url_citation", "urlCitation": {"url": "u", **members}}


def test_citations() -> None:
    cited = annotation(startIndex=0, endIndex=2, title="t")
    assert parts_of(content=[TEXT], annotations=[cited]) == (
        Text(text="hi", citations=(Citation(kind="url", url="u", title="t", start=0, end=2),)),
    )
    for odd in (annotation(startIndex="0"), annotation(url=5), annotation(more=1), {"type": "x"}):
        message: dict[str, Any] = {"role": "ASSISTANT", "content": [TEXT], "annotations": [odd]}
        turn = read_turn(message)
        assert turn.parts == (Text(text="hi"),)
        assert turn.extras is not None
        assert turn.extras.spelling == {"annotations": [odd]}
    two = [TEXT, TEXT]
    assert len(parts_of(content=two, annotations=[cited])) == 2
    found = read_citation(annotation(more=1))
    assert found is not None
    assert found.extras is not None
