"""An error of a package that is not there names the extra that brings it."""

from detente.guardrails.detector_error import missing


def test_the_cure_is_told() -> None:
    assert str(missing("x")) == "`x` is not installed; install `detente[guardrails]`"
