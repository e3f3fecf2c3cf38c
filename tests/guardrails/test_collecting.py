"""What an answer says in words, whole or streamed, for whoever looks at it as a whole."""

import pytest

from detente.canonical.content import (
    Linked,
    Media,
    Native,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from detente.canonical.events import (
    Delta,
    Ended,
    Event,
    PartGiven,
    PartStarted,
    Pinged,
    Started,
    StateGiven,
)
from detente.canonical.response import Choice, Response
from detente.guardrails import collecting
from detente.guardrails.collecting import Collected, texts_of, words_of

LINK = Linked(url="https://x.test/a")
CALL = ToolCall(id="c", name="f", arguments='{"to":"ann"}')
PARTS: tuple[tuple[Part, tuple[str, ...]], ...] = (
    (Text(text="hello"), ("hello",)),
    (Text(text=""), ()),
    (Refusal(text="no"), ("no",)),
    (Reasoning(text="hm", summary=("so", "")), ("hm", "so")),
    (Reasoning(), ()),
    (CALL, ('{"to":"ann"}',)),
    (ToolResult(call_id="c", parts=(Text(text="a"), CALL)), ("a", '{"to":"ann"}')),
    (ToolResult(call_id="c", data={"who": "ann"}), ('{"who":"ann"}',)),
    (Media(kind="audio", source=LINK, transcript="spoken"), ("spoken",)),
    (Media(kind="image", source=LINK), ()),
    (Native(dialect="openai_chat", name="x", value={"x": "ann"}), ('{"x":"ann"}',)),
)


@pytest.mark.parametrize(("part", "words"), PARTS)
def test_every_part_says_its_words(part: Part, words: tuple[str, ...]) -> None:
    assert tuple(words_of(part)) == words
    collected = Collected()
    collected.hear([PartGiven(part=part, index=0)])
    assert "".join(collected.texts) == "".join(words)


def test_an_answer_says_what_all_its_choices_say() -> None:
    choices = (
        Choice(index=0, parts=(Text(text="a"), Refusal(text="b")), stop="end"),
        Choice(index=1, parts=(Text(text="c"),), stop="end"),
    )
    assert list(texts_of(Response(id="r", model="m", choices=choices))) == ["a", "b", "c"]


def delta(text: str, index: int = 0, choice: int = 0) -> Delta:
    return Delta(kind="text", index=index, text=text, choice=choice)


def test_words_of_a_stream_are_joined_by_part_and_choice() -> None:
    events: list[Event] = [
        Started(id="r", model="m"),
        delta("to ", 0),
        delta("x", 0, 1),
        delta("why", 1),
        delta("ann", 0),
        Delta(kind="audio", index=2, text="UklGRg=="),
        Ended(),
    ]
    collected = Collected()
    for event in events:
        collected.hear([event])
    assert collected.texts == ("to ann", "x", "why")
    assert not collected.is_full


@pytest.mark.parametrize(
    "event",
    [
        delta("x" * 10),
        delta(""),
        Pinged(),
        PartStarted(kind="text", index=0),
        PartGiven(part=Text(text="x"), index=0),
        Delta(kind="audio", index=0, text="x" * 10),
        StateGiven(index=0, state=Opaque(origin="openai_chat", value="x" * 10)),
    ],
)
def test_whatever_comes_is_bounded(event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream of pings would grow for as long as it may take, if only words counted."""
    monkeypatch.setattr(collecting, "COLLECTED_CHARACTERS_MAX", 4_000)
    collected = Collected()
    for _ in range(4_000):
        collected.hear([event])
    assert collected.is_full
