"""Output is as wide as the terminal, and wide enough for whole tables where there is none."""

import contextlib
import os
import sys

import pytest

from detente.terminal import WIDTH_WITHOUT_TERMINAL, console


def test_a_file_gets_whole_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert console().width == WIDTH_WITHOUT_TERMINAL


def test_who_names_a_width_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "90")
    assert console().width == 90


def test_a_terminal_says_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert console().is_terminal
    assert console().width != WIDTH_WITHOUT_TERMINAL


def test_a_reader_that_has_seen_enough_is_told_to_the_command_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as closed:
        monkeypatch.setattr(sys, "stdout", closed)
        with pytest.raises(BrokenPipeError):
            console().print("nobody reads this")
        with contextlib.suppress(BrokenPipeError):
            closed.close()
