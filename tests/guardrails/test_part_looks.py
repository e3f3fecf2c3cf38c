"""Words wait until enough follows them, go with their edits, and not at all after a block."""

import pytest
from tests.guardrails.answer_rules import rules_of

from detente.guardrails.answer_judging import AnswerJudge, Edit
from detente.guardrails.part_looks import NONE, Cleared, WordsLook


def test_words_wait_and_go_with_their_edits() -> None:
    look = WordsLook(AnswerJudge(rules_of()))
    assert look.feed("to An") is NONE
    assert look.feed("n, and") is NONE
    assert look.due() == Cleared(8, (Edit(3, 6, "[PERSON]"),))
    assert look.close(" Ann") == Cleared(7, (Edit(4, 7, "[PERSON]"),))
    assert look.close() == Cleared()
    assert not look.stopped


@pytest.mark.parametrize("how", ["feed", "due", "close"])
def test_a_block_lets_nothing_go_from_its_start_on(how: str) -> None:
    look = WordsLook(AnswerJudge(rules_of({"person": "block", "email": "mask"})))
    text = "a@b.com, Bob, Ann, a@b.com and "
    if how == "feed":
        cleared = look.feed(text + "so on " * 200)
    else:
        look.feed(text)
        cleared = look.due() if how == "due" else look.close()
    assert cleared == Cleared(14, (Edit(0, 7, "[EMAIL]"),))
    assert look.stopped
    assert look.feed("x" * 2_000) == look.due() == look.close("y") == NONE
