"""A line is one line for whoever splits as Ollama's client does, and the same JSON."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.dialects._ollama.lines import written_line


@given(st.dictionaries(st.text(), st.text()))
def test_it_is_one_line_and_the_same_value(value: dict[str, str]) -> None:
    line = written_line(value)
    assert line.endswith(b"\n")
    assert line.decode().splitlines() == [line.decode()[:-1]]
    assert json.loads(line) == value


@pytest.mark.parametrize("end", list("\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"))
def test_every_end_of_a_line_is_escaped(end: str) -> None:
    line = written_line({"a": f"é{end}⟨{end}"}).decode()
    assert line.splitlines() == [line[:-1]]
    assert json.loads(line) == {"a": f"é{end}⟨{end}"}


def test_other_letters_stay_as_they_are() -> None:
    assert written_line({"é": "\u2027⟨\x84"}) == '{"é":"\u2027⟨\x84"}\n'.encode()
