"""The events of items, in the order that the SDK demands."""

from typing import Any

from detente.canonical.content import Citation, Native, Opaque, Reasoning
from detente.canonical.events import Delta, PartStarted
from detente.canonical.extras import Obj
from detente.dialects._codec.losses import Losses
from detente.dialects.openai_responses.item_events import ItemEvents


class Heard:
    """What was said."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.losses = Losses()
        self.items = ItemEvents(self._hear, self.losses)
        self.items.response = "resp_1"

    def _hear(self, type_: str, members: Obj) -> None:
        self.events.append((type_.removeprefix("response."), dict(members)))

    @property
    def names(self) -> list[str]:
        """The types of what was said."""
        return [name for name, _ in self.events]


def test_a_summary_and_thoughts_are_one_item() -> None:
    heard = Heard()
    items = heard.items
    items.start(PartStarted(kind="summary", index=0))
    items.delta(Delta(kind="summary", index=0, text=""))
    items.delta(Delta(kind="summary", index=0, text="a"))
    items.stop()
    items.start(PartStarted(kind="reasoning", index=1))
    items.delta(Delta(kind="reasoning", index=1, text="b"))
    items.close()
    assert heard.names == [
        "output_item.added",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "content_part.added",
        "reasoning_text.delta",
        "reasoning_text.done",
        "content_part.done",
        "output_item.done",
    ]
    place = {"item_id": "rs_1_0", "output_index": 0}
    assert heard.events[2][1] == {**place, "summary_index": 0, "delta": "a"}
    assert heard.events[6][1] == {**place, "content_index": 0, "delta": "b"}
    assert items.output == [
        {
            "id": "rs_1_0",
            "type": "reasoning",
            "summary": [{"type": "summary_text", "text": "a"}],
            "content": [{"type": "reasoning_text", "text": "b"}],
        }
    ]


def test_contents_of_a_message_have_their_place() -> None:
    heard = Heard()
    for index in range(2):
        heard.items.start(PartStarted(kind="text", index=index))
        heard.items.delta(Delta(kind="text", index=index, text="a"))
        heard.items.stop()
    heard.items.close()
    places = [said["content_index"] for name, said in heard.events if name.startswith("content")]
    assert places == [0, 0, 1, 1]
    assert heard.names.count("output_item.added") == heard.names.count("output_item.done") == 1


def test_what_comes_where_nothing_is_open_is_not_said() -> None:
    heard = Heard()
    heard.items.delta(Delta(kind="text", index=0, text="a"))
    heard.items.cite(Citation(kind="url", url="u"), "p")
    heard.items.state(Opaque(origin="gemini_generate", value="x"), "p")
    heard.items.stop()
    heard.items.close()
    assert heard.events == []
    assert [loss.what for loss in heard.losses.found] == ["reasoning_state"]


def test_a_part_that_came_whole_ends_what_is_open() -> None:
    heard = Heard()
    heard.items.start(PartStarted(kind="text", index=0))
    value: Obj = {"type": "mcp_call", "id": "mcp_1"}
    heard.items.give(Native(dialect="openai_responses", name="mcp_call", value=value), 1)
    heard.items.give(Reasoning(text="a"), 2)
    assert heard.names[-2:] == ["output_item.added", "output_item.done"]
    assert heard.items.output[1] == value
    assert [str(loss) for loss in heard.losses.found] == ["native_part@choices[0].parts[2]"]


def test_a_call_that_was_cut_off_is_incomplete_and_stays_as_it_is() -> None:
    heard = Heard()
    items = heard.items
    items.start(PartStarted(kind="tool_call", index=0, id="c1", name="f"))
    items.cut()
    items.start(PartStarted(kind="custom_call", index=1, id="c2", name="g"))
    items.delta(Delta(kind="custom_call", index=1, text="ab"))
    items.cut()
    items.start(PartStarted(kind="text", index=2))
    items.delta(Delta(kind="text", index=2, text="a"))
    items.cut()
    items.close()
    call, custom, message = items.output
    assert isinstance(call, dict)
    assert (call["arguments"], call["status"]) == ("", "incomplete")
    assert isinstance(custom, dict)
    assert (custom["input"], custom.get("status")) == ("ab", None)
    assert isinstance(message, dict)
    assert message["status"] == "completed"
    assert "function_call_arguments.done" not in heard.names
    assert heard.names.count("output_item.done") == 3
