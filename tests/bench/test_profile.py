"""Folded stacks become a list of functions."""

from bench.profile import top_functions


def test_own_and_whole_time_are_told_apart_and_lines_are_joined() -> None:
    lines = top_functions(
        "run (a.py:1);read (b.py:5) 30\nrun (a.py:2);read (b.py:9) 50\nrun (a.py:1) 20\n"
    )
    assert lines[1].split() == ["80.0%", "80.0%", "read", "(b.py)"]
    assert lines[2].split() == ["20.0%", "100.0%", "run", "(a.py)"]
