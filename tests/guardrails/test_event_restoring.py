"""A stream gives the originals however it was cut, part by part, and holds nothing at its end."""

import json
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.content import Citation, Opaque, Text, TokenLogprob
from detente.canonical.events import (
    Cited,
    Delta,
    Ended,
    Event,
    Failed,
    Filtered,
    Framed,
    PartGiven,
    PartKind,
    PartStarted,
    PartStopped,
    Pinged,
    Started,
    StateGiven,
    Stopped,
    UsageReported,
)
from detente.canonical.extras import Extras
from detente.canonical.response import ContentFilter
from detente.canonical.usage import Usage
from detente.dialects import DIALECTS, codec_of
from detente.dialects.codec import Codec, Reply
from detente.guardrails.event_restoring import EventRestorer

NAME = "⟨PERSON_abcdefghijklm⟩"
ANN = 'Ann "A"\n'
ORIGINALS = {NAME: ANN}
EXTRAS = Extras(dialect="openai_chat", members={"a": NAME})
RESTORED_EXTRAS = Extras(dialect="openai_chat", members={"a": ANN})
HALF = Delta(kind="text", index=0, text="to ⟨PERS")
STATE = StateGiven(index=0, state=Opaque(origin="anthropic_messages", value="x"))
WORDS: tuple[PartKind, ...] = ("text", "refusal", "reasoning", "summary", "custom_call")


def fed(events: Iterable[Event], *, structured: bool = False) -> list[Event]:
    restorer = EventRestorer(ORIGINALS, structured=structured)
    out = [made for event in events for made in restorer.feed(event)]
    return out + restorer.close()


def text_of(events: Iterable[Event], index: int = 0, choice: int = 0) -> str:
    return "".join(
        event.text
        for event in events
        if isinstance(event, Delta) and (event.index, event.choice) == (index, choice)
    )


@given(
    st.sampled_from(WORDS),
    st.lists(st.sampled_from(("a ", NAME, "⟨", "é")), max_size=5).map("".join),
    st.data(),
)
def test_every_kind_of_words_at_any_split(kind: PartKind, text: str, data: st.DataObject) -> None:
    pieces: list[str] = []
    while text:
        length = data.draw(st.integers(1, len(text)))
        pieces.append(text[:length])
        text = text[length:]
    events: list[Event] = [PartStarted(kind=kind, index=0)]
    events += (Delta(kind=kind, index=0, text=piece) for piece in pieces)
    out = fed([*events, PartStopped(index=0)])
    assert text_of(out) == "".join(pieces).replace(NAME, ANN)
    assert out[-1] == PartStopped(index=0)
    assert {event.kind for event in out if isinstance(event, Delta)} <= {kind}


@pytest.mark.parametrize("ascii_only", [True, False])
def test_arguments_stay_json_at_every_split(ascii_only: bool) -> None:
    arguments = json.dumps({"to": NAME, "n": [1, f"\\{NAME}"]}, ensure_ascii=ascii_only)
    for at in range(len(arguments) + 1):
        for pieces in ((arguments[:at], arguments[at:]), tuple(arguments)):
            out = fed(Delta(kind="tool_call", index=0, text=piece) for piece in pieces)
            assert json.loads(text_of(out)) == {"to": ANN, "n": [1, f"\\{ANN}"]}


def test_structured_text_is_json_and_other_words_are_not() -> None:
    text = json.dumps({"to": NAME}, ensure_ascii=False)
    kinds: tuple[tuple[PartKind, bool], ...] = (("text", True), ("reasoning", False))
    for kind, escaped in kinds:
        out = fed((Delta(kind=kind, index=0, text=piece) for piece in text), structured=True)
        assert (ANN in text_of(out)) is not escaped
    assert json.loads(text_of(fed([Delta(kind="text", index=0, text=text)], structured=True)))


def test_what_begins_no_stand_in_passes_as_the_same_event() -> None:
    restorer = EventRestorer(ORIGINALS)
    for event in (
        Delta(kind="text", index=0, text="Hello there, 1 < 2."),
        Delta(kind="audio", index=1, text=NAME),
        UsageReported(usage=Usage()),
        Pinged(),
        Started(id="1", model="m"),
        PartStarted(kind="text", index=0),
        StateGiven(index=9, state=STATE.state),
    ):
        assert [made is event for made in restorer.feed(event)] == [True]


def test_frames_are_dropped() -> None:
    framed = Framed(dialect="openai_chat", name="", members={"a": NAME})
    assert EventRestorer(ORIGINALS).feed(framed) == []


@pytest.mark.parametrize(
    "end",
    [
        PartStopped(index=0),
        Stopped(stop="end"),
        Ended(),
        Failed(code="x", message="y"),
    ],
)
def test_an_end_lets_go_first_what_was_held(end: Event) -> None:
    restorer = EventRestorer(ORIGINALS)
    assert restorer.feed(HALF) == [Delta(kind="text", index=0, text="to ")]
    assert restorer.feed(end) == [Delta(kind="text", index=0, text="⟨PERS"), end]
    assert restorer.close() == []


def test_a_choice_s_end_leaves_the_others_waiting() -> None:
    restorer = EventRestorer(ORIGINALS)
    for choice in (0, 1):
        for index in (1, 0):
            restorer.feed(Delta(kind="text", index=index, choice=choice, text="⟨"))
    out = restorer.feed(Stopped(stop="end", choice=1))
    assert [(made.choice, made.index) for made in out if isinstance(made, Delta)] == [
        (1, 0),
        (1, 1),
    ]
    assert text_of(restorer.feed(Ended())) == "⟨"


def test_a_stream_that_was_cut_off_lets_go_what_was_held() -> None:
    assert text_of(fed([HALF])) == "to ⟨PERS"


def test_parts_wait_for_themselves() -> None:
    pieces = ("⟨PERSON_", "abcdefg", "hijklm⟩")
    events = [
        Delta(kind="text", index=index, choice=choice, text=piece)
        for piece in pieces
        for index in (0, 1)
        for choice in (0, 1)
    ]
    out = fed(events)
    assert [text_of(out, index, choice) for index in (0, 1) for choice in (0, 1)] == [ANN] * 4


def test_what_is_said_of_a_part_waits_behind_its_tail() -> None:
    restorer = EventRestorer(ORIGINALS)
    citation = Citation(kind="url", title=NAME, start=3, end=3 + len(NAME))
    restorer.feed(HALF)
    assert restorer.feed(STATE) == []
    assert restorer.feed(Cited(index=0, citation=citation)) == []
    out = restorer.feed(Delta(kind="text", index=0, text="ON_abcdefghijklm⟩!"))
    assert out == [
        Delta(kind="text", index=0, text=f"{ANN}!"),
        STATE,
        Cited(index=0, citation=Citation(kind="url", title=ANN, start=3, end=3 + len(ANN))),
    ]
    assert restorer.feed(STATE) == [STATE]


def test_a_citation_of_no_text_is_restored() -> None:
    out = fed([Cited(index=3, citation=Citation(kind="url", title=NAME, start=1))])
    assert out == [Cited(index=3, citation=Citation(kind="url", title=ANN, start=1))]


def test_log_probabilities_travel_with_their_text() -> None:
    tokens = [TokenLogprob(token=token, logprob=-1.0) for token in ("⟨PERS", "ON_abcdefghijklm⟩")]
    out = fed(Delta(kind="text", index=0, text=token.token, logprobs=(token,)) for token in tokens)
    assert out == [Delta(kind="text", index=0, text=ANN, logprobs=tuple(tokens))]


def test_everything_else_is_restored_where_it_says_something() -> None:
    said = ContentFilter(dialect="bedrock_converse", stage="output", name="x", value=NAME)
    told = ContentFilter(dialect="bedrock_converse", stage="output", name="x", value=ANN)
    assert fed(
        [
            Started(id=NAME, model="m", extras=EXTRAS),
            PartStarted(kind="text", index=0, extras=EXTRAS),
            PartGiven(index=1, part=Text(text=NAME)),
            Filtered(filter=said),
            Stopped(stop="stop_sequence", stop_sequence=NAME, stop_detail=NAME, extras=EXTRAS),
            Failed(code="x", message=f"no {NAME}", extras=EXTRAS),
        ]
    ) == [
        Started(id=NAME, model="m", extras=RESTORED_EXTRAS),
        PartStarted(kind="text", index=0, extras=RESTORED_EXTRAS),
        PartGiven(index=1, part=Text(text=ANN)),
        Filtered(filter=told),
        Stopped(stop="stop_sequence", stop_sequence=ANN, stop_detail=ANN, extras=RESTORED_EXTRAS),
        Failed(code="x", message=f"no {ANN}", extras=RESTORED_EXTRAS),
    ]


CODECS = tuple(codec for codec in (codec_of(spec.name) for spec in DIALECTS) if codec is not None)


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.name)
def test_every_client_dialect_carries_what_was_restored(codec: Codec) -> None:
    words, value = f"Hi {NAME}, [PERSON_abcdefghijklm]!", {"to": NAME, "n": ["x", NAME]}
    events: list[Event] = [Started(id="r1", model="m"), PartStarted(kind="text", index=0)]
    events += (Delta(kind="text", index=0, text=one) for one in words)
    events += [
        PartStopped(index=0),
        PartStarted(kind="tool_call", index=1, id="call_1", name="mail"),
    ]
    events += (Delta(kind="tool_call", index=1, text=one) for one in json.dumps(value))
    events += [PartStopped(index=1), Stopped(stop="tool_calls"), UsageReported(usage=Usage())]
    encoder = codec.stream_encoder(Reply())
    decoder = codec.stream_decoder()
    got = decoder.feed(encoder.feed(fed([*events, Ended()]))) + decoder.close()
    said = {
        kind: "".join(one.text for one in got if isinstance(one, Delta) and one.kind == kind)
        for kind in ("text", "tool_call")
    }
    assert said["text"] == f"Hi {ANN}, {ANN}!"
    if codec.name != "openai_completions":  # which has no tools
        assert json.loads(said["tool_call"]) == {"to": ANN, "n": ["x", ANN]}
