"""One answer on its way to the client: looked at, given its originals, or withheld."""

from collections.abc import Mapping

import pytest
from msgspec import convert
from msgspec.structs import replace
from tests.guardrails.answer_rules import Names
from tests.guardrails.governing import PLAIN, governed_of

from detente.canonical.content import Text
from detente.canonical.events import (
    Delta,
    Ended,
    Event,
    Framed,
    PartStarted,
    PartStopped,
    Pinged,
    Started,
    Stopped,
    UsageReported,
)
from detente.canonical.guardrail import Policy, RiskRule, RiskTreatment, Treatment
from detente.canonical.response import Choice, Response
from detente.canonical.usage import Usage
from detente.guardrails import answer_guard as module
from detente.guardrails import collecting
from detente.guardrails.answer_guard import TOO_LONG, AnswerGuard, looks_at_answers
from detente.guardrails.blocking import GuardrailRefusal
from detente.guardrails.detectors.email import Email
from detente.guardrails.screening import Screen

ANN, BOB = "ann@contoso.com", "bob@contoso.com"
WORD = "⟨EMAIL_abcdefghijklm⟩"
ORIGINALS = {WORD: ANN}
USAGE = Usage(uncached_input_tokens=10, visible_output_tokens=5)
REFUSAL = GuardrailRefusal("policy `p` says no; ask otherwise", blame="client")
SCREEN = Screen((Email(), Names()))
EMAIL: Mapping[str, Treatment] = {"email": "mask"}


def guard_of(
    output: Mapping[str, Treatment] | None = None,
    *,
    risk: RiskTreatment | None = None,
    originals: Mapping[str, str] = ORIGINALS,
    worded: bool = True,
    collects: bool = False,
    looks: bool = True,
    keeps: bool = True,
    policy: Policy = PLAIN,
) -> AnswerGuard:
    risks = () if risk is None else (RiskRule(treatment=risk),)
    governed = governed_of({}, replace(policy, risks=risks), output=output)

    def begun(answer: Response | Started) -> None:
        assert answer.id == "r"
        if not keeps:
            raise REFUSAL

    return AnswerGuard(
        governed=governed,
        treatments=governed.treatments["d"],
        screen=SCREEN if looks else None,
        originals=originals,
        structured=False,
        worded=worded,
        collects=collects,
        begun=begun,
    )


def answer_of(*texts: str) -> Response:
    choices = tuple(
        Choice(index=index, parts=(Text(text=text),), stop="end")
        for index, text in enumerate(texts)
    )
    return Response(id="r", model="m", choices=choices, usage=USAGE)


def words(response: Response) -> list[str]:
    return [part.text for one in response.choices for part in one.parts if isinstance(part, Text)]


def stream_of(*pieces: str) -> list[Event]:
    return [
        Started(id="r", model="m"),
        PartStarted(kind="text", index=0),
        *(Delta(kind="text", index=0, text=piece) for piece in pieces),
        PartStopped(index=0),
        Stopped(stop="end"),
        UsageReported(usage=USAGE),
        Ended(),
    ]


def fed(guard: AnswerGuard, events: list[Event]) -> list[Event]:
    out = [made for event in events for made in guard.events([event])]
    return out + guard.close()


def said(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Delta))


def names(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events if not isinstance(event, Delta)]


def told(guard: AnswerGuard) -> list[tuple[str, str, int]]:
    return [(one.category, one.treatment, one.count) for one in guard.screened]


WHOLE = ["Started", "PartStarted", "PartStopped", "Stopped", "UsageReported", "Ended"]
REFUSED = ["Started", "PartStarted", "PartStopped", "Stopped", "UsageReported", "Ended"]


# Whole.


def test_originals_are_put_back_and_are_no_finding() -> None:
    guard = guard_of(EMAIL)
    assert words(guard.response(answer_of(f"{WORD}, {BOB}"))) == [f"{ANN}, [EMAIL]"]
    assert told(guard) == [("email", "mask", 1)]
    assert guard.usage == USAGE
    assert guard.refusal is None


def test_what_nobody_looks_at_gets_its_originals() -> None:
    guard = guard_of({"email": "block"}, looks=False)
    assert words(guard.response(answer_of(f"{WORD}, {BOB}"))) == [f"{ANN}, {BOB}"]
    assert told(guard) == []


def test_what_a_model_invents_in_the_same_shape_stays() -> None:
    invented = "⟨EMAIL_zzzzzzzzzzzzz⟩"
    assert words(guard_of().response(answer_of(invented))) == [invented]
    assert words(guard_of(originals={}).response(answer_of(WORD))) == [WORD]


def test_a_blocked_answer_says_nothing_and_costs_what_it_cost() -> None:
    guard = guard_of({"email": "block"})
    made = guard.response(answer_of("hello", BOB))
    assert words(made) == []
    assert {one.stop for one in made.choices} == {"content_filter"}
    assert made.usage == USAGE
    assert guard.refusal is not None
    assert "policy `p` blocks the answer for `email`" in str(guard.refusal)


def test_a_blocked_answer_without_a_word_for_it_is_an_error() -> None:
    guard = guard_of({"email": "block"}, worded=False)
    with pytest.raises(GuardrailRefusal, match="blocks the answer for `email`"):
        guard.response(answer_of(BOB))
    assert guard.usage == USAGE


@pytest.mark.parametrize("stream", [False, True])
def test_what_is_withheld_is_withheld_whatever_is_in_it(*, stream: bool) -> None:
    guard = guard_of()
    guard.withhold(REFUSAL)
    if stream:
        assert fed(guard, stream_of("hello")) == []
    else:
        assert words(guard.response(answer_of("hello"))) == []
    assert guard.refusal is REFUSAL


@pytest.mark.parametrize("treatment", ["allow", "flag", "mask", "block"])
def test_risks_of_a_whole_answer(treatment: RiskTreatment) -> None:
    guard = guard_of(risk=treatment)
    made = words(guard.response(answer_of("the plot")))
    assert made == {"mask": ["the [TOPIC]"], "block": []}.get(treatment, ["the plot"])
    assert told(guard) == ([] if treatment == "allow" else [("topic", treatment, 1)])


def test_what_is_held_is_told_and_not_withheld() -> None:
    guard = guard_of(risk="hold")
    assert words(guard.response(answer_of("the plot"))) == ["the plot"]
    assert [one.category for one in guard.signals] == ["topic"]
    assert guard.refusal is None


def test_an_answer_that_cannot_be_kept_is_not_given() -> None:
    guard = guard_of(keeps=False)
    with pytest.raises(GuardrailRefusal):
        guard.response(answer_of("hello"))
    assert guard.usage == USAGE


def test_usage_is_of_the_tier_that_served() -> None:
    guard = guard_of({"email": "block"})
    guard.response(replace(answer_of(BOB), service_tier="priority"))
    assert guard.usage is not None
    assert guard.usage.tier == "priority"


@pytest.mark.parametrize("on_failure", ["block", "flag"])
def test_what_would_take_seconds_to_look_at_counts_as_a_failure(
    monkeypatch: pytest.MonkeyPatch, on_failure: str
) -> None:
    monkeypatch.setattr(module, "LOOKED_CHARACTERS_MAX", 20)
    policy = convert({"name": "p", "on_failure": on_failure}, Policy)
    guard = guard_of({"email": "mask"}, policy=policy)
    short, long = answer_of(f"to {BOB}"), answer_of(f"to {BOB}, {WORD}")
    assert words(guard.response(short)) == ["to [EMAIL]"]
    guard = guard_of({"email": "mask"}, policy=policy)
    assert words(guard.response(long)) == ([] if on_failure == "block" else [f"to {BOB}, {ANN}"])
    assert {(one.category, one.treatment) for one in guard.screened} == {
        ("detector_failed", on_failure)
    }


# Streamed.


def test_a_stream_gets_its_originals_however_it_is_cut() -> None:
    text = f"to {WORD}, {BOB} and so on"
    for size in (1, 2, 5, len(text)):
        guard = guard_of(EMAIL)
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        out = fed(guard, stream_of(*pieces))
        assert said(out) == f"to {ANN}, [EMAIL] and so on"
        assert names(out) == WHOLE
        assert told(guard) == [("email", "mask", 1)]


def test_text_waits_until_it_is_known_or_due() -> None:
    guard = guard_of(EMAIL)
    assert not guard.holds
    assert guard.due() == []
    assert names(guard.events(stream_of()[:2])) == ["Started", "PartStarted"]
    assert guard.events([Delta(kind="text", index=0, text="hello bob@con")]) == []
    assert guard.holds
    assert said(guard.due()) == "hello "
    out = guard.events([Delta(kind="text", index=0, text="toso.com"), *stream_of()[-4:]])
    assert said(out) == "[EMAIL]"
    assert not guard.holds


def test_a_block_ends_a_stream_once() -> None:
    guard = guard_of({"email": "block"})
    out = fed(guard, stream_of(f"hello {BOB}", "more"))
    assert BOB not in said(out)
    assert "more" not in said(out)
    assert names(out)[-1] == "Ended"
    assert [one.stop for one in out if isinstance(one, Stopped)] == ["content_filter"]
    assert guard.refusal is not None
    assert (guard.events(stream_of("x")), guard.due(), guard.close(), guard.cut()) == ([],) * 4
    assert not guard.holds


def test_a_block_where_there_is_no_word_for_it_is_an_error() -> None:
    guard = guard_of({"email": "block"}, worded=False)
    out = fed(guard, stream_of(BOB))
    assert "Ended" not in names(out)
    assert guard.failure is not None
    assert guard.failure.code == "guardrail_blocked"


@pytest.mark.parametrize("treatment", ["elsewhere", "hold", "block"])
def test_a_stream_waits_for_nobody_and_is_blocked(treatment: RiskTreatment) -> None:
    guard = guard_of(risk=treatment)
    out = fed(guard, stream_of("the plot thickens"))
    assert "plot" not in said(out)
    assert guard.refusal is not None


def test_a_block_from_outside_tells_what_it_cost() -> None:
    guard = guard_of(looks=False)
    guard.events([*stream_of("a")[:3], UsageReported(usage=USAGE)])
    out = guard.block(REFUSAL)
    assert [one.usage for one in out if isinstance(one, UsageReported)] == [USAGE]
    assert names(out) == ["PartStopped", "Stopped", "UsageReported", "Ended"]


def test_a_stream_that_cannot_be_kept_is_not_given() -> None:
    guard = guard_of(keeps=False)
    out = fed(guard, stream_of("hello"))
    assert said(out) == ""
    assert [one.stop for one in out if isinstance(one, Stopped)] == ["content_filter"]
    assert guard.refusal is REFUSAL


def test_what_waited_when_a_stream_broke_off_may_go() -> None:
    guard = guard_of(EMAIL)
    guard.events(stream_of(f"to {BOB}, {WORD[:5]}")[:3])
    assert said(guard.cut()) == f"to [EMAIL], {WORD[:5]}"
    assert guard.cut() == []


def test_what_waited_when_a_stream_broke_off_and_is_blocked_may_not() -> None:
    guard = guard_of({"email": "block"})
    guard.events(stream_of(f"to {BOB}")[:3])
    assert guard.cut() == []
    assert guard.refusal is not None


def test_wire_events_as_they_came_never_go_by_unseen() -> None:
    guard = guard_of(EMAIL)
    framed = Framed(dialect="openai_chat", name="x", members={"a": BOB})
    assert guard.events([framed]) == []


# Collected, for whoever looks elsewhere.


@pytest.mark.parametrize("looks", [False, True])
def test_nothing_of_what_is_collected_goes_before_it_is_released(*, looks: bool) -> None:
    guard = guard_of(EMAIL, collects=True, looks=looks)
    assert guard.released() == []
    assert fed(guard, stream_of("to ", WORD[:4], WORD[4:], f" {BOB}")) == []
    mail = "[EMAIL]" if looks else BOB
    assert guard.texts == (f"to {WORD} {mail}",)
    out = guard.released()
    assert said(out) == f"to {ANN} {mail}"
    assert names(out) == WHOLE
    assert guard.released() == []


def test_what_is_collected_is_not_due() -> None:
    """It would be known by less than what follows it, and for nothing."""
    guard = guard_of(EMAIL, collects=True)
    guard.events(stream_of("hello bob@con")[:3])
    assert not guard.holds


def test_what_is_collected_and_blocked_ends_from_its_beginning() -> None:
    guard = guard_of(EMAIL, collects=True)
    fed(guard, stream_of("hello"))
    out = guard.block(REFUSAL)
    assert names(out) == ["Started", "Stopped", "UsageReported", "Ended"]
    assert out[0] == Started(id="r", model="m")
    assert guard.released() == []


def test_what_is_found_in_what_is_collected_blocks_it() -> None:
    guard = guard_of({"email": "block"}, collects=True)
    out = fed(guard, stream_of("hello ", BOB))
    assert said(out) == ""
    assert names(out) == ["Started", "Stopped", "Ended"]
    assert guard.texts == ()


def test_what_is_collected_and_breaks_off_is_given_to_nobody() -> None:
    guard = guard_of(EMAIL, collects=True)
    guard.events(stream_of("hello")[:3])
    assert guard.cut() == []


def test_what_is_longer_than_may_wait_does_not_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "COLLECTED_CHARACTERS_MAX", 100)
    guard = guard_of(collects=True, looks=False)
    out = fed(guard, [*stream_of()[:2], *([Pinged()] * 50)])
    assert [one.stop for one in out if isinstance(one, Stopped)] == ["content_filter"]
    assert guard.refusal is not None
    assert str(guard.refusal) == TOO_LONG


def test_texts_of_a_whole_answer_are_those_that_others_may_see() -> None:
    guard = guard_of(EMAIL, collects=True)
    guard.response(answer_of(f"to {WORD}", BOB))
    assert guard.texts == (f"to {WORD}", "[EMAIL]")


# Who has to look.


@pytest.mark.parametrize(
    ("output", "risk", "categories", "expected"),
    [
        ({}, None, ("email", "topic"), False),
        ({"email": "allow"}, None, ("email",), False),
        ({"email": "flag"}, None, ("email",), True),
        ({"email": "flag"}, None, ("iban",), False),
        ({}, "flag", ("topic",), True),
        ({}, "allow", ("topic",), False),
        ({}, "block", ("email",), False),
    ],
)
def test_who_has_to_look_at_answers(
    output: Mapping[str, Treatment],
    risk: RiskTreatment | None,
    categories: tuple[str, ...],
    expected: bool,
) -> None:
    risks = () if risk is None else (RiskRule(treatment=risk),)
    governed = governed_of({}, Policy(name="p", risks=risks), output=output)
    assert module.looks_at_answers(governed, governed.treatments["d"], categories) is expected


def test_a_rule_on_requests_makes_nobody_look_at_answers() -> None:
    rule = RiskRule(treatment="block", stages=("input",))
    governed = governed_of({}, Policy(name="p", risks=(rule,)))
    assert not looks_at_answers(governed, governed.treatments["d"], ("topic",))
