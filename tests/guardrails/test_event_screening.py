"""A stream is screened as its whole would be, however it was cut; what is withheld never goes."""

import json
import random
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.guardrails.answer_rules import rules_of
from tests.guardrails.documents import documents

from detente.canonical.content import (
    Citation,
    Inline,
    Media,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    TokenLogprob,
    ToolCall,
)
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
from detente.canonical.guardrail import Policy, RiskRule
from detente.canonical.response import Choice, ContentFilter, Response
from detente.canonical.usage import Usage
from detente.guardrails.answer_judging import AnswerRules
from detente.guardrails.answer_screening import screened_response
from detente.guardrails.detectors import DETECTORS
from detente.guardrails.event_screening import EventScreen

RULES = rules_of()
STATE = StateGiven(index=0, state=Opaque(origin="anthropic_messages", value="x"))
KINDS: tuple[PartKind, ...] = ("text", "refusal", "reasoning", "tool_call", "custom_call")
EXTRAS = Extras(dialect="openai_chat", members={"a": "Ann"})
MASKED_EXTRAS = Extras(dialect="openai_chat", members={"a": "[PERSON]"})


def delta(text: str, index: int = 0, choice: int = 0, kind: PartKind = "text") -> Delta:
    return Delta(kind=kind, index=index, text=text, choice=choice)


def fed(events: Iterable[Event], rules: AnswerRules = RULES) -> list[Event]:
    screen = EventScreen(rules)
    out = [made for event in events for made in screen.feed(event)]
    return out + screen.close()


def text_of(events: Iterable[Event], index: int = 0, choice: int = 0) -> str:
    return "".join(
        event.text
        for event in events
        if isinstance(event, Delta) and (event.index, event.choice) == (index, choice)
    )


def part_of(kind: PartKind, text: str) -> Part:
    match kind:
        case "refusal":
            return Refusal(text=text)
        case "reasoning":
            return Reasoning(text=text)
        case "tool_call":
            return ToolCall(id="1", name="a", arguments=text)
        case "custom_call":
            return ToolCall(id="1", name="a", arguments=text, kind="custom")
        case _:
            return Text(text=text)


def same_as_whole(kind: PartKind, pieces: list[str], rules: AnswerRules) -> None:
    part = part_of(kind, "".join(pieces))
    whole = screened_response(Response(id="", model="", choices=(Choice(parts=(part,)),)), rules)
    made = whole.response.choices[0].parts[0]
    assert isinstance(made, Text | Refusal | Reasoning | ToolCall)
    screen = EventScreen(rules)
    out = [one for piece in pieces for one in screen.feed(delta(piece, kind=kind))]
    out += screen.feed(PartStopped(index=0))
    assert text_of(out) == (made.arguments if isinstance(made, ToolCall) else made.text)
    assert not screen.holds
    assert screen.blocked is any(one.treatment == "block" for one in whole.screened)
    assert set(screen.screened) == set(whole.screened)
    assert set(screen.signals) == set(whole.signals)


def cut(text: str, source: random.Random, lengths: tuple[int, ...]) -> list[str]:
    pieces: list[str] = []
    while text:
        length = source.choice(lengths)
        pieces.append(text[:length])
        text = text[length:]
    return pieces


WORDS = ("Ann", " Lee", "ann@example.com", " and so on ", "plot", "é\U0001f600", '"\\\n', "x" * 40)


@given(
    st.sampled_from(KINDS),
    st.lists(st.lists(st.sampled_from(WORDS), max_size=6).map("".join), max_size=5),
    st.integers(0, 2**32),
    st.sampled_from(("mask", "block", "flag", "pseudonymise")),
    st.booleans(),
)
def test_any_split_gives_what_the_whole_gives(
    kind: PartKind, words: list[str], seed: int, person: str, structured: bool
) -> None:
    source = random.Random(seed)
    text = " ".join(words)
    if kind == "tool_call" or structured:
        value = {one: [one, 4155550132, None] for one in words}
        text = json.dumps(value, ensure_ascii=source.random() < 0.5)
        text = text[: source.choice((len(text), source.randrange(len(text) + 1)))]
        text = text.replace('"', "") if source.random() < 0.2 else text
    treatment = {"mask": "mask", "block": "block", "flag": "flag"}.get(person, "pseudonymise")
    rules = rules_of(
        {"person": treatment, "email": "mask"},  # pyright: ignore[reportArgumentType] - one of them
        risks=(RiskRule(treatment="mask"),),
        structured=structured,
    )
    same_as_whole(kind, cut(text, source, (1, 2, 5, 30, 200)), rules)


@pytest.mark.parametrize("kind", KINDS)
def test_seeded_splits_of_labelled_texts(kind: PartKind) -> None:
    source = random.Random(20261122)
    names = {name: "mask" for one in DETECTORS for name in one.categories}
    rules = rules_of(names, detectors=DETECTORS)  # pyright: ignore[reportArgumentType] - one of them
    for document in documents(20, seed=11):
        text = document.text
        if kind == "tool_call":
            text = json.dumps({"a": [text, 4111111111111111], text[:20]: 1.5}, indent=1)
        for _ in range(3):
            same_as_whole(kind, cut(text, source, (1, 4, 4, 5, 40)), rules)


def test_what_has_no_finding_goes_on_as_the_same_events() -> None:
    events: list[Event] = [delta("word ") for _ in range(200)]
    screen = EventScreen(RULES)
    whole = [made for event in events for made in screen.feed(event)]
    assert len(whole) > 100
    whole += screen.close()
    assert text_of(whole) == "word " * 200
    assert sum(any(made is event for event in events) for made in whole) > 190


def test_what_is_no_text_goes_at_once() -> None:
    screen = EventScreen(RULES)
    for event in (
        UsageReported(usage=Usage()),
        Pinged(),
        Started(id="1", model="m"),
        PartStarted(kind="text", index=0),
        delta(""),
        STATE,
        StateGiven(index=9, state=STATE.state),
    ):
        assert [made is event for made in screen.feed(event)] == [True]
    assert screen.feed(Framed(dialect="openai_chat", name="", members={})) == []


@pytest.mark.parametrize(
    "end", [PartStopped(index=0), Stopped(stop="end"), Ended(), Failed(code="x", message="y")]
)
def test_an_end_lets_go_first_what_was_held(end: Event) -> None:
    screen = EventScreen(RULES)
    assert screen.feed(delta("to Ann")) == []
    assert screen.holds
    assert screen.feed(end) == [delta("to [PERSON]"), end]
    assert not screen.holds
    assert screen.close() == []


def test_a_choice_s_end_leaves_the_others_waiting() -> None:
    screen = EventScreen(RULES)
    for choice in (0, 1):
        for index in (1, 0):
            screen.feed(delta("Ann", index, choice))
    out = screen.feed(Stopped(stop="end", choice=1))
    assert [(made.choice, made.index) for made in out if isinstance(made, Delta)] == [
        (1, 0),
        (1, 1),
    ]
    assert text_of(screen.feed(Ended())) == "[PERSON]"


def test_what_is_said_of_a_part_waits_behind_its_text() -> None:
    screen = EventScreen(RULES)
    cited = Cited(index=0, citation=Citation(kind="url", title="by Ann", start=3, end=6))
    assert screen.feed(delta("to Ann")) == []
    assert screen.feed(STATE) == screen.feed(cited) == screen.feed(delta("!")) == []
    assert screen.close() == [
        delta("to [PERSON]"),
        STATE,
        Cited(index=0, citation=Citation(kind="url", title="by [PERSON]", start=3, end=11)),
        delta("!"),
    ]
    late = Cited(index=0, citation=Citation(kind="url", start=6, end=7))
    moved = Cited(index=0, citation=Citation(kind="url", start=11, end=12))
    assert screen.feed(late) == [moved]


def test_a_citation_of_no_text_is_looked_at() -> None:
    out = fed([Cited(index=3, citation=Citation(kind="url", title="Ann", start=1))])
    assert out == [Cited(index=3, citation=Citation(kind="url", title="[PERSON]", start=1))]


def test_a_finding_over_several_deltas_is_one_mark() -> None:
    out = fed(delta(piece) for piece in ("to ", "A", "nn", " L", "ee, ", "so"))
    assert [made.text for made in out if isinstance(made, Delta)] == ["to ", "[PERSON]", ", ", "so"]


def test_due_lets_go_what_can_begin_no_finding() -> None:
    screen = EventScreen(RULES)
    screen.feed(delta("It is said that nob"))
    screen.feed(delta("Ann", 1))
    assert screen.due() == [delta("It is said that ")]
    assert screen.holds
    assert screen.due() == []
    assert text_of(screen.feed(delta("ody goes, Ann"))) == ""
    assert text_of(screen.due()) == "nobody goes, "
    assert text_of(screen.close()) == "[PERSON]"


def test_due_passes_over_parts_of_which_nothing_waits_and_stops_at_a_block() -> None:
    screen = EventScreen(rules_of({"person": "block"}))
    screen.feed(delta("", 0))
    for index in (1, 2):
        screen.feed(delta("so Ann is", index))
    assert screen.due() == [delta("so ", 1)]
    assert screen.blocked


def test_due_lets_go_structure_and_words_of_arguments() -> None:
    screen = EventScreen(RULES)
    first = screen.feed(delta('{"a": "It is ', kind="tool_call"))
    assert text_of(first) == '{"a": "'
    assert text_of(screen.due()) == "It "
    assert text_of(screen.feed(delta('Ann"}', kind="tool_call"))) == 'is [PERSON]"}'


def tokens(*texts: str) -> list[Event]:
    return [
        Delta(kind="text", index=0, text=text, logprobs=(TokenLogprob(token=text, logprob=-1.0),))
        for text in texts
    ]


def test_log_probabilities_travel_with_their_text_and_go_with_masked_text() -> None:
    events = tokens("to", " ", "An", "n", "", "!", "")
    out = fed(events)
    assert out == [*events[:2], delta("[PERSON]"), *events[5:]]


def test_log_probabilities_of_half_a_character_wait_for_the_other_half() -> None:
    screen = EventScreen(RULES)
    first, half, rest = tokens("and so on " * 12, "", "Ann")
    out = [*screen.feed(first), *screen.feed(half), *screen.feed(rest)]
    assert half not in [*out, *screen.close()]
    screen = EventScreen(RULES)
    kept = [*screen.feed(first), *screen.feed(half), *screen.close()]
    assert kept == [first, half]


def test_several_tokens_of_one_delta_lose_those_that_are_masked() -> None:
    three = tuple(TokenLogprob(token=one, logprob=-1.0) for one in ("to ", "Ann", "!"))
    event = Delta(kind="text", index=0, text="to Ann!", logprobs=three)
    assert fed([event]) == [
        Delta(kind="text", index=0, text="to [PERSON]!", logprobs=(three[0], three[2]))
    ]


def test_a_block_lets_go_what_stood_before_and_nothing_more() -> None:
    rules = rules_of({"person": "block"})
    screen = EventScreen(rules)
    assert screen.feed(delta("to Bob and Ann and others")) == []
    assert screen.feed(STATE) == []
    assert screen.feed(delta("Bob", 1)) == []
    assert screen.feed(PartStopped(index=0)) == [delta("to Bob and ")]
    assert screen.blocked
    assert not screen.holds
    for event in (delta("x"), delta("y", 1), Ended(), UsageReported(usage=Usage())):
        assert screen.feed(event) == []
    assert screen.due() == screen.close() == []
    assert [(one.category, one.treatment) for one in screen.screened] == [("person", "block")]


def test_a_block_in_arguments_lets_go_what_stood_before() -> None:
    out = fed([delta('{"a":"x","b":"to Ann"}', kind="tool_call")], rules_of({"person": "block"}))
    assert text_of(out) == '{"a":"x","b":"to '


@pytest.mark.parametrize(
    "event",
    [
        PartGiven(index=1, part=Text(text="Ann")),
        Stopped(stop="stop_sequence", stop_sequence="Ann"),
        Failed(code="x", message="no Ann"),
        Cited(index=7, citation=Citation(kind="url", title="Ann")),
        Started(id="1", model="m", extras=EXTRAS),
    ],
)
def test_what_comes_whole_can_be_withheld(event: Event) -> None:
    screen = EventScreen(rules_of({"person": "block"}))
    assert screen.feed(event) == []
    assert screen.blocked


@pytest.mark.parametrize("treatment", ["block", "elsewhere", "hold"])
def test_a_risk_can_withhold_the_answer(treatment: str) -> None:
    rule = RiskRule(treatment=treatment)  # pyright: ignore[reportArgumentType] - one of them
    screen = EventScreen(rules_of(risks=(rule,)))
    screen.feed(delta("a plot it is"))
    assert screen.close() == [delta("a ")]
    assert screen.blocked
    assert [one.category for one in screen.signals] == ["topic"]


def test_a_risk_that_is_flagged_goes_and_is_told() -> None:
    screen = EventScreen(rules_of(risks=(RiskRule(treatment="flag"),)))
    screen.feed(delta("a plot, Ann"))
    assert text_of(screen.close()) == "a plot, [PERSON]"
    assert not screen.blocked
    assert len(screen.signals) == 1


@pytest.mark.parametrize(("on_failure", "text"), [("block", ""), ("flag", "to [PERSON] ERR")])
def test_a_detector_that_fails_does_what_the_policy_says(on_failure: str, text: str) -> None:
    policy = Policy(name="p", on_failure="block" if on_failure == "block" else "flag")
    screen = EventScreen(rules_of(policy=policy))
    screen.feed(delta("to Ann ERR"))
    assert text_of(screen.close()) == text
    assert screen.blocked is (on_failure == "block")
    assert ("detector_failed", on_failure) in [
        (one.category, one.treatment) for one in screen.screened
    ]


@pytest.mark.parametrize("on_unread", ["block", "flag", "allow"])
def test_sound_is_unread(on_unread: str) -> None:
    sound = delta("UklGRg==", kind="audio")
    policy = Policy(
        name="p",
        on_unread="block" if on_unread == "block" else "flag" if on_unread == "flag" else "allow",
    )
    screen = EventScreen(rules_of(policy=policy))
    assert screen.feed(sound) == ([] if on_unread == "block" else [sound])
    assert screen.feed(sound) == ([] if on_unread == "block" else [sound])
    told = [(one.detector, one.treatment, one.count) for one in screen.screened]
    assert told == ([] if on_unread == "allow" else [("audio", on_unread, 0)])


def test_everything_else_is_looked_at_where_it_says_something() -> None:
    said = ContentFilter(dialect="bedrock_converse", stage="output", name="x", value="Ann")
    told = ContentFilter(dialect="bedrock_converse", stage="output", name="x", value="[PERSON]")
    image = Media(kind="image", source=Inline(media_type="image/png", data="QQ=="), title="Ann")
    rules = rules_of(policy=Policy(name="p", on_unread="flag"))
    assert fed(
        [
            Started(id="Ann", model="m", extras=EXTRAS),
            PartStarted(kind="text", index=0, extras=EXTRAS),
            PartGiven(index=1, part=image),
            Filtered(filter=said),
            Stopped(stop="stop_sequence", stop_sequence="Ann", stop_detail="Ann", extras=EXTRAS),
            Failed(code="x", message="no Ann", extras=EXTRAS),
        ],
        rules,
    ) == [
        Started(id="Ann", model="m", extras=MASKED_EXTRAS),
        PartStarted(kind="text", index=0, extras=MASKED_EXTRAS),
        PartGiven(
            index=1,
            part=Media(kind="image", source=image.source, title="[PERSON]"),
        ),
        Filtered(filter=told),
        Stopped(
            stop="stop_sequence",
            stop_sequence="[PERSON]",
            stop_detail="[PERSON]",
            extras=MASKED_EXTRAS,
        ),
        Failed(code="x", message="no [PERSON]", extras=MASKED_EXTRAS),
    ]


def test_stand_ins_of_the_request_are_no_findings() -> None:
    originals = {"ann@example.com": "real@contoso.com"}
    events = [delta("to ann@exa"), delta("mple.com and bob@example.com")]
    assert text_of(fed(events, rules_of(originals=originals))) == "to ann@example.com and [EMAIL]"
