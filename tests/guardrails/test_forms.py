"""One request in several forms: each as its deployments may see it, or not at all."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.guardrails.answer_rules import Names
from tests.guardrails.governing import KEY, PLAIN, governed_of

from detente.canonical.failure import ClientFault
from detente.canonical.guardrail import RISK_TREATMENTS, Policy, RiskRule, RiskTreatment, Treatment
from detente.guardrails.detector import Detector, Finding
from detente.guardrails.detectors.email import Email
from detente.guardrails.forms import (
    PIECE_CHARACTERS,
    Form,
    Inspection,
    fitted_texts,
)
from detente.guardrails.rulebook import Governed
from detente.guardrails.screening import Looked, Screen

ANN = "ann@contoso.com"
SCREEN = Screen((Email(), Names()))


class Fails:
    """Fails at every text."""

    name = "fails"
    categories = ("email",)
    look_back = 5

    def find(self, text: str) -> Iterator[Finding]:
        raise ValueError(text)


def body_of(*texts: str, **more: object) -> bytes:
    messages = [{"role": "user", "content": text} for text in texts]
    return json.dumps({"model": "m", "messages": messages, **more}, ensure_ascii=False).encode()


def inspected(body: bytes, screen: Screen = SCREEN) -> Inspection:
    inspection = Inspection(body, "openai_chat")
    for _ in inspection.looking(screen):
        pass
    return inspection


def form_of(
    body: bytes,
    governed: Governed,
    *,
    screen: Screen = SCREEN,
    known: Mapping[str, str] | None = None,
) -> Form:
    return inspected(body, screen).form(governed, governed.treatments["d"], KEY, known)


def said(form: Form) -> list[str]:
    body: Any = json.loads(form.body)
    return [message["content"] for message in body["messages"]]


def told(form: Form) -> list[tuple[str, str, int]]:
    return [(one.category, one.treatment, one.count) for one in form.screened]


def test_what_nothing_is_found_in_goes_as_it_came() -> None:
    body = b'{"model":"m",  "messages":[{"role":"user","content":"hi"}]}'
    form = form_of(body, governed_of({"email": "mask"}))
    assert form.body is body
    assert (form.screened, form.originals, form.texts) == ((), {}, ("hi",))
    assert not form.blocked


@pytest.mark.parametrize("treatment", ["allow", "flag"])
def test_what_may_pass_goes_as_it_came(treatment: Treatment) -> None:
    body = body_of(f"to {ANN}")
    form = form_of(body, governed_of({"email": treatment}))
    assert form.body is body
    assert told(form) == ([] if treatment == "allow" else [("email", "flag", 1)])


def test_what_is_masked_is_gone() -> None:
    form = form_of(body_of(f"to {ANN}, {ANN}", "hi"), governed_of({"email": "mask"}))
    assert said(form) == ["to [EMAIL], [EMAIL]", "hi"]
    assert form.texts == ("to [EMAIL], [EMAIL]", "hi")
    assert form.originals == {}
    assert told(form) == [("email", "mask", 2)]


def test_what_has_a_stand_in_can_be_put_back() -> None:
    form = form_of(body_of(f"to {ANN}", f"and {ANN}"), governed_of({"email": "pseudonymise"}))
    ((word, original),) = form.originals.items()
    assert original == ANN
    assert said(form) == [f"to {word}", f"and {word}"]
    assert told(form) == [("email", "pseudonymise", 2)]
    again = form_of(body_of(f"{ANN}!"), governed_of({"email": "pseudonymise"}))
    assert said(again) == [f"{word}!"]


def test_a_look_alike_keeps_the_form() -> None:
    form = form_of(body_of(ANN), governed_of({"email": "pseudonymise"}, look_alike=True))
    (word,) = form.originals
    assert "@" in word
    assert word != ANN


def test_a_blocked_form_has_nothing_of_the_request() -> None:
    form = form_of(body_of(ANN, "hi"), governed_of({"email": "block"}))
    assert form.blocked
    assert (form.body, form.texts, form.originals) == (b"", (), {})
    assert told(form) == [("email", "block", 1)]


def test_masks_and_stand_ins_stand_side_by_side() -> None:
    treatments: dict[str, Treatment] = {"email": "pseudonymise", "person": "mask"}
    form = form_of(body_of(f"Ann {ANN} Ann Lee {ANN}, Ann"), governed_of(treatments))
    (word,) = form.originals
    assert said(form) == [f"[PERSON] {word} [PERSON] {word}, [PERSON]"]


def test_a_form_is_told_what_earlier_turns_stood_for() -> None:
    governed = governed_of({"email": "pseudonymise"})
    (word,) = form_of(body_of(ANN), governed).originals
    known = {word: "somebody@else.com"}
    form = form_of(body_of(ANN), governed, known=known)
    (other,) = set(form.originals) - set(known)
    assert other != word
    assert form.originals[other] == ANN


# Risks.


def risky(treatment: RiskTreatment) -> Policy:
    return Policy(name="p", risks=(RiskRule(treatment=treatment),))


@pytest.mark.parametrize("treatment", RISK_TREATMENTS)
def test_a_risk_changes_a_text_only_where_it_is_masked(treatment: RiskTreatment) -> None:
    inspection = inspected(body_of("the plot", "the plot"))
    governed = governed_of({}, risky(treatment))
    form = inspection.form(governed, governed.treatments["d"], KEY)
    masked = treatment == "mask"
    assert said(form) == ["the [TOPIC]" if masked else "the plot"] * 2
    (signal,) = inspection.signals()
    assert (signal.stage, signal.category, signal.severity) == ("input", "topic", 2)
    assert (signal.source, signal.raw) == ("detente", "names")


def test_a_risk_that_one_policy_masks_is_masked_whatever_else_others_want() -> None:
    governed = governed_of({}, risky("flag"), risky("mask"))
    assert said(form_of(body_of("the plot"), governed)) == ["the [TOPIC]"]
    governed = governed_of({}, risky("mask"), risky("hold"))
    assert said(form_of(body_of("the plot"), governed)) == ["the [TOPIC]"]


class Wide:
    """Finds a risk around an address."""

    name = "wide"
    categories = ("hate",)
    look_back = 40

    def find(self, text: str) -> Iterator[Finding]:
        start, end = text.index("<"), text.index(">") + 1
        yield Finding(start=start, end=end, category="hate", severity=1)


def test_what_overlaps_with_a_masked_risk_goes_along() -> None:
    governed = governed_of({"email": "pseudonymise"}, risky("mask"))
    form = form_of(body_of(f"x <{ANN}> y"), governed, screen=Screen((Email(), Wide())))
    assert said(form) == ["x [HATE] y"]


# What was not looked at.


@pytest.mark.parametrize("treatment", ["block", "flag"])
def test_a_detector_that_raises_does_what_the_policy_says(treatment: Any) -> None:
    governed = governed_of({}, Policy(name="p", on_failure=treatment))
    form = form_of(body_of("hi"), governed, screen=Screen((Email(), Fails())))
    assert told(form) == [("detector_failed", treatment, 0)]
    assert form.blocked is (treatment == "block")


@pytest.mark.parametrize("treatment", ["block", "flag"])
def test_texts_that_nobody_came_to_count_as_a_failure(treatment: Any) -> None:
    governed = governed_of({"email": "mask"}, Policy(name="p", on_failure=treatment))
    inspection = Inspection(body_of(ANN, ANN + "."), "openai_chat")
    next(iter(inspection.looking(SCREEN)))
    inspection.failed(["email"])
    form = inspection.form(governed, governed.treatments["d"], KEY)
    assert form.blocked is (treatment == "block")
    assert ("detector_failed", treatment, 0) in told(form)


@pytest.mark.parametrize("treatment", ["block", "flag", "allow"])
def test_what_nobody_can_read_is_as_the_policy_says(treatment: Any) -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    messages = [{"role": "user", "content": [image, image]}]
    body = json.dumps({"model": "m", "messages": messages}).encode()
    governed = governed_of({}, Policy(name="p", on_unread=treatment))
    form = form_of(body, governed)
    assert told(form) == ([] if treatment == "allow" else [("unread", treatment, 0)])
    assert form.blocked is (treatment == "block")


HISTORY = b'{"model":"m","input":"hi","previous_response_id":"resp_1"}'


@pytest.mark.parametrize(
    ("treatment", "on_kept_history", "blocked"),
    [
        ("pseudonymise", "refuse", True),
        ("pseudonymise", "remember", False),
        ("mask", "refuse", False),
    ],
)
def test_kept_history_is_a_matter_of_stand_ins(
    treatment: Treatment, on_kept_history: Any, blocked: bool
) -> None:
    governed = governed_of({"email": treatment}, Policy(name="p", on_kept_history=on_kept_history))
    inspection = Inspection(HISTORY, "openai_responses")
    assert inspection.has_history
    form = inspection.form(governed, governed.treatments["d"], KEY)
    assert form.blocked is blocked
    assert told(form) == ([("unread", "block", 0)] if blocked else [])


def test_a_body_that_cannot_be_read_is_the_clients_fault() -> None:
    with pytest.raises(ClientFault):
        Inspection(b"{", "openai_chat")


# Looking.


class Counts:
    """Counts how often it looked."""

    name = "counts"
    categories = ("email",)
    look_back = 5

    def __init__(self) -> None:
        self.texts: list[str] = []

    def find(self, text: str) -> Iterator[Finding]:
        self.texts.append(text)
        return iter(())


def test_the_same_text_is_looked_at_once() -> None:
    counts = Counts()
    steps = list(Inspection(body_of("a b", "a b", "c d"), "openai_chat").looking(Screen((counts,))))
    assert sorted(counts.texts) == ["a b", "c d"]
    assert len(steps) == 2


def test_a_long_text_is_looked_at_in_steps() -> None:
    inspection = Inspection(body_of("x " * PIECE_CHARACTERS), "openai_chat")
    assert len(list(inspection.looking(SCREEN))) == 2


WORDS = st.sampled_from([ANN, "Ann Lee", "Ann", "plot", "x" * 50, "bob@fabrikam.com", "a.b", "é"])


@given(st.lists(WORDS, min_size=1, max_size=8), st.integers(0, 60), st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_long_text_gives_what_one_look_would(words: list[str], at: int, spaced: bool) -> None:
    """Findings lie across the border of two pieces, wherever it is."""
    tail = (" " if spaced else ",").join(words)
    text = " " * (PIECE_CHARACTERS - at) + tail
    governed = governed_of({"email": "mask", "person": "pseudonymise"}, risky("mask"))
    form = form_of(body_of(text), governed)
    short = form_of(body_of(tail), governed)
    assert said(form)[0].lstrip() == said(short)[0].lstrip()
    assert told(form) == told(short)
    assert looks(text).found == SCREEN.look(text).found


def looks(text: str) -> Looked:
    """What a text is found to be when it is looked at in pieces."""
    inspection = inspected(body_of(text))
    (looked,) = inspection._looked  # pyright: ignore[reportPrivateUsage] -- the law is about it
    return Looked(found=tuple(sorted(looked.found, key=lambda one: one.start)))


def test_a_failure_in_a_long_text_is_a_failure() -> None:
    fails: tuple[Detector, ...] = (Fails(),)
    governed = governed_of({}, PLAIN)
    form = form_of(body_of("x " * PIECE_CHARACTERS), governed, screen=Screen(fails))
    assert form.blocked


# Texts of answers, for a place that looks at them.


@pytest.mark.parametrize(
    ("treatment", "expected"),
    [("flag", f"to {ANN}"), ("mask", "to [EMAIL]"), ("block", None)],
)
def test_texts_of_an_answer_are_as_a_place_may_see_them(
    treatment: Treatment, expected: str | None
) -> None:
    governed = governed_of({"email": treatment})
    fitted = fitted_texts((f"to {ANN}", "hi"), SCREEN, governed, governed.treatments["d"], KEY)
    assert fitted == (None if expected is None else (expected, "hi"))


def test_texts_of_an_answer_that_could_not_be_looked_at_are_shown_to_nobody() -> None:
    for on_failure, expected in (("block", None), ("flag", ("hi",))):
        governed = governed_of({}, Policy(name="p", on_failure=on_failure))  # pyright: ignore[reportArgumentType] -- one of its words
        screen = Screen((Fails(),))
        assert fitted_texts(("hi",), screen, governed, governed.treatments["d"], KEY) == expected


def test_a_form_does_not_tell_what_it_says() -> None:
    form = form_of(body_of(f"to {ANN} at noon"), governed_of({"email": "pseudonymise"}))
    for shown in (repr(form), str(form), f"{[form]}"):
        assert ANN not in shown
        assert "noon" not in shown
