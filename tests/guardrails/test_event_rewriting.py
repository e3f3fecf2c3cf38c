"""The walk over a streamed answer: the order of what goes, whatever becomes of its texts."""

from functools import partial

from detente.canonical.content import Citation, TokenLogprob
from detente.canonical.events import (
    Cited,
    Delta,
    Ended,
    Event,
    Failed,
    Framed,
    PartStopped,
    Pinged,
    Stopped,
)
from detente.guardrails.event_rewriting import EventRewriter, OfPart
from detente.guardrails.moving import moved
from detente.guardrails.restoring import Form
from detente.guardrails.value_rewriting import Spoken, ValueRewriter


class Shouting(ValueRewriter):
    """Makes every text large, and notes what has none."""

    def __init__(self) -> None:
        super().__init__()
        self.kinds: list[str] = []

    def rewritten(self, form: Form, text: str) -> str:
        del form
        return text.upper()

    def spoken(self, form: Form, text: str, logprobs: tuple[TokenLogprob, ...]) -> Spoken:
        return Spoken(text=self.rewritten(form, text), logprobs=logprobs, moved=partial(moved, []))

    def unseen(self, kind: str) -> None:
        self.kinds.append(kind)


class Held:
    """A part that lets nothing go before its end."""

    def __init__(self) -> None:
        self.row: list[Event] = []

    def feed(self, event: Delta) -> list[Event]:
        self.row.append(event)
        return []

    def say(self, event: OfPart) -> list[Event]:
        self.row.append(event)
        return []

    def flush(self) -> list[Event]:
        row, self.row = self.row, []
        return row


class Holding(EventRewriter[Held]):
    """Holds every part; over once somebody says so."""

    def __init__(self) -> None:
        self.values = Shouting()
        self.over = False
        super().__init__(self.values)

    def opened(self, first: Delta) -> Held:
        del first
        return Held()

    @property
    def is_over(self) -> bool:
        return self.over


def text(index: int, said: str, choice: int = 0) -> Delta:
    return Delta(kind="text", index=index, text=said, choice=choice)


def test_the_end_of_a_part_lets_go_what_it_held_with_what_was_said_of_it() -> None:
    rewriter = Holding()
    said = Cited(index=0, citation=Citation(kind="url", url="u"))
    assert rewriter.feed(text(0, "a")) == rewriter.feed(said) == []
    assert rewriter.feed(PartStopped(index=0)) == [text(0, "a"), said, PartStopped(index=0)]


def test_the_end_of_a_choice_lets_go_its_parts_alone() -> None:
    rewriter = Holding()
    for event in (text(1, "b"), text(0, "a"), text(0, "c", choice=1)):
        rewriter.feed(event)
    stopped = Stopped(stop="end", choice=0)
    assert rewriter.feed(stopped) == [text(0, "a"), text(1, "b"), stopped]
    assert rewriter.feed(Ended()) == [text(0, "c", choice=1), Ended()]


def test_words_outside_of_parts_are_rewritten_and_wire_events_dropped() -> None:
    rewriter = Holding()
    failed = rewriter.feed(Failed(code="c", message="said"))
    assert failed == [Failed(code="c", message="SAID")]
    assert rewriter.feed(Framed(dialect="openai_chat", name="x", members={})) == []
    assert rewriter.feed(Pinged()) == [Pinged()]


def test_sound_goes_and_is_told() -> None:
    rewriter = Holding()
    sound = Delta(kind="audio", index=0, text="UklGRg==")
    assert rewriter.feed(sound) == [sound]
    assert rewriter.values.kinds == ["audio"]


def test_what_was_cut_off_lets_go_everything_and_what_is_over_nothing() -> None:
    rewriter = Holding()
    rewriter.feed(text(0, "a"))
    assert rewriter.close() == [text(0, "a")]
    rewriter.feed(text(0, "b"))
    rewriter.over = True
    assert rewriter.feed(Ended()) == rewriter.close() == []
