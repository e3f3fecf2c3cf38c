"""What a check reports."""

from typing import get_args

from detente.agreements.checking.report import CheckFinding, Code

CODES: tuple[Code, ...] = get_args(Code)


def test_there_are_codes_of_defects_and_some_are_warnings() -> None:
    codes: list[Code] = [code for code in CODES if code.startswith("E")]
    assert codes == [f"E{number:02}" for number in range(1, 30)]
    found = {code: CheckFinding(code=code, message="").severity for code in codes}
    warnings = {code for code, severity in found.items() if severity == "warning"}
    assert warnings == {"E02", "E04", "E06", "E19", "E20", "E21", "E22", "E23", "E28", "E29"}
