"""Content parts, both ways."""

import pytest

from detente.canonical.content import (
    CacheMark,
    Citation,
    Composed,
    Media,
    Native,
    Opaque,
    Part,
    Reasoning,
    Text,
    TokenLogprob,
    ToolCall,
    ToolResult,
)
from detente.canonical.extras import Extras, Json, Obj
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.losses import Losses
from detente.dialects.openai_responses.parts import (
    answer_wire,
    content_wires,
    lone_text,
    part_of,
    parts_of,
)


@pytest.mark.parametrize(
    "wire",
    [
        {"type": "input_text", "text": "hi"},
        {"type": "output_text", "text": "hi"},
        {
            "type": "output_text",
            "text": "hi",
            "annotations": [{"type": "url_citation", "url": "u"}],
            "logprobs": [{"token": "hi", "logprob": -1.0}],
            "new": 1,
        },
        {"type": "refusal", "refusal": "no", "new": 1},
        {"type": "input_image", "file_id": "f"},
        {"type": "input_file", "file_id": "f"},
        {"type": "input_audio", "input_audio": {"data": "aGk=", "format": "mp3"}},
        {"type": "brand_new"},
        {},
    ],
)
@pytest.mark.parametrize("usual", ["input_text", "output_text"])
def test_own_parts_come_back(wire: Obj, usual: str) -> None:
    losses = Losses()
    assert content_wires(part_of(wire, usual), usual, "p", losses, own=True) == [wire]
    assert losses.found == []


@pytest.mark.parametrize(
    ("values", "path"),
    [([7], "content[0]"), ([{"type": "input_text"}], "content[0].text")],
)
def test_faults_say_where(values: list[Json], path: str) -> None:
    with pytest.raises(Misfit) as raised:
        parts_of(values, "content", "input_text")
    assert raised.value.path == path


@pytest.mark.parametrize(
    "part",
    [
        Reasoning(text="a"),
        ToolCall(id="c", name="f", arguments="{}"),
        ToolResult(call_id="c"),
        Native(dialect="gemini_generate", name="x", value={}),
    ],
)
def test_what_is_no_content_is_named(part: Part) -> None:
    losses = Losses()
    assert content_wires(part, "input_text", "p", losses, own=False) == []
    assert [str(loss) for loss in losses.found] == ["native_part@p"]


def test_a_document_of_parts_is_its_parts() -> None:
    inner = (Text(text="a"), Media(kind="document", source=Composed(parts=(Text(text="b"),))))
    media = Media(kind="document", source=Composed(parts=inner), context="c", cited=True)
    losses = Losses()
    assert content_wires(media, "input_text", "p", losses, own=False) == [
        {"type": "input_text", "text": "a"},
        {"type": "input_text", "text": "b"},
    ]
    assert [str(loss) for loss in losses.found] == ["document_context@p", "document_citations@p"]


def test_the_sdk_demands_lists_of_a_new_answer_only() -> None:
    wire = {"type": "output_text", "text": "hi"}
    assert answer_wire(Text(text="hi"), "p", Losses(), own=True) == wire
    assert answer_wire(Text(text="hi"), "p", Losses(), own=False) == {
        **wire,
        "annotations": [],
        "logprobs": [],
    }


@pytest.mark.parametrize(
    ("parts", "lone"),
    [
        ((Text(text="a"),), "a"),
        ((), None),
        ((Text(text="a"), Text(text="b")), None),
        ((Reasoning(),), None),
        ((Text(text="a", cache=CacheMark()),), None),
        ((Text(text="a", citations=(Citation(kind="url"),)),), None),
        ((Text(text="a", logprobs=(TokenLogprob(token="a", logprob=0.0),)),), None),
        ((Text(text="a", state=Opaque(origin="gemini_generate", value="x")),), None),
        ((Text(text="a", extras=Extras(dialect="openai_chat", spelling={"x": None})),), "a"),
        ((Text(text="a", extras=Extras(dialect="openai_chat", members={"x": 1})),), None),
        ((Text(text="a", extras=Extras(dialect="openai_responses")),), None),
    ],
)
def test_a_lone_text_has_nothing_with_it(parts: tuple[Part, ...], lone: str | None) -> None:
    assert lone_text(parts) == lone
