"""What was absent stays absent, in the same dialect only."""

from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.extras import Extras, Obj
from detente.dialects._codec.absences import absences, without

NAMES = ("id", "usage", "model")


@given(present=st.sets(st.sampled_from(NAMES)))
def test_what_was_absent_is_left_out_again(present: set[str]) -> None:
    source: Obj = dict.fromkeys(present, 1)
    extras = Extras(dialect="ollama_chat", marks=("listed", *absences(source, NAMES)))
    full: Obj = {"id": 1, "usage": 1, "model": 1, "listed": 1}
    assert without({**full}, extras, "ollama_chat").keys() == {*present, "listed"}
    assert without({**full}, extras, "cohere_chat") == full
    assert without({**full}, None, "ollama_chat") == full
