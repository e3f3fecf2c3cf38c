"""A whole answer is looked at wherever it has text; marks stand where something does not stay."""

import json

import pytest
from tests.guardrails.answer_rules import rules_of

from detente.canonical.content import (
    Citation,
    Inline,
    Media,
    Native,
    Opaque,
    Part,
    Plain,
    Reasoning,
    Refusal,
    Text,
    TokenLogprob,
    ToolCall,
    ToolResult,
)
from detente.canonical.extras import Extras
from detente.canonical.guardrail import Policy, RiskRule
from detente.canonical.response import Choice, ContentFilter, Response
from detente.guardrails.answer_judging import AnswerJudge, AnswerRules, Edit
from detente.guardrails.answer_screening import (
    CLEAN_MAX,
    ScreenedResponse,
    ValueScreener,
    screened_response,
    unmasked,
)
from detente.guardrails.screening import Looked, Screen

ANN, MARK = "Ann", "[PERSON]"
EXTRAS = Extras(dialect="openai_chat", members={ANN: [ANN, {"a": ANN}]}, spelling={"b": ANN})
MASKED = Extras(dialect="openai_chat", members={MARK: [MARK, {"a": MARK}]}, spelling={"b": MARK})
LONG = "QUJD" * 200


def screened(*parts: Part, rules: AnswerRules | None = None) -> ScreenedResponse:
    choice = Choice(parts=parts)
    return screened_response(Response(id="1", model="m", choices=(choice,)), rules or rules_of())


def part_of(part: Part, rules: AnswerRules | None = None) -> Part:
    return screened(part, rules=rules).response.choices[0].parts[0]


@pytest.mark.parametrize(
    ("part", "wanted"),
    [
        (Text(text="to Ann", extras=EXTRAS), Text(text="to [PERSON]", extras=MASKED)),
        (Refusal(text=ANN, extras=EXTRAS), Refusal(text=MARK, extras=MASKED)),
        (
            Reasoning(text=ANN, summary=("x", ANN), extras=EXTRAS),
            Reasoning(text=MARK, summary=("x", MARK), extras=MASKED),
        ),
        (
            ToolCall(id=ANN, name=ANN, arguments=json.dumps({ANN: "\u2014 Ann"}), extras=EXTRAS),
            ToolCall(
                id=ANN, name=ANN, arguments=json.dumps({MARK: "\u2014 [PERSON]"}), extras=MASKED
            ),
        ),
        (
            ToolCall(id="1", name="a", arguments='"Ann', kind="custom"),
            ToolCall(id="1", name="a", arguments='"[PERSON]', kind="custom"),
        ),
        (
            ToolResult(call_id="1", parts=(Text(text=ANN),), data={"a": ANN}),
            ToolResult(call_id="1", parts=(Text(text=MARK),), data={"a": MARK}),
        ),
        (
            Media(kind="document", source=Plain(text=ANN), title=ANN, context=ANN),
            Media(kind="document", source=Plain(text=MARK), title=MARK, context=MARK),
        ),
        (
            Native(dialect="openai_responses", name="x", value={"q": ANN, "a": '{"b": "Ann"}'}),
            Native(
                dialect="openai_responses", name="x", value={"q": MARK, "a": '{"b": "[PERSON]"}'}
            ),
        ),
    ],
)
def test_every_kind_of_part(part: Part, wanted: Part) -> None:
    assert part_of(part) == wanted


def test_signed_and_opaque_state_stays() -> None:
    state = Opaque(origin="anthropic_messages", value=ANN)
    assert part_of(Reasoning(state=state)) == Reasoning(state=state)
    native = Native(dialect="openai_responses", name="x", value={"encrypted_content": LONG})
    result = screened(native)
    assert result.response.choices[0].parts == (native,)
    assert result.screened == ()


def test_a_citation_moves_with_its_text() -> None:
    text = "Ann wrote this of Ann."
    cited = Citation(kind="url", start=4, end=len(text), url="https://a/Ann", title=ANN, quote=ANN)
    part = part_of(Text(text=text, citations=(cited,)))
    assert isinstance(part, Text)
    got = part.citations[0]
    assert part.text[got.start : got.end] == "wrote this of [PERSON]."
    assert (got.url, got.title, got.quote) == ("https://a/[PERSON]", MARK, MARK)


def test_log_probabilities_of_what_was_masked_go() -> None:
    tokens = tuple(TokenLogprob(token=one, logprob=-1.0) for one in ("to ", "An", "n", "", "!"))
    part = part_of(Text(text="to Ann!", logprobs=tokens))
    assert part == Text(text="to [PERSON]!", logprobs=(tokens[0], tokens[4]))
    assert part_of(Text(text="to Bob!", logprobs=tokens)) == Text(text="to Bob!", logprobs=tokens)


@pytest.mark.parametrize(
    ("edit", "kept"),
    [((0, 1), "bc"), ((1, 2), "ac"), ((0, 2), "c"), ((1, 3), "a"), ((0, 3), "")],
)
def test_tokens_that_an_edit_touches(edit: tuple[int, int], kept: str) -> None:
    tokens = tuple(TokenLogprob(token=one, logprob=-1.0) for one in "abc")
    left = unmasked(tokens, "abc", (Edit(*edit, "[X]"),))
    assert "".join(one.token for one in left) == kept
    assert unmasked(tokens, "abd", (Edit(*edit, "[X]"),)) == ()


def test_an_answer_that_was_asked_to_be_json() -> None:
    text = json.dumps({"name": 'A "B" Ann', "n": "\u0041nn"})
    made = part_of(Text(text=text), rules_of(structured=True))
    assert isinstance(made, Text)
    assert json.loads(made.text) == {"name": 'A "B" [PERSON]', "n": MARK}
    assert part_of(Text(text="I, Ann"), rules_of(structured=True)) == Text(text="I, [PERSON]")


def test_what_nobody_can_read_is_told() -> None:
    image = Media(kind="image", source=Inline(media_type="image/png", data="QQ=="))
    rules = rules_of(policy=Policy(name="p", on_unread="flag"))
    native = Native(dialect="openai_responses", name="image_generation_call", value={"r": LONG})
    result = screened(image, native, rules=rules)
    assert result.response.choices[0].parts == (image, native)
    assert [(one.detector, one.category, one.treatment) for one in result.screened] == [
        ("image", "unread", "flag"),
        ("encoded", "unread", "flag"),
    ]


def test_a_block_is_told_and_the_text_ends_there() -> None:
    result = screened(
        Text(text="to Ann and all"), Text(text="x"), rules=rules_of({"person": "block"})
    )
    assert result.response.choices[0].parts == (Text(text="to "), Text(text="x"))
    assert [one.treatment for one in result.screened] == ["block"]


def test_risks_are_signals() -> None:
    result = screened(Text(text="a plot"), rules=rules_of(risks=(RiskRule(treatment="block"),)))
    assert [one.category for one in result.signals] == ["topic"]
    assert result.screened == ()


def test_a_whole_answer() -> None:
    said = ContentFilter(dialect="bedrock_converse", stage="output", name="x", value={"m": ANN})
    choice = Choice(
        parts=(Text(text=ANN), Text(text="")),
        stop_sequence=ANN,
        stop_detail=ANN,
        filters=(said,),
        extras=EXTRAS,
    )
    response = Response(
        id=ANN, model=ANN, choices=(choice,), filters=(said,), extras=EXTRAS, service_tier=ANN
    )
    result = screened_response(response, rules_of())
    answer = result.response
    got = answer.choices[0]
    assert (answer.id, answer.model, answer.service_tier) == (ANN, ANN, ANN)
    assert got.parts == (Text(text=MARK), Text(text=""))
    assert (got.stop_sequence, got.stop_detail) == (MARK, MARK)
    assert answer.extras == got.extras == MASKED
    assert answer.filters[0].value == got.filters[0].value == {"m": MARK}
    assert [one.count for one in result.screened] == [13]


def test_stand_ins_of_the_request_are_no_findings() -> None:
    rules = rules_of(originals={"ann@example.com": "real@contoso.com"})
    assert part_of(Text(text="to ann@example.com"), rules) == Text(text="to ann@example.com")


def test_short_texts_without_findings_are_looked_at_once() -> None:
    class Counted(Screen):
        looks = 0

        def look(self, text: str) -> Looked:
            self.looks += 1
            return super().look(text)

    rules = rules_of()
    screen = Counted(rules.screen.detectors)
    values = ValueScreener(
        AnswerJudge(
            AnswerRules(screen=screen, treatments=rules.treatments, policies=(), originals={})
        )
    )
    for text, looks in (("type", 1), (ANN, 2), ("x" * (CLEAN_MAX + 1), 2)):
        screen.looks = 0
        assert values.words(text) == values.words(text)
        assert screen.looks == looks
