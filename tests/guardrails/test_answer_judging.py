"""Findings of an answer become marks, evidence, signals and blocks as the policies say."""

import pytest
from tests.guardrails.answer_rules import MASKED, Names, rules_of

from detente.canonical.guardrail import Policy, RiskRule, Screened, Treatment
from detente.guardrails.answer_judging import (
    PASSED,
    AnswerJudge,
    AnswerRules,
    Edit,
    Judgement,
    edited,
)
from detente.guardrails.detector import Finding
from detente.guardrails.screening import Found, Looked


def judged(text: str, rules: AnswerRules) -> tuple[Judgement, AnswerJudge]:
    judge = AnswerJudge(rules)
    return judge.judge(text, rules.screen.look(text)), judge


def told(treatment: Treatment, count: int = 1, detector: str = "names") -> Screened:
    category = "person" if detector == "names" else detector
    return Screened(
        policy="p",
        stage="output",
        detector=detector,
        category=category,
        treatment=treatment,
        count=count,
    )


def test_what_has_no_finding_passes() -> None:
    judgement, judge = judged("nothing", rules_of())
    assert judgement is PASSED
    assert (judge.screened, judge.signals, judge.blocked) == ((), (), False)


@pytest.mark.parametrize("treatment", ["mask", "pseudonymise"])
def test_what_does_not_stay_becomes_a_mark(treatment: Treatment) -> None:
    judgement, judge = judged("Ann and Ann", rules_of({"person": treatment}))
    assert judgement == Judgement((Edit(0, 3, "[PERSON]"), Edit(8, 11, "[PERSON]")))
    assert judge.screened == (told("mask", 2),)


def test_what_is_flagged_stays_and_is_told_and_what_is_allowed_is_not() -> None:
    judgement, judge = judged("Ann", rules_of({"person": "flag"}))
    assert (judgement.edits, judge.screened) == ((), (told("flag"),))
    judgement, judge = judged("Ann", rules_of({"person": "allow"}))
    assert (judgement.edits, judge.screened) == ((), ())


def test_a_block_is_told_with_where_it_begins() -> None:
    judgement, judge = judged("a@b.com to Ann", rules_of({**MASKED, "person": "block"}))
    assert judgement.block == 11
    assert judge.blocked
    assert set(judge.screened) == {told("mask", detector="email"), told("block")}


def test_evidence_adds_up_over_texts() -> None:
    rules = rules_of()
    judge = AnswerJudge(rules)
    for _ in range(3):
        judge.judge("Ann", rules.screen.look("Ann"))
        assert judge.screened is judge.screened
    assert judge.screened == (told("mask", 3),)


def test_a_risk_is_a_signal_and_masked_where_a_policy_says_so() -> None:
    judgement, judge = judged("plot, plot", rules_of(risks=(RiskRule(treatment="mask"),)))
    assert [one.mark for one in judgement.edits] == ["[TOPIC]", "[TOPIC]"]
    assert [(one.stage, one.category, one.severity, one.raw) for one in judge.signals] == [
        ("output", "topic", 2, "names")
    ]
    judgement, judge = judged("plot", rules_of())
    assert (judgement, len(judge.signals), judge.blocked) == (Judgement(), 1, False)


@pytest.mark.parametrize("treatment", ["block", "elsewhere", "hold"])
def test_a_risk_can_withhold(treatment: str) -> None:
    rule = RiskRule(treatment=treatment)  # pyright: ignore[reportArgumentType] - one of them
    judgement, judge = judged("a plot", rules_of(risks=(rule,)))
    assert (judgement.block, judge.blocked, judge.screened) == (2, True, ())


def test_a_detector_that_fails_is_told_once_and_may_withhold() -> None:
    rules = rules_of()
    judge = AnswerJudge(rules)
    for _ in range(2):
        assert judge.judge("ERR", rules.screen.look("ERR")).block == 0
    assert [(one.detector, one.treatment, one.count) for one in judge.screened] == [
        ("names", "block", 0)
    ]
    judgement, judge = judged("ERR", rules_of(policy=Policy(name="p", on_failure="flag")))
    assert (judgement, judge.blocked) == (Judgement(), False)
    assert [one.treatment for one in judge.screened] == ["flag"]


def test_without_policies_nothing_is_told_of_failures() -> None:
    rules = rules_of()
    bare = AnswerRules(screen=rules.screen, treatments=rules.treatments, policies=(), originals={})
    judgement, judge = judged("ERR", bare)
    assert (judgement, judge.screened) == (Judgement(), ())


def test_what_nobody_can_read_is_told_once() -> None:
    judge = AnswerJudge(rules_of())
    judge.unread("image")
    judge.unread("image")
    assert [(one.detector, one.category, one.count) for one in judge.screened] == [
        ("image", "unread", 0)
    ]
    assert judge.blocked


STAND_INS = {"ann@example.com": "x@contoso.com", "⟨PERSON_abcdefghijklm⟩": "Ann"}


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("ann@example.com", []),
        ("ANN@Example.com", []),
        ("to ann@example.com, bob@example.com", ["[EMAIL]"]),
        ("joann@example.com", ["[EMAIL]"]),
    ],
)
def test_a_stand_in_of_the_request_is_no_finding(text: str, marks: list[str]) -> None:
    judgement, judge = judged(text, rules_of(originals=STAND_INS))
    assert [one.mark for one in judgement.edits] == marks
    assert len(judge.screened) == len(marks)


def test_what_lies_within_a_stand_in_is_no_finding_and_what_only_touches_it_is() -> None:
    rules = rules_of(originals=STAND_INS)
    judge = AnswerJudge(rules)
    own = Found(start=0, end=15, category="email", detector="email")
    inside = Found(start=4, end=11, category="person", detector="names")
    over = Found(start=11, end=17, category="person", detector="names")
    looked = Looked(found=(own,), beaten=(inside,))
    assert judge.judge("ann@example.com xx", looked).edits == ()
    looked = Looked(found=(own,), beaten=(over,))
    assert judge.judge("ann@example.com xx", looked).edits == (Edit(11, 17, "[PERSON]"),)


@pytest.mark.parametrize(
    ("risk", "mark"), [((2, 4), "[EMAIL]"), ((1, 12), "[TOPIC]"), ((6, 9), "[EMAIL]")]
)
def test_risks_and_data_that_overlap_are_one(risk: tuple[int, int], mark: str) -> None:
    judge = AnswerJudge(rules_of(risks=(RiskRule(treatment="mask"),)))
    email = Found(start=0, end=8, category="email", detector="email")
    topic = Found(start=risk[0], end=risk[1], category="topic", detector="names")
    edits = judge.judge("x" * 12, Looked(found=(email,), beaten=(topic,))).edits
    assert edits == (Edit(0, max(8, risk[1]), mark),)


def test_edits_of_a_text() -> None:
    assert edited("to Ann!", (Edit(3, 6, "[X]"),)) == "to [X]!"
    assert edited("to", ()) == "to"


def test_the_detector_of_these_tests_tells_what_it_finds() -> None:
    assert list(Names().find("plot")) == [Finding(start=0, end=4, category="topic", severity=2)]
