"""What the operator is told goes to standard error, a line at once."""

import pytest

from detente.gateway.say import say


def test_one_line_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    say("configuration reloaded")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "detente: configuration reloaded\n")
