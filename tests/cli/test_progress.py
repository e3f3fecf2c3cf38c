"""Progress: on a terminal, after a while; else nothing at all."""

import io

import pytest

from detente.cli import progress as module
from detente.cli.progress import counted


class Terminal(io.StringIO):
    """What says that it is a terminal."""

    def isatty(self) -> bool:
        return True


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
