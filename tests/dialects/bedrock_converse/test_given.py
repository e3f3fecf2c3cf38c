"""Parts that came whole, cut for a stream."""

import pytest

from detente.canonical.content import Inline, Linked, Media, Native, Text, ToolCall, ToolResult
from detente.canonical.events import Delta, PartStarted, PartStopped
from detente.dialects.bedrock_converse.given import opened, pieces_of


@pytest.mark.parametrize(
    "part",
    [
        Media(kind="image", source=Linked(url="https://a.example")),
        Media(kind="image", source=Inline(media_type="image/tiff", data="a")),
        Media(kind="audio", source=Inline(media_type="audio/wav", data="a")),
        ToolResult(call_id="t"),
        Native(dialect="openai_responses", name="toolUse", value={"toolUse": {}}),
        Native(dialect="bedrock_converse", name="guardContent", value={"guardContent": {}}),
        Native(dialect="bedrock_converse", name="toolUse", value={}),
    ],
)
def test_what_a_stream_has_no_block_for(part: Media | ToolResult | Native) -> None:
    assert pieces_of(part) is None


def test_texts_and_calls_as_if_they_had_come_in_pieces() -> None:
    assert opened(Text(text="hi"), 3) == [
        PartStarted(kind="text", index=3),
        Delta(kind="text", index=3, text="hi"),
        PartStopped(index=3),
    ]
    custom = ToolCall(id="c", name="f", arguments="free", kind="custom")
    assert opened(custom, 0)[0] == PartStarted(kind="custom_call", index=0, id="c", name="f")
