"""Strings of JSON are looked at with their escapes undone, at any split, and all else stays."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.guardrails.answer_rules import rules_of, sent

from detente.canonical.extras import Json
from detente.guardrails.answer_judging import AnswerJudge
from detente.guardrails.detectors import DETECTORS
from detente.guardrails.json_looks import BARE_MAX, JsonLook
from detente.guardrails.part_looks import Cleared

RULES = rules_of()
EVERY = rules_of(
    {name: "mask" for one in DETECTORS for name in one.categories}, detectors=DETECTORS
)


def whole(text: str) -> str:
    return sent(JsonLook(AnswerJudge(RULES)), [text])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('{"to": "Ann"}', '{"to": "[PERSON]"}'),
        ('{"Ann": 1}', '{"[PERSON]": 1}'),
        ('["\\u0041nn", "A\\nnn"]', '["[PERSON]", "A\\nnn"]'),
        ('["\\ud83d\\ude00 Ann\\""]', '["\\ud83d\\ude00 [PERSON]\\""]'),
        ('["\\ud83d Ann", "\\ude00\\ud83d"]', '["\\ud83d [PERSON]", "\\ude00\\ud83d"]'),
        ('["\\uzzzz Ann"]', '["\\uzzzz [PERSON]"]'),
        ('["C:\\\\Ann\\/x\\t"]', '["C:\\\\[PERSON]\\/x\\t"]'),
        ('{"a": [true, false, null, -1.5, 12]}', '{"a": [true, false, null, -1.5, 12]}'),
        ("{to: Ann, b: 1}", '{to: "[PERSON]", b: 1}'),
        ("Ann", '"[PERSON]"'),
        ('{"a": "to Ann', '{"a": "to [PERSON]'),
        ('{"a": "Ann\\u00', '{"a": "[PERSON]\\u00'),
        ('{"a": "Ann\\', '{"a": "[PERSON]\\'),
        ("", ""),
        ("{}", "{}"),
    ],
)
def test_what_becomes_of_it_at_every_split(text: str, wanted: str) -> None:
    assert whole(text) == wanted
    assert sent(JsonLook(AnswerJudge(RULES)), list(text)) == wanted
    for at in range(len(text)):
        assert sent(JsonLook(AnswerJudge(RULES)), [text[:at], text[at:]]) == wanted


def test_a_long_number_is_looked_at_and_becomes_a_string() -> None:
    text = '{"card": 4111111111111111 , "n": 123456, "x": 12345678}'
    for pieces in ([text], list(text)):
        made = sent(JsonLook(AnswerJudge(EVERY)), pieces)
        assert made == '{"card": "[PAYMENT_CARD]" , "n": 123456, "x": 12345678}'
        assert json.loads(made)["card"] == "[PAYMENT_CARD]"


def test_text_without_quotes_is_looked_at_as_far_as_it_goes() -> None:
    text = "and so on " * 20 + "Ann " * 3 + "and so on " * 20
    assert len(text) > BARE_MAX
    for pieces in ([text], list(text)):
        assert sent(JsonLook(AnswerJudge(RULES)), pieces) == text.replace("Ann", '"[PERSON]"')


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(("Ann", 'x"Ann Lee\\', "é😀", "\n")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("a", "Ann Lee", "b\\")), inner, max_size=2)
    ),
    max_leaves=6,
)


def masked(value: Json) -> Json:
    if isinstance(value, str):
        return value.replace("Ann Lee", "[PERSON]").replace("Ann", "[PERSON]")
    if isinstance(value, list):
        return [masked(one) for one in value]
    if isinstance(value, dict):
        return {str(masked(name)): masked(one) for name, one in value.items()}
    return value


@given(_VALUES, st.booleans(), st.lists(st.integers(1, 9), min_size=1))
def test_json_stays_json_at_any_split(value: Json, ascii_only: bool, lengths: list[int]) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    pieces: list[str] = []
    at = 0
    while at < len(text):
        pieces.append(text[at : at + lengths[len(pieces) % len(lengths)]])
        at += len(pieces[-1])
    made = sent(JsonLook(AnswerJudge(RULES)), pieces)
    assert json.loads(made) == masked(value)


def test_it_can_begin_inside_of_a_string() -> None:
    assert sent(JsonLook(AnswerJudge(RULES), in_string=True), ['Ann"']) == '[PERSON]"'


def test_structure_goes_at_once_and_strings_with_their_quote() -> None:
    look = JsonLook(AnswerJudge(RULES))
    assert look.feed('{"to": "An').length == len('{"to": "')
    assert look.feed('n"').length == len('Ann"')
    assert look.feed(', "x": 12').length == len(', "x": ')
    assert look.due() == Cleared()
    assert look.feed("3}").length == len("123}")


def test_due_lets_words_of_a_string_go() -> None:
    look = JsonLook(AnswerJudge(RULES))
    look.feed('["It\\nis \\u0041nn, and')
    cleared = look.due()
    assert cleared.length == len("It\\nis \\u0041nn, ")
    assert [(one.start, one.end) for one in cleared.edits] == [(7, 15)]
    long = JsonLook(AnswerJudge(RULES))
    long.feed("and so on " * 5)
    assert long.due().length == len("and so on " * 5) - len("on ")
    assert JsonLook(AnswerJudge(RULES)).due() == Cleared()


@pytest.mark.parametrize("text", ['["x", "to \\u0041nn", "y"]', '["x", to \\ Ann, "y"]'])
def test_a_block_lets_nothing_go_from_its_start_on(text: str) -> None:
    for pieces in ([text], list(text)):
        look = JsonLook(AnswerJudge(rules_of({"person": "block"})))
        made = sent(look, pieces)
        assert text.startswith(made)
        assert made.rstrip("\\ ").endswith("to")
        assert look.stopped
        assert look.feed("[1]") == look.due() == look.close() == Cleared()
