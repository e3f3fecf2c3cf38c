"""Progress: on a terminal, after a while; else nothing at all."""

import io
import threading

import pytest

from detente.cli import progress as module
from detente.cli.progress import counted, working

WAIT_S = 10.0


class Terminal(io.StringIO):
    """What says that it is a terminal, and when something was drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn = threading.Event()

    def isatty(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        self.drawn.set()
        return super().write(text)


def drawn(monkeypatch: pytest.MonkeyPatch, *, silent_s: float) -> str:
    """What a terminal gets of a work of two steps."""
    terminal = Terminal()
    monkeypatch.setattr(module, "SILENT_S", silent_s)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", terminal)
    with counted("replaying") as told:
        told(1, 2)
        told(2, 2)
    return terminal.getvalue()


def test_nothing_is_drawn_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with counted("replaying") as told:
        told(1, 2)
    assert capsys.readouterr() == ("", "")


def test_what_is_done_soon_needs_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawn(monkeypatch, silent_s=60.0) == ""


def test_what_takes_long_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = drawn(monkeypatch, silent_s=-1.0)
    assert "replaying" in shown
    assert "100%" in shown


@pytest.mark.parametrize(("silent_s", "seen"), [(0.0, True), (60.0, False)])
def test_what_nobody_can_count_has_a_word_after_a_while(
    monkeypatch: pytest.MonkeyPatch, *, silent_s: float, seen: bool
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(module, "SILENT_S", silent_s)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", terminal)
    with working("adding up"):
        assert not seen or terminal.drawn.wait(WAIT_S)
    assert ("adding up" in terminal.getvalue()) == seen


def test_nobody_is_told_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with working("adding up"):
        pass
    assert capsys.readouterr() == ("", "")
