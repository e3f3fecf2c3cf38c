"""Each form of text has its look; what may be JSON is known by its first character."""

import pytest
from tests.guardrails.answer_rules import rules_of, sent

from detente.guardrails.answer_judging import AnswerJudge
from detente.guardrails.form_looks import look_of
from detente.guardrails.part_looks import Cleared, WordsLook
from detente.guardrails.restoring import Form

RULES = rules_of()


def whole(text: str, form: Form = "json") -> str:
    return sent(look_of(form, AnswerJudge(RULES)), [text])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (' \n{"a": Ann}', ' \n{"a": "[PERSON]"}'),
        ('"Ann"', '"[PERSON]"'),
        ("Ann", "[PERSON]"),
        (" Ann", " [PERSON]"),
        ('I "{Ann"', 'I "{[PERSON]"'),
        (" \n", " \n"),
        ("", ""),
    ],
)
def test_what_was_asked_to_be_json_is_json_where_it_begins_so(text: str, wanted: str) -> None:
    assert whole(text, "json_or_text") == wanted
    look = look_of("json_or_text", AnswerJudge(RULES))
    assert look.due() == Cleared()
    assert sent(look, list(text)) == wanted
    assert not look.stopped


def test_either_form_goes_when_it_is_due_and_stops() -> None:
    look = look_of("json_or_text", AnswerJudge(rules_of({"person": "block"})))
    look.feed("so it is")
    assert look.due().length == len("so it ")
    look.close(" Ann")
    assert look.stopped


def test_each_form_has_its_look() -> None:
    assert isinstance(look_of("text", AnswerJudge(RULES)), WordsLook)
    assert whole('Ann"', "json_string") == '[PERSON]"'
