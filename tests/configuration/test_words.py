"""Words of a file in messages."""

from hypothesis import given
from hypothesis import strategies as st

from detente.configuration.words import WORD_CHARACTERS_MAX, did_you_mean, nearest, plain


def test_the_nearest_word_is_a_guess_not_a_rule() -> None:
    assert nearest("lissten", ["listen", "workers"]) == "listen"
    assert nearest("xyz", ["listen", "workers"]) is None
    assert nearest("l" * 10_000, ["listen"]) is None


def test_a_hint_names_the_guess_or_all_there_is() -> None:
    assert did_you_mean("lissten", ["listen"]) == "did you mean `listen`?"
    assert did_you_mean("xyz", ["b", "a"]) == "known are `a`, `b`"
    assert did_you_mean("xyz", []) == ""


@given(st.text())
def test_a_word_in_a_message_stays_on_one_short_line(word: str) -> None:
    shown = plain(word)
    assert shown.isprintable() or not shown
    assert word.startswith(shown[:1]) or not word[:1].isprintable()
    if word.isprintable() and len(word) <= WORD_CHARACTERS_MAX:
        assert shown == word
