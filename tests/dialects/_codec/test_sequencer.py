"""Parts one after the other: nothing is lost, and within a part the order is kept."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.canonical.content import Citation, Opaque, Text
from detente.canonical.events import (
    Cited,
    Delta,
    Ended,
    Event,
    PartGiven,
    PartStarted,
    PartStopped,
    Pinged,
    Started,
    StateGiven,
    Stopped,
    UsageReported,
)
from detente.canonical.failure import ProviderFault
from detente.canonical.usage import Usage
from detente.dialects._codec import sequencer
from detente.dialects._codec.sequencer import Sequencer

START = Started(id="a", model="m")
STATE = Opaque(origin="gemini_generate", value="sig")


def begun(index: int, choice: int = 0) -> PartStarted:
    return PartStarted(kind="tool_call", index=index, choice=choice, id=f"call_{index}")


def more(index: int, text: str, choice: int = 0) -> Delta:
    return Delta(kind="tool_call", index=index, text=text, choice=choice)


def whole(index: int) -> PartGiven:
    return PartGiven(index=index, part=Text(text=str(index)))


def stopped(index: int, choice: int = 0) -> PartStopped:
    return PartStopped(index=index, choice=choice)


def sequenced(*events: Event) -> list[Event]:
    """Fed one by one."""
    made = Sequencer()
    return [out for event in events for out in made.feed([event])]


def test_what_is_in_order_passes_as_it_comes() -> None:
    events: list[Event] = [
        START,
        begun(0),
        more(0, "a"),
        Pinged(),
        StateGiven(index=0, state=STATE),
        Cited(index=0, citation=Citation(kind="url")),
        stopped(0),
        whole(1),
        begun(2),
        stopped(2),
        Stopped(stop="end"),
        UsageReported(usage=Usage()),
        Ended(),
    ]
    made = Sequencer()
    for event in events:
        assert made.feed([event]) == [event]
    assert Sequencer().feed(events) == events


def test_a_part_that_begins_within_another_waits() -> None:
    assert sequenced(
        begun(0), begun(1), more(1, "x"), more(0, "a"), more(1, "y"), stopped(1), stopped(0)
    ) == [
        begun(0),
        more(0, "a"),
        stopped(0),
        begun(1),
        more(1, "x"),
        more(1, "y"),
        stopped(1),
    ]


def test_one_that_waited_goes_on_where_it_is_still_open() -> None:
    made = Sequencer()
    assert made.feed([begun(0), begun(1), more(1, "x"), begun(2), whole(3)]) == [begun(0)]
    assert made.feed([stopped(0)]) == [stopped(0), begun(1), more(1, "x")]
    assert made.feed([more(1, "y")]) == [more(1, "y")]
    assert made.feed([more(2, "z")]) == []
    assert made.feed([stopped(1)]) == [stopped(1), begun(2), more(2, "z")]
    assert made.feed([stopped(2)]) == [stopped(2), whole(3)]
    assert made.feed([whole(4)]) == [whole(4)]


def test_whole_parts_wait_in_their_order() -> None:
    assert sequenced(begun(0), whole(1), whole(2), begun(3), stopped(0), stopped(3)) == [
        begun(0),
        stopped(0),
        whole(1),
        whole(2),
        begun(3),
        stopped(3),
    ]


def test_the_end_of_the_choice_closes_what_is_open() -> None:
    end = Stopped(stop="tool_calls")
    assert sequenced(begun(0), begun(1), more(1, "x"), begun(2), end, Ended()) == [
        begun(0),
        stopped(0),
        begun(1),
        more(1, "x"),
        stopped(1),
        begun(2),
        stopped(2),
        end,
        Ended(),
    ]


def test_what_a_filter_cut_off_is_known() -> None:
    one = Sequencer()
    one.feed([PartStarted(kind="text", index=0), PartStopped(index=0)])
    one.feed([PartStarted(kind="tool_call", index=1), PartStarted(kind="tool_call", index=2)])
    one.feed([Stopped(stop="content_filter")])
    assert one.cut_off == {1, 2}
    other = Sequencer()
    other.feed([PartStarted(kind="text", index=0), Stopped(stop="length")])
    assert other.cut_off == set()


def test_other_choices_pass_untouched() -> None:
    other: list[Event] = [
        begun(0, 1),
        begun(1, 1),
        more(0, "a", 1),
        stopped(0, 1),
        PartGiven(index=2, choice=1, part=Text(text="x")),
        Stopped(stop="end", choice=1),
    ]
    assert sequenced(begun(0), *other, more(0, "b")) == [begun(0), *other, more(0, "b")]


def test_what_waits_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequencer, "WAITING_EVENTS_MAX", 10)
    made = Sequencer()
    with pytest.raises(ProviderFault, match="mixes too many parts"):
        made.feed([begun(0), *(begun(at) for at in range(1, 12))])
    made = Sequencer()
    for at in range(0, 100, 2):  # what was let through no longer counts
        made.feed([begun(at), begun(at + 1), more(at + 1, "x"), stopped(at + 1), stopped(at)])


@st.composite
def interleaved(draw: st.DrawFn) -> list[Event]:
    """Parts that are opened in order, and added to and closed in any."""
    events: list[Event] = [START]
    still_open: list[int] = []
    count = 0
    for _ in range(draw(st.integers(0, 30))):
        match draw(st.integers(0, 4)):
            case 0:
                events.append(begun(count))
                still_open.append(count)
                count += 1
            case 1:
                events.append(whole(count))
                count += 1
            case 2 if still_open:
                index = draw(st.sampled_from(still_open))
                still_open.remove(index)
                events.append(stopped(index))
            case _ if still_open:
                index = draw(st.sampled_from(still_open))
                events.append(more(index, draw(st.text(max_size=2))))
            case _:
                events.append(Pinged())
    return [*events, Stopped(stop="end"), Ended()]


def of_part(events: list[Event], index: int) -> list[Event]:
    return [event for event in events if getattr(event, "index", None) == index]


@settings(deadline=None)
@given(interleaved(), st.integers(1, 7))
def test_any_order_becomes_one_after_the_other(events: list[Event], size: int) -> None:
    made = Sequencer()
    out: list[Event] = []
    for at in range(0, len(events), size):
        out += made.feed(events[at : at + size])
    assert out == Sequencer().feed(events)
    opened: list[int] = []
    current: int | None = None
    for event in out:
        if isinstance(event, PartStarted):
            assert current is None
            current = event.index
            opened.append(event.index)
        elif isinstance(event, PartGiven):
            assert current is None
            opened.append(event.index)
        elif isinstance(event, Delta | PartStopped):
            assert event.index == current
            current = None if isinstance(event, PartStopped) else current
    assert current is None
    assert opened == sorted(opened)
    for index in opened:
        before, after = of_part(events, index), of_part(out, index)
        assert after[: len(before)] == before
        assert after[len(before) :] in ([], [stopped(index)])
