"""What a check reports."""

from detente.agreements.checking.report import SEVERITY, CheckFinding


def test_only_e02_is_a_warning() -> None:
    found = {code for code in SEVERITY if CheckFinding(code=code, message="").severity == "warning"}
    assert found == {"E02"}
