"""What detectors find in a text, told once and in order."""

from detente.guardrails.detector import Finding


def test_a_finding_is_severe_unless_it_says_otherwise() -> None:
    assert Finding(start=0, end=1, category="email").severity == 3
