"""Events of a part wait in a row, and go on as they came but where something is masked in them."""

import pytest
from tests.guardrails.answer_rules import rules_of

from detente.canonical.content import Citation, Opaque, TokenLogprob
from detente.canonical.events import Cited, Delta, StateGiven
from detente.canonical.guardrail import RiskRule
from detente.guardrails.answer_judging import AnswerJudge, AnswerRules
from detente.guardrails.answer_screening import ValueScreener
from detente.guardrails.open_part import OpenPart

STATE = StateGiven(index=0, state=Opaque(origin="anthropic_messages", value="x"))


def delta(text: str, *tokens: str) -> Delta:
    logprobs = tuple(TokenLogprob(token=one, logprob=-1.0) for one in tokens)
    return Delta(kind="text", index=0, text=text, logprobs=logprobs)


def part(rules: AnswerRules | None = None) -> OpenPart:
    return OpenPart(delta(""), ValueScreener(AnswerJudge(rules or rules_of())))


def test_events_go_on_as_they_came() -> None:
    one = part()
    events = [delta("and "), delta("so "), delta("on")]
    assert [one.feed(event) for event in events] == [[], [], []]
    assert one.waits
    out = one.flush()
    assert all(made is event for made, event in zip(out, events, strict=True))
    assert not one.waits


def test_only_the_event_in_which_the_cleared_text_ends_is_cut() -> None:
    one = part()
    events = [delta("and "), delta("so on it")]
    for event in events:
        one.feed(event)
    first, second = one.due()
    assert first is events[0]
    assert second == delta("so on ")
    assert one.flush() == [delta("it")]


def test_one_with_log_probabilities_goes_whole() -> None:
    one = part()
    events = [delta("and ", "and "), delta("so on it", "so ", "on it")]
    for event in events:
        one.feed(event)
    assert one.due() == events[:1]
    assert one.flush() == events[1:]


def test_a_mark_stands_in_the_event_where_its_finding_begins() -> None:
    one = part()
    for text in ("to A", "n", "n Le", "e.", " And Ann", "!"):
        one.feed(delta(text))
    assert one.flush() == [delta("to [PERSON]"), delta("."), delta(" And [PERSON]"), delta("!")]


def test_a_finding_that_begins_in_one_that_waits_whole() -> None:
    one = part()
    one.feed(delta("by Ann, said Ann", "by ", "Ann, said Ann"))
    assert one.due() == []
    assert one.feed(delta(" Lee")) == []
    assert one.flush() == [delta("by [PERSON], said [PERSON]", "by ")]


def test_what_is_said_waits_for_the_text_before_it() -> None:
    one = part()
    cited = Cited(index=0, citation=Citation(kind="url", start=0, end=3))
    assert one.say(STATE) == [STATE]
    one.feed(delta("Ann"))
    assert one.say(cited) == one.say(STATE) == []
    assert one.flush() == [
        delta("[PERSON]"),
        Cited(index=0, citation=Citation(kind="url", start=0, end=8)),
        STATE,
    ]
    assert one.say(STATE) == [STATE]


def test_one_without_text_or_tokens_goes_in_its_turn() -> None:
    one = part()
    empty = delta("")
    assert one.feed(empty) == [empty]
    one.feed(delta("Ann"))
    assert one.feed(empty) == []
    assert one.flush() == [delta("[PERSON]"), empty]


@pytest.mark.parametrize(
    "said", [STATE, Cited(index=0, citation=Citation(kind="url", title="Ann"))]
)
def test_after_a_block_nothing_waits(said: StateGiven | Cited) -> None:
    one = part(rules_of({"person": "block"}))
    for text in ("to ", "Bob and Ann", " and on"):
        one.feed(delta(text))
    one.say(said)
    assert one.flush() == [delta("to "), delta("Bob and ")]
    assert not one.waits


def test_tokens_at_what_is_withheld_are_withheld() -> None:
    one = part(rules_of({"person": "block"}))
    for event in (delta("to ", "to "), delta("", "\\xc3"), delta("Ann", "Ann")):
        one.feed(event)
    assert one.flush() == [delta("to ", "to ")]


def test_what_is_said_can_be_what_withholds() -> None:
    one = part(rules_of({"person": "block"}))
    one.feed(delta("so"))
    one.say(Cited(index=0, citation=Citation(kind="url", title="Ann")))
    one.say(STATE)
    assert one.flush() == [delta("so")]
    assert not one.waits


def test_what_a_mark_has_taken_leaves_no_event() -> None:
    rules = rules_of({"person": "mask"}, risks=(RiskRule(treatment="block"),))
    one = part(rules)
    one.feed(delta("x A"))
    one.feed(delta("nnplot"))
    assert one.flush() == [delta("x [PERSON]")]
